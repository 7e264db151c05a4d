import type { ErrorCondition, Message } from '@samband/hl7v2'

export const systemNames = ['ehr', 'lis', 'ris', 'pharmacy', 'billing'] as const
export type SystemName = (typeof systemNames)[number]

/** When something happens: wall clock for what is written, beats for what is due. */
export type Moment = {
  /** Counts the messages that the hospital has sent since it opened; the story's own clock. */
  readonly beat: number
  readonly at: Date
}

/** What a system says to a message that it received. */
export type Verdict =
  | { readonly code: 'AA' }
  | { readonly code: 'AE' | 'AR'; readonly condition: ErrorCondition; readonly text: string }

/**
 * One simulated system without its sockets: messages in, verdicts and messages out. Deterministic: the same messages at
 * the same moments give the same answers.
 */
export type SimulatedSystem = {
  readonly name: SystemName
  /** Takes in one message that was not seen before. */
  readonly receive: (message: Message, moment: Moment) => Verdict
  /** The next message that it has to send, if anything is due by now. */
  readonly act: (moment: Moment) => Message | undefined
  /** For watching: counts, by name. */
  readonly counts: () => Readonly<Record<string, number>>
}

export const accepted: Verdict = Object.freeze({ code: 'AA' })

/** Refuses for something that the sender referred to and that is not known here. */
export function unknown(text: string): Verdict {
  return { code: 'AE', condition: '204', text }
}

/** Refuses a kind of message that this system does not handle. */
export function unsupported(type: string): Verdict {
  return { code: 'AR', condition: '200', text: `${type} is not handled here` }
}
