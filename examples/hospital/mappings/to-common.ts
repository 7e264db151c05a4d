import type { Message } from '@samband/hl7v2'

/** The header of the hospital's common dialect: from Samband, to the EHR, HL7 2.5.1. */
export function toCommonHeader(message: Message, structure: string): void {
  message
    .set('MSH-3', 'SAMBAND')
    .set('MSH-4', 'FJORDVIK')
    .set('MSH-5', 'EPJ')
    .set('MSH-6', 'FJORDVIK')
    .setRaw('MSH-9', `${message.type}^${structure}`)
    .set('MSH-12', '2.5.1')
}

/** PID-3 as the EHR writes it, and no other identifier: departments send back the hospital's number. */
export function hospitalPatient(message: Message): void {
  const number = message.text('PID-3.1') ?? ''
  message.setRaw('PID-3', '').set('PID-3', [number, '', '', ['FJORDVIK-PAS', '2.999.47.1', 'ISO'], 'PI'])
}
