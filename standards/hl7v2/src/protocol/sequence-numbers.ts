import { Hl7Error } from '../hl7-error.ts'

/** In MSH-13: the initiating system starts the link, and asks which number is expected. */
export const SEQUENCE_START = 0
/** In MSH-13: the initiating system resynchronises. In MSA-4: the receiver takes the number of the next message as its first. */
export const SEQUENCE_RESYNCHRONISE = -1

/** MSH-13 or MSA-4 as a number; undefined where there is none, or it is no whole number from -1. */
export function parseSequenceNumber(text: string | undefined): number | undefined {
  const trimmed = (text ?? '').trim()
  if (!/^(?:-1|\d{1,15})$/.test(trimmed)) return undefined
  return Number(trimmed)
}

/**
 * What to do with a message that came with a sequence number, and what MSA-4 of its acknowledgement says:
 *
 * - `accept`: process it; store the number with it, then call `accepted`, then acknowledge
 * - `start`, `resynchronise`: no content to process; acknowledge
 * - `duplicate`: it was accepted before and the acknowledgement was lost; acknowledge, do not process
 * - `refuse`: it is out of order; answer without processing
 */
export interface ReceivedSequence {
  readonly kind: 'accept' | 'start' | 'resynchronise' | 'duplicate' | 'refuse'
  readonly expected: number
}

export interface SequenceReceiver {
  received(number: number): ReceivedSequence
  /** The message with this number is safely stored. */
  accepted(number: number): void
  /** To be kept through a restart; undefined before the first message and after a resynchronisation. */
  readonly lastAccepted: number | undefined
}

/** The receiving side of the sequence number protocol (HL7 v2.5.1 §2.10.1). `lastAccepted` is what was stored before a restart. */
export function createSequenceReceiver(lastAccepted?: number): SequenceReceiver {
  let last = lastAccepted
  const expected = (): number => (last === undefined ? SEQUENCE_RESYNCHRONISE : last + 1)
  return {
    received(number) {
      if (number === SEQUENCE_START) return { kind: 'start', expected: expected() }
      if (number === SEQUENCE_RESYNCHRONISE) {
        last = undefined
        return { kind: 'resynchronise', expected: SEQUENCE_RESYNCHRONISE }
      }
      if (last === undefined || number === last + 1) return { kind: 'accept', expected: number }
      return { kind: number === last ? 'duplicate' : 'refuse', expected: last + 1 }
    },
    accepted(number) {
      if (number < 1 || (last !== undefined && number !== last + 1)) {
        throw new Hl7Error('protocol-state', `Sequence number ${number} is not the next one`)
      }
      last = number
    },
    get lastAccepted(): number | undefined {
      return last
    },
  }
}

/**
 * What the sender is to do next:
 *
 * - `send`: the message with this number, kept until it is acknowledged
 * - `done`: the message was accepted (for `duplicate`, already before: its first acknowledgement was lost)
 * - `restart`: the receiver lacks earlier messages; call `start`
 * - `frozen`: the numbers cannot be reconciled; an operator decides, and `resynchronise` begins anew
 */
export type SequenceStep =
  | { readonly kind: 'send'; readonly number: number }
  | { readonly kind: 'done'; readonly number: number; readonly duplicate: boolean }
  | { readonly kind: 'restart' }
  | { readonly kind: 'frozen' }

export interface SequenceSender {
  /** Starts the link: send a message with MSH-13 0 and no content. */
  start(): SequenceStep
  /** Forces a new beginning: send a message with MSH-13 -1. The next message may have any number. */
  resynchronise(): SequenceStep
  /** The number for MSH-13 of the next message. Throws `Hl7Error` `protocol-state` unless the link is ready. */
  next(): SequenceStep
  /** MSA-4 of the answer. */
  answered(expected: number): SequenceStep
  readonly state: 'closed' | 'starting' | 'resynchronising' | 'ready' | 'waiting' | 'frozen'
  /** The number of the next new message; to be kept through a restart. */
  readonly nextNumber: number
}

/**
 * The sending side, one message at a time. States and what leads on:
 *
 * - `closed`: `start` to starting, `resynchronise` to resynchronising
 * - `starting`: the answer's number is sent next (`send`), if it is the next one or one of the `kept` before it; -1 means that any will do. Otherwise frozen
 * - `resynchronising`: -1 makes it ready; anything else freezes it
 * - `ready`: `next` to waiting
 * - `waiting`: the same number means accepted; one more, accepted before; less, restart; anything else freezes it
 * - `frozen`: `resynchronise`
 */
export function createSequenceSender(
  options: {
    /** First number to use, as it was stored before a restart. */
    readonly nextNumber?: number
    /** How many messages before it are kept and can be sent again. */
    readonly kept?: number
  } = {},
): SequenceSender {
  const kept = options.kept ?? 1
  let state: SequenceSender['state'] = 'closed'
  let nextNumber = options.nextNumber ?? 1
  let current = nextNumber
  const freeze = (): SequenceStep => {
    state = 'frozen'
    return { kind: 'frozen' }
  }
  const started = (expected: number): SequenceStep => {
    const number = expected === SEQUENCE_RESYNCHRONISE ? nextNumber : expected
    if (number < 1 || number > nextNumber || number < nextNumber - kept) return freeze()
    current = number
    state = 'ready'
    return { kind: 'send', number }
  }
  const acknowledged = (expected: number): SequenceStep => {
    if (expected === current || expected === current + 1) {
      const number = current
      current++
      nextNumber = Math.max(nextNumber, current)
      state = 'ready'
      return { kind: 'done', number, duplicate: expected === number + 1 }
    }
    if (expected < 0 || expected > current) return freeze()
    state = 'closed'
    return { kind: 'restart' }
  }
  return {
    start() {
      if (state === 'frozen') return { kind: 'frozen' }
      state = 'starting'
      return { kind: 'send', number: SEQUENCE_START }
    },
    resynchronise() {
      state = 'resynchronising'
      return { kind: 'send', number: SEQUENCE_RESYNCHRONISE }
    },
    next() {
      if (state !== 'ready') throw new Hl7Error('protocol-state', `The link is ${state}, and nothing can be sent`)
      state = 'waiting'
      return { kind: 'send', number: current }
    },
    answered(expected) {
      if (state === 'starting') return started(expected)
      if (state === 'waiting') return acknowledged(expected)
      if (state !== 'resynchronising')
        throw new Hl7Error('protocol-state', `The link is ${state}, and no answer is awaited`)
      if (expected !== SEQUENCE_RESYNCHRONISE) return freeze()
      current = nextNumber
      state = 'ready'
      return { kind: 'send', number: current }
    },
    get state(): SequenceSender['state'] {
      return state
    },
    get nextNumber(): number {
      return nextNumber
    },
  }
}
