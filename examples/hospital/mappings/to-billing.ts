import { convertCharset, type Message } from '@samband/hl7v2'
import { address, hospitalNumber, nationalNumber, withoutZone } from './common.ts'

/**
 * From the common dialect to billing's: 2.3, capital ASCII letters (BJOERN OEDEGAARD), bare numbers, and merges as A34,
 * since it does not know A40.
 */
export function toBilling(message: Message): Message {
  address(message, { application: 'FAKTURA', facility: 'OKONOMI', version: '2.3' })
  message.set('MSH-7', withoutZone(message.text('MSH-7')))
  message.set('PID-19', nationalNumber(message))
  const number = hospitalNumber(message)
  message.setRaw('PID-3', '').set('PID-3', number)
  const prior = message.text('MRG-1.1')
  if (prior !== undefined) message.setRaw('MRG-1', '').set('MRG-1', prior)
  const event = message.text('MSH-9.2') ?? ''
  message.setRaw('MSH-9', `ADT^${event === 'A40' ? 'A34' : event}`)
  const name = [message.text('PID-5.1') ?? '', message.text('PID-5.2') ?? '']
  const home = [1, 2, 3, 4, 5, 6].map(component => message.text(`PID-11.${component}`) ?? '')
  message.setRaw('PID-5', '').set('PID-5', capitals(name))
  message.setRaw('PID-11', '').set('PID-11', capitals(home))
  // Who pays need not know who treats.
  if (message.segment('PV1') !== undefined) message.remove('PV1-7')
  return convertCharset(message, 'ascii', { unencodable: 'approximate' })
}

function capitals(parts: readonly string[]): readonly string[] {
  return parts.map(part => part.toUpperCase())
}
