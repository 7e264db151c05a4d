import type { Delivery } from './delivery.ts'
import { ReadyList } from './ready-list.ts'

/**
 * Deliveries of one key, in order; only the first is ever under way. Most keys hold one, so the list for the others is
 * made when a second one comes: where each message has a key of its own that halves what waits (254 instead of 486 bytes each).
 */
export class KeyQueue {
  readonly key: number
  /**
   * *ready* (in the destination's ready keys) -> *sending* -> *ready* (next one) or gone (none left);
   * *sending* -> *pausing* (an attempt failed) -> *ready*; *sending* -> *held* (policy) -> *ready* (released);
   * *ready* -> *loading* (its output is in the journal) -> *ready*.
   */
  state: 'ready' | 'sending' | 'pausing' | 'held' | 'loading' = 'ready'
  #head: Delivery | undefined
  #others: ReadyList<Delivery> | undefined = undefined

  constructor(first: Delivery) {
    this.key = first.key
    this.#head = first
  }

  peek(): Delivery | undefined {
    return this.#head
  }

  push(delivery: Delivery): void {
    if (this.#head === undefined) this.#head = delivery
    else {
      this.#others ??= new ReadyList()
      this.#others.push(delivery)
    }
  }

  shift(): Delivery | undefined {
    const done = this.#head
    this.#head = this.#others?.shift()
    return done
  }

  *[Symbol.iterator](): Generator<Delivery> {
    if (this.#head === undefined) return
    yield this.#head
    if (this.#others !== undefined) yield* this.#others
  }
}
