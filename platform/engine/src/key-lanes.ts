/**
 * KeyLanes: work of one key is done one after another, keys in parallel. Work that ends at once (pure steps) never makes a
 * queue; while a key's work is pending, what comes for it waits in order.
 */
export class KeyLanes<T, Key = number> {
  readonly #work: (item: T, key: Key) => Promise<void> | undefined
  readonly #onError: (thrown: unknown, item: T) => void
  readonly #taken = new Map<Key, T[]>()
  #waiting = 0

  constructor(work: (item: T, key: Key) => Promise<void> | undefined, onError: (thrown: unknown, item: T) => void) {
    this.#work = work
    this.#onError = onError
  }

  /** How many wait behind something pending. */
  get waiting(): number {
    return this.#waiting
  }

  run(key: Key, item: T): void {
    const lane = this.#taken.get(key)
    if (lane !== undefined) {
      lane.push(item)
      this.#waiting += 1
      return
    }
    try {
      const pending = this.#work(item, key)
      if (pending !== undefined) void this.#occupy(key, item, pending)
    } catch (thrown) {
      this.#onError(thrown, item)
    }
  }

  async #occupy(key: Key, first: T, pending: Promise<void>): Promise<void> {
    const lane: T[] = []
    this.#taken.set(key, lane)
    await pending.catch((thrown: unknown) => this.#onError(thrown, first))
    for (let item = lane.shift(); item !== undefined; item = lane.shift()) {
      this.#waiting -= 1
      try {
        await this.#work(item, key)
      } catch (thrown) {
        this.#onError(thrown, item)
      }
    }
    this.#taken.delete(key)
  }
}
