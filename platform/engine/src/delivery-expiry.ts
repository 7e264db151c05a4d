import type { Delivery } from './delivery.ts'
import { ReadyList } from './ready-list.ts'

/** A wall clock that goes this much further than the time that has passed was set, or the machine stood still. */
const jumpMinMs = 60_000
const jumpsMax = 16
/** What waits is looked at this often at least, so that a jump is seen; and at most, so that many expire in one go. */
const lookAgainMaxMs = 60_000
const lookAgainMinMs = 100
/** Deliveries that are done with and not forgotten yet. */
const doneMax = 1_024

type ExpiryOptions = {
  readonly expiryMs: number
  /** The wall clock. */
  readonly now: () => number
  /** A clock that is never set. */
  readonly monotonic: () => number
  readonly receivedAt: (messageId: number) => number
}

/**
 * Which deliveries have become too old, by when their message was received.
 *
 * A wall clock that is set must not throw away what waits. When it jumps forward, or the machine stood still, that time does
 * not count for messages from before; when it jumps back, messages expire later by as much. Time in which the engine did not
 * run counts.
 *
 * What waits is kept in order of its coming, which is nearly that of its age: a look at it costs what has expired, not
 * what waits. One that came out of order is found when those before it have gone, or when its turn comes.
 */
export class DeliveryExpiry {
  readonly #options: ExpiryOptions
  readonly #waiting = new ReadyList<Delivery>()
  readonly #jumps: { readonly beforeMs: number; readonly byMs: number }[] = []
  #wallMs: number
  #monotonicMs: number

  constructor(options: ExpiryOptions) {
    this.#options = options
    this.#wallMs = options.now()
    this.#monotonicMs = options.monotonic()
  }

  /** `waiting`: how many wait in all, by which it knows when to forget those that are done with. */
  add(delivery: Delivery, waiting: number): void {
    this.#waiting.push(delivery)
    if (this.#waiting.length > waiting * 2 + doneMax) this.#waiting.keep(({ gone }) => !gone)
  }

  expired(delivery: Delivery): boolean {
    return this.#leftMs(delivery, this.#look()) < 0
  }

  /**
   * Takes out what has expired. `isWaiting`: not delivered, not being sent. Answers how long until it is worth asking again;
   * undefined when nothing waits.
   */
  sweep(isWaiting: (delivery: Delivery) => boolean, expire: (delivery: Delivery) => void): number | undefined {
    const now = this.#look()
    for (let first = this.#waiting.peek(); first !== undefined; first = this.#waiting.peek()) {
      const leftMs = this.#leftMs(first, now)
      if (isWaiting(first)) {
        if (leftMs >= 0) return Math.max(lookAgainMinMs, Math.min(leftMs + 1, lookAgainMaxMs))
        expire(first)
      }
      this.#waiting.shift()
    }
    return undefined
  }

  #leftMs({ messageId }: Delivery, now: number): number {
    const received = this.#options.receivedAt(messageId)
    let age = now - received
    for (const { beforeMs, byMs } of this.#jumps) if (received <= beforeMs) age -= byMs
    return this.#options.expiryMs - age
  }

  #look(): number {
    const wall = this.#options.now()
    const monotonic = this.#options.monotonic()
    const expected = this.#wallMs + (monotonic - this.#monotonicMs)
    if (wall - expected > jumpMinMs) {
      this.#jumps.push({ beforeMs: expected, byMs: wall - expected })
      if (this.#jumps.length > jumpsMax) this.#jumps.shift()
    }
    this.#wallMs = wall
    this.#monotonicMs = monotonic
    return wall
  }
}
