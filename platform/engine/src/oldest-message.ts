import type { KeyQueue } from './key-queue.ts'

/** With more keys than this the oldest message is looked for once in a while only: 100,000 keys take 8 ms. */
const keysLookedThroughMax = 1_000
const keptMs = 2_000

/** The oldest message that waits: exact with few keys, with many up to two seconds behind. */
export class OldestMessage {
  #known: { readonly messageId: number | undefined; readonly atMs: number } | undefined

  of(keys: ReadonlyMap<number, KeyQueue>, nowMs: number): number | undefined {
    const known = this.#known
    if (known !== undefined && keys.size > keysLookedThroughMax && nowMs - known.atMs < keptMs) return known.messageId
    let oldest: number | undefined
    for (const queue of keys.values()) {
      const head = queue.peek()
      if (head !== undefined && (oldest === undefined || head.messageId < oldest)) oldest = head.messageId
    }
    this.#known = { messageId: oldest, atMs: nowMs }
    return oldest
  }
}
