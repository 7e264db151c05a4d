import type { Encoded } from '@samband/route'
import type { Delivery } from './delivery.ts'
import type { KeyQueue } from './key-queue.ts'
import { ReadyList } from './ready-list.ts'

const batchMax = 512
/** The first batch is small: how large outputs are is not known before some have been read. */
const batchFirst = 16
const batchGrowth = 4
/** Deliveries that are done with and not forgotten yet. */
const doneMax = 1_024

/**
 * Which outputs are only in the journal, and in what order they are read back: first those of keys whose turn it is, then
 * the others in order of arrival. How many at once: as many as there is room for, if they are as large as the ones before;
 * from 16 on four times as many as the last time.
 */
export class StoredOutputs {
  readonly #stored = new ReadyList<Delivery>()
  /** Keys whose head must be read before it can be sent: one batch at most, so that priorities still count for the rest. */
  readonly #needed = new Set<KeyQueue>()
  #batchNow = batchFirst
  /** The largest output of late, in bytes. */
  #largest = 0

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

  /** At least one, if any is stored; more as far as `roomBytes` go. */
  nextBatch(roomBytes: number): readonly Delivery[] {
    const batch = new Set<Delivery>()
    const fitting = this.#largest === 0 ? batchMax : Math.floor(roomBytes / this.#largest)
    const most = Math.max(1, Math.min(this.#batchNow, fitting))
    for (const queue of this.#needed) {
      if (batch.size >= most) break
      const head = queue.peek()
      if (head !== undefined && isStored(head)) batch.add(head)
    }
    while (batch.size < most) {
      const next = this.#stored.shift()
      if (next === undefined) break
      if (isStored(next)) batch.add(next)
    }
    return [...batch]
  }

  /** How large the outputs of a batch were. */
  batchWas(outputs: readonly (Encoded | undefined)[]): void {
    this.#largest = Math.floor(this.#largest / 2)
    for (const output of outputs) if (output !== undefined) this.outputWas(output)
    this.#batchNow = Math.min(batchMax, Math.max(batchFirst, outputs.length * batchGrowth))
  }

  outputWas({ bytes }: Encoded): void {
    this.#largest = Math.max(this.#largest, bytes.length)
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
