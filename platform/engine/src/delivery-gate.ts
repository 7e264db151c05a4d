import { type Calendar, type DestinationNode, isOpen, nextOpen } from '@samband/route'
import { TokenBucket } from './token-bucket.ts'

/** What keeps a destination from beginning a delivery, other than its receiver. */
export type GateState = 'open' | 'throttled' | 'closed'

/** A calendar is looked at again this often at least: the wall clock may have been set. */
const lookAgainMs = 60_000
/** How long an answer of the calendar is believed; asking it costs about 2 µs. */
const believedMs = 1_000

/**
 * The throttle and the hours of a destination. *open* -> *throttled* when the bucket is empty -> *open* when a token has
 * grown; *open* -> *closed* when the calendar closes -> *open* when it opens. Waiting here costs no attempt. The throttle
 * goes by a clock that is never set, the hours by the wall's.
 */
export class DeliveryGate {
  readonly #bucket: TokenBucket | undefined
  readonly #hours: Calendar | undefined
  readonly #now: () => number
  readonly #monotonic: () => number
  #closedUntilMs: number | undefined
  #askedMs = Number.NEGATIVE_INFINITY

  constructor(node: Pick<DestinationNode, 'throttle' | 'hours'>, now: () => number, monotonic: () => number) {
    this.#bucket = node.throttle === undefined ? undefined : new TokenBucket(node.throttle, monotonic())
    this.#hours = node.hours
    this.#now = now
    this.#monotonic = monotonic
  }

  get state(): GateState {
    if (this.#hoursWaitMs() > 0) return 'closed'
    return this.#throttleWaitMs() > 0 ? 'throttled' : 'open'
  }

  /** How long until it is worth asking again; 0: a delivery may begin now. */
  waitMs(): number {
    if (this.#bucket === undefined && this.#hours === undefined) return 0
    const hoursMs = this.#hoursWaitMs()
    return hoursMs > 0 ? hoursMs : this.#throttleWaitMs()
  }

  /** A delivery begins. */
  passed(): void {
    this.#bucket?.take()
  }

  #throttleWaitMs(): number {
    return this.#bucket === undefined ? 0 : this.#bucket.waitMs(this.#monotonic())
  }

  #hoursWaitMs(): number {
    if (this.#hours === undefined) return 0
    const now = this.#now()
    if (Math.abs(now - this.#askedMs) >= believedMs) {
      this.#askedMs = now
      this.#closedUntilMs = isOpen(this.#hours, now) ? undefined : (nextOpen(this.#hours, now) ?? now + lookAgainMs)
    }
    if (this.#closedUntilMs === undefined || this.#closedUntilMs <= now) return 0
    return Math.min(lookAgainMs, this.#closedUntilMs - now)
  }
}
