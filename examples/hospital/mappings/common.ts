import type { Message } from '@samband/hl7v2'

/** What each system calls itself and its place (MSH-5, MSH-6). */
export type Receiver = { readonly application: string; readonly facility: string; readonly version: string }

/** Readdresses a message: from Samband, to this receiver, in its version. */
export function address(message: Message, { application, facility, version }: Receiver): Message {
  return message
    .set('MSH-3', 'SAMBAND')
    .set('MSH-4', 'FJORDVIK')
    .set('MSH-5', application)
    .set('MSH-6', facility)
    .set('MSH-12', version)
}

export function isAdt(message: Message): boolean {
  return message.text('MSH-9.1') === 'ADT'
}

/** The patient's number at the hospital: the PID-3 of type PI. */
export function hospitalNumber(message: Message): string {
  return identifier(message, 'PI')
}

/** Fødselsnummer or D-nummer, where the patient has been identified. */
export function nationalNumber(message: Message): string {
  return identifier(message, 'NNNOR')
}

function identifier(message: Message, type: string): string {
  const found = message.repetitions('PID-3').find(repetition => repetition.text('5') === type)
  return found?.text('1') ?? ''
}

/** Time without its zone, for those that never heard of zones. */
export function withoutZone(timestamp: string | undefined): string {
  return (timestamp ?? '').slice(0, 14)
}
