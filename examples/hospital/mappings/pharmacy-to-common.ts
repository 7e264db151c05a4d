import { SambandError } from '@samband/errors'
import type { Message } from '@samband/hl7v2'
import { atcOf, drugCodes } from '../codes/drug-codes.ts'
import { hospitalPatient, toCommonHeader } from './to-common.ts'

/** From the pharmacy's RDS^O13 to the common dialect: names in components, drugs by ATC code. */
export function dispenseToCommon(message: Message): Message {
  toCommonHeader(message, 'RDS_O13')
  hospitalPatient(message)
  const [family = '', given = ''] = (message.text('PID-5.1') ?? '').split(', ')
  message.setRaw('PID-5', '').set('PID-5', [family, given])
  for (const rxd of message.segments('RXD')) rxd.set('2', drugOf(rxd.text('2.1') ?? ''))
  return message
}

function drugOf(article: string): readonly string[] {
  const atc = atcOf(article)
  const known = atc === undefined ? undefined : drugCodes[atc]
  if (atc !== undefined && known !== undefined) return [atc, known.name, 'WC', article, '', '99APO']
  throw new SambandError({
    code: 'article-unmapped',
    category: 'not-found',
    message: 'the article in RXD-2 has no ATC code: add it to drugCodes in codes/drug-codes.ts, then reprocess',
  })
}
