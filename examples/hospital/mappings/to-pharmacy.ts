import { SambandError } from '@samband/errors'
import type { Message } from '@samband/hl7v2'
import { drugCodes } from '../codes/drug-codes.ts'
import { address, hospitalNumber, nationalNumber } from './common.ts'

/**
 * From the common dialect to the pharmacy's: still 2.5.1 and UTF-8, but its own assigning authorities, names as one
 * text ('Hansen, Kari'), and article numbers instead of ATC codes.
 */
export function toPharmacy(message: Message): Message {
  address(message, { application: 'APOTEK', facility: 'SYKEHUSAPOTEKET', version: '2.5.1' })
  const number = hospitalNumber(message)
  const national = nationalNumber(message)
  message.setRaw('PID-3', '').set('PID-3', [number, '', '', 'APOTEK-EPJ', 'MR'])
  if (national !== '') message.addRepetition('PID-3', [national, '', '', 'NO-FNR', 'NI'])
  const family = message.text('PID-5.1') ?? ''
  const given = [message.text('PID-5.2'), message.text('PID-5.3')].filter(part => part !== undefined && part !== '')
  message.setRaw('PID-5', '').set('PID-5', `${family}, ${given.join(' ')}`)
  const prior = message.text('MRG-1.1')
  if (prior !== undefined) message.setRaw('MRG-1', '').set('MRG-1', [prior, '', '', 'APOTEK-EPJ', 'MR'])
  if (message.type === 'RDE^O11') message.set('RXE-2', articleOf(message.text('RXE-2.1') ?? ''))
  return message
}

function articleOf(atc: string): readonly string[] {
  const known = drugCodes[atc]
  if (known !== undefined) return [known.article, known.name, '99APO']
  throw new SambandError({
    code: 'drug-unmapped',
    category: 'not-found',
    message: 'the drug in RXE-2 has no article at the pharmacy: add it to drugCodes in codes/drug-codes.ts',
  })
}
