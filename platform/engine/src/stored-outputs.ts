import type { Delivery } from './delivery.ts'
import type { KeyQueue } from './key-queue.ts'
import { ReadyList } from './ready-list.ts'

const batchMax = 512
/** Deliveries that are done with and not forgotten yet. */
const doneMax = 1_024

/**
 * Which outputs are only in the journal, and in what order they are read back: first those of keys whose turn it is, then
 * the others in order of arrival.
 */
export class StoredOutputs {
  readonly #stored = new ReadyList<Delivery>()
  /** Keys whose head must be read before it can be sent: one batch at most, so that priorities still count for the rest. */
  readonly #needed = new Set<KeyQueue>()

  get length(): number {
    return this.#stored.length
  }

  get needed(): number {
    return this.#needed.size
  }

  /** No more keys can be asked for before some have been read. */
  get full(): boolean {
    return this.#needed.size >= batchMax
  }

  /** `waiting`: how many wait in all, by which it knows when to forget those that are done with. */
  add(delivery: Delivery, waiting: number): void {
    this.#stored.push(delivery)
    if (this.#stored.length > waiting * 2 + doneMax) this.#stored.keep(isStored)
  }

  need(queue: KeyQueue): void {
    this.#needed.add(queue)
  }

  /** The key needs nothing any more. */
  release(queue: KeyQueue): void {
    this.#needed.delete(queue)
  }

  nextBatch(): readonly Delivery[] {
    const batch = new Set<Delivery>()
    for (const queue of this.#needed) {
      const head = queue.peek()
      if (head !== undefined && isStored(head)) batch.add(head)
    }
    while (batch.size < batchMax) {
      const next = this.#stored.shift()
      if (next === undefined) break
      if (isStored(next)) batch.add(next)
    }
    return [...batch]
  }

  /** A batch could not be read: it is asked for again. */
  putBack(batch: readonly Delivery[]): void {
    for (const delivery of batch.toReversed()) this.#stored.unshift(delivery)
  }

  /** Keys whose head has been read. */
  takeReady(): readonly KeyQueue[] {
    const ready = [...this.#needed].filter(queue => queue.peek()?.output !== undefined)
    for (const queue of ready) this.#needed.delete(queue)
    return ready
  }
}

function isStored({ output, gone }: Delivery): boolean {
  return output === undefined && !gone
}
