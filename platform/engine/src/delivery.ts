import type { Encoded } from '@samband/route'

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
  /** Done with, or taken out while it waited; skipped when its turn comes. */
  gone: boolean
  /** Higher goes first among keys that are ready; below 0 last. Default 0. Never reorders within a key. */
  readonly priority?: number
}
