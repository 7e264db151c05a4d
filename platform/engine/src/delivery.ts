import type { Encoded } from '@samband/route'
import type { ReadyList } from './ready-list.ts'

/** One output of one message on its way to one destination. Identity: message, `as`, part. */
export type Delivery = {
  readonly messageId: number
  readonly part: number
  /** Under which name its events stand: the destination's, or 'route/destination' when an operator redirected it. */
  readonly as: string
  /** How many deliveries the message's steps decided on. */
  readonly owed: number
  /** Ordering key, hashed. */
  readonly key: number
  /** Counted attempts so far. */
  attempts: number
  /** Undefined while it is only in the journal. */
  output: Encoded | undefined
  /** The journal holds the output (a `queued` event, or the event before a resend). */
  stored: boolean
  /** It ran before in some life: the receiver may know it. */
  resumed: boolean
  /** Taken out while it waited; skipped when its turn comes. */
  gone: boolean
}

/** Deliveries of one key, in order; only the first is ever under way. */
export type KeyQueue = {
  readonly key: number
  readonly items: ReadyList<Delivery>
  /**
   * *ready* (in the destination's ready list) -> *sending* -> *ready* (next one) or gone (none left);
   * *sending* -> *pausing* (an attempt failed) -> *ready*; *sending* -> *held* (policy) -> *ready* (released);
   * *ready* -> *loading* (its output is in the journal) -> *ready*.
   */
  state: 'ready' | 'sending' | 'pausing' | 'held' | 'loading'
}
