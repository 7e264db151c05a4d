import type { AckCode } from '../ack-builder.ts'
import type { Header } from '../header.ts'
import { Hl7Error } from '../hl7-error.ts'

/** When an acknowledgement is wanted: always, never, on errors and rejections only, on success only (HL7 table 0155). */
export type AckWish = 'AL' | 'NE' | 'ER' | 'SU'

/** Which acknowledgements a message asks for. In original mode there is one, by the application, and always. */
export interface AskedAcks {
  readonly mode: 'original' | 'enhanced'
  readonly accept: AckWish
  readonly application: AckWish
}

/**
 * Reads MSH-15 and MSH-16. With neither, the message is in original mode; with one, the other means never (HL7 v2.5.1 §2.9.2). A code that
 * table 0155 does not have counts as always, so that nobody waits in vain.
 */
export function askedAcks(header: Pick<Header, 'acceptAcknowledgement' | 'applicationAcknowledgement'>): AskedAcks {
  const accept = header.acceptAcknowledgement.trim().toUpperCase()
  const application = header.applicationAcknowledgement.trim().toUpperCase()
  if (accept === '' && application === '') return { mode: 'original', accept: 'NE', application: 'AL' }
  return { mode: 'enhanced', accept: wishOf(accept), application: wishOf(application) }
}

function wishOf(code: string): AckWish {
  if (code === '') return 'NE'
  return code === 'NE' || code === 'ER' || code === 'SU' ? code : 'AL'
}

/** Whether an outcome is to be told. */
export function isAckWanted(wish: AckWish, succeeded: boolean): boolean {
  return wish === 'AL' || (wish === 'SU' && succeeded) || (wish === 'ER' && !succeeded)
}

/** What an acknowledgement code is about: commit (`CA`, `CE`, `CR`) or application (`AA`, `AE`, `AR`). */
export function ackClassOf(code: AckCode): 'accept' | 'application' {
  return code.startsWith('C') ? 'accept' : 'application'
}

/**
 * What an acknowledgement that came means for the message it names:
 *
 * - `accepted`: the receiver has it; `applicationAwaited` tells whether it will say more
 * - `done`: nothing more is to come
 * - `unexpected`: no message with this control id waits for an acknowledgement of this class
 */
export type AckMatch =
  | {
      readonly kind: 'accepted'
      readonly controlId: string
      readonly code: AckCode
      readonly applicationAwaited: AckWish
    }
  | { readonly kind: 'done'; readonly controlId: string; readonly code: AckCode; readonly succeeded: boolean }
  | { readonly kind: 'unexpected'; readonly controlId: string; readonly code: AckCode }

export interface AckMatcher {
  /** A message went out. Throws `Hl7Error` `protocol-state` when one with this control id waits already, or too many do. */
  sent(controlId: string, asked: AskedAcks): void
  /** An acknowledgement came; `readAck` reads it. */
  received(ack: { readonly code: AckCode; readonly controlId: string }): AckMatch
  /** Waits no longer, after a timeout or where only errors would have been told. Says which acknowledgement was awaited. */
  forget(controlId: string): 'accept' | 'application' | undefined
  /** Messages that wait. */
  readonly awaiting: number
}

export const ACKS_AWAITING_MAX_DEFAULT = 10_000

interface Waiting {
  readonly asked: AskedAcks
  /** Which acknowledgement is next. */
  next: 'accept' | 'application'
}

/**
 * Matches acknowledgements with messages by control id and class, in whatever order and on whatever connection they come.
 *
 * A message in enhanced mode first waits for its accept acknowledgement, if it asked for one. CE and CR end it: the application never saw it.
 * After CA it waits for the application's, if it asked for one. An application acknowledgement that comes first ends it
 * too, as the receiver must have accepted the message. In original mode a commit code stands for the application's, as some receivers
 * mix them up.
 */
export function createAckMatcher(options: { readonly awaitingMax?: number } = {}): AckMatcher {
  const awaitingMax = options.awaitingMax ?? ACKS_AWAITING_MAX_DEFAULT
  const waiting = new Map<string, Waiting>()
  return {
    sent(controlId, asked) {
      if (asked.accept === 'NE' && asked.application === 'NE') return
      if (waiting.has(controlId)) throw new Hl7Error('protocol-state', 'A message with this control id waits already')
      if (waiting.size >= awaitingMax) throw new Hl7Error('protocol-state', `More than ${awaitingMax} messages wait`)
      waiting.set(controlId, { asked, next: asked.accept === 'NE' ? 'application' : 'accept' })
    },
    received({ code, controlId }) {
      const message = waiting.get(controlId)
      if (message === undefined) return { kind: 'unexpected', controlId, code }
      const succeeded = code === 'AA' || code === 'CA'
      if (ackClassOf(code) === 'accept' && message.asked.mode === 'enhanced') {
        if (message.next === 'application' && succeeded) return { kind: 'unexpected', controlId, code }
        if (succeeded && message.asked.application !== 'NE') {
          message.next = 'application'
          return { kind: 'accepted', controlId, code, applicationAwaited: message.asked.application }
        }
      }
      waiting.delete(controlId)
      return { kind: 'done', controlId, code, succeeded }
    },
    forget(controlId) {
      const message = waiting.get(controlId)
      waiting.delete(controlId)
      return message?.next
    },
    get awaiting(): number {
      return waiting.size
    },
  }
}
