import { SambandError } from '@samband/errors'
import { convertCharset, type Message } from '@samband/hl7v2'
import { labProfiles } from '../codes/lab-codes.ts'
import { address, hospitalNumber, nationalNumber, withoutZone } from './common.ts'

/**
 * From the hospital's common dialect (the EHR's: 2.5.1, UTF-8) to the laboratory's: 2.4, ISO 8859-1, assigning
 * authority PAS, the national number in PID-19, the laboratory's profile codes, and the priority in OBR-27 because 2.4
 * has no TQ1. Letters that ISO 8859-1 lacks (Sámi š, č, ŋ ...) become the nearest: a name spelt a little wrong is safer
 * than an admission that does not arrive.
 */
export function toLis(message: Message): Message {
  address(message, { application: 'LABSYS', facility: 'FJV-LAB', version: '2.4' })
  message.set('MSH-7', withoutZone(message.text('MSH-7')))
  message.set('PID-19', nationalNumber(message))
  const number = hospitalNumber(message)
  message.setRaw('PID-3', '').set('PID-3', [number, '', '', 'PAS', 'PI'])
  if (message.segment('MRG') !== undefined) message.set('MRG-1', [message.text('MRG-1.1') ?? '', '', '', 'PAS', 'PI'])
  if (message.type === 'OML^O21') toLabOrder(message)
  return convertCharset(message, 'iso-8859-1', { unencodable: 'approximate' })
}

function toLabOrder(message: Message): void {
  const priorities = message.segments('TQ1').map(tq1 => tq1.text('9') ?? '')
  for (const [index, obr] of message.segments('OBR').entries()) {
    obr.set('4', profileOf(obr.text('4.1') ?? ''))
    obr.set('27', ['', '', '', '', '', priorities[index] ?? 'R'])
  }
  message.remove('TQ1')
}

function profileOf(panel: string): readonly string[] {
  const known = labProfiles[panel]
  if (known !== undefined) return [known.profile, known.name, 'L']
  throw new SambandError({
    code: 'lab-panel-unmapped',
    category: 'not-found',
    message: `the panel in OBR-4 has no profile at the laboratory: add it to labProfiles in codes/lab-codes.ts`,
  })
}
