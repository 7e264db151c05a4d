import type { Random } from '../random.ts'

/**
 * What can go wrong on purpose. `receiver-down`: a system is gone for a while. `nack`: it answers AE and means "not
 * now" (internal error). `reject`: it answers AE and means "not this one", so that only a person can help. `garbage`:
 * its answer is no acknowledgement, and senders' lines have noise. `late-ack`: it has taken the message, but says so
 * after the sender gave up. `disconnect`: it has taken the message and hangs up in the middle of the acknowledgement.
 * `duplicate`: a sender sends the same message twice. `unmapped-code`: the laboratory reports an analysis that no code
 * list has.
 */
export const faultKinds = [
  'receiver-down',
  'nack',
  'reject',
  'garbage',
  'late-ack',
  'disconnect',
  'duplicate',
  'unmapped-code',
] as const
export type FaultKind = (typeof faultKinds)[number]

export type FaultSettings = {
  readonly kinds: readonly FaultKind[]
  /** How many of a hundred messages each kind (but `receiver-down`) hits, as a share. */
  readonly share: number
  /** A system goes down about this often, ... */
  readonly downEveryMs: number
  /** ... for this long at least and at most. */
  readonly downMinMs: number
  readonly downMaxMs: number
  /** How late a late acknowledgement is. Longer than the `ackTimeout` of the endpoints. */
  readonly lateMs: number
}

export const faultDefaults: FaultSettings = Object.freeze({
  kinds: [],
  share: 0.02,
  downEveryMs: 60_000,
  downMinMs: 20_000,
  downMaxMs: 40_000,
  lateMs: 8_000,
})

export function isFaultKind(text: string): text is FaultKind {
  return faultKinds.some(kind => kind === text)
}

const answerFaults = ['nack', 'reject', 'garbage', 'late-ack', 'disconnect'] as const
export type AnswerFault = (typeof answerFaults)[number]
export type SendFault = 'duplicate' | 'noise'

/** Decides what goes wrong with one system's next answer, or with the next message that it sends. */
export class FaultDice {
  readonly #settings: FaultSettings
  readonly #random: Random

  constructor(settings: FaultSettings, random: Random) {
    this.#settings = settings
    this.#random = random
  }

  forAnswer(): AnswerFault | undefined {
    return answerFaults.find(kind => this.#strikes(kind))
  }

  forSending(): SendFault | undefined {
    if (this.#strikes('duplicate')) return 'duplicate'
    return this.#strikes('garbage') ? 'noise' : undefined
  }

  /** For choices that a fault leaves open. */
  coin(): boolean {
    return this.#random.chance(0.5)
  }

  #strikes(kind: FaultKind): boolean {
    return this.#settings.kinds.includes(kind) && this.#random.chance(this.#settings.share)
  }
}
