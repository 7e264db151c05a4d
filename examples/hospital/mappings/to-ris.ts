import { SambandError } from '@samband/errors'
import { convertCharset, type Message } from '@samband/hl7v2'
import { radiologyCodes } from '../codes/radiology-codes.ts'
import { address, hospitalNumber, nationalNumber, withoutZone } from './common.ts'

/**
 * From the common dialect to the radiology system's: 2.3, ISO 8859-1, bare numbers (PID-2 national, PID-3 hospital),
 * the given name before the family name, message types without structure, its own procedure numbers.
 */
export function toRis(message: Message): Message {
  address(message, { application: 'RIS', facility: 'RADIOLOGI', version: '2.3' })
  message.set('MSH-7', withoutZone(message.text('MSH-7')))
  message.setRaw('MSH-9', message.type)
  message.set('PID-2', nationalNumber(message))
  const number = hospitalNumber(message)
  message.setRaw('PID-3', '').set('PID-3', number)
  const name = [message.text('PID-5.2') ?? '', message.text('PID-5.1') ?? '']
  message.setRaw('PID-5', '').set('PID-5', name)
  const prior = message.text('MRG-1.1')
  if (prior !== undefined) message.setRaw('MRG-1', '').set('MRG-1', prior)
  if (message.type === 'ORM^O01') message.set('OBR-4', procedureOf(message.text('OBR-4.1') ?? ''))
  return convertCharset(message, 'iso-8859-1', { unencodable: 'approximate' })
}

function procedureOf(procedure: string): readonly string[] {
  const known = radiologyCodes[procedure]
  if (known !== undefined) return [known.ris, known.name.toUpperCase(), 'RIS']
  throw new SambandError({
    code: 'procedure-unmapped',
    category: 'not-found',
    message: 'the procedure in OBR-4 is unknown at radiology: add it to radiologyCodes in codes/radiology-codes.ts',
  })
}
