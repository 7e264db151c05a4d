const capacityMin = 4

/**
 * A list with two cheap ends, as a ring: `Array.shift` and `Array.unshift` move every element once a list is long. It
 * doubles when it is full and halves when three quarters are empty, so that a queue that has drained holds nothing.
 */
export class ReadyList<T> {
  #items: (T | undefined)[] = []
  #head = 0
  #length = 0

  get length(): number {
    return this.#length
  }

  push(item: T): void {
    if (this.#length === this.#items.length) this.#resize(Math.max(capacityMin, this.#length * 2))
    this.#items[this.#at(this.#length)] = item
    this.#length += 1
  }

  /** Puts an item before all others: what failed keeps its turn. */
  unshift(item: T): void {
    if (this.#length === this.#items.length) this.#resize(Math.max(capacityMin, this.#length * 2))
    this.#head = this.#head === 0 ? this.#items.length - 1 : this.#head - 1
    this.#items[this.#head] = item
    this.#length += 1
  }

  peek(): T | undefined {
    return this.#length === 0 ? undefined : this.#items[this.#head]
  }

  shift(): T | undefined {
    if (this.#length === 0) return undefined
    const item = this.#items[this.#head]
    this.#items[this.#head] = undefined
    this.#head = this.#at(1)
    this.#length -= 1
    if (this.#items.length > capacityMin && this.#length * 4 <= this.#items.length) this.#resize(this.#items.length / 2)
    return item
  }

  /** Forgets the others; looks at all. */
  keep(wanted: (item: T) => boolean): void {
    const kept = [...this].filter(wanted)
    this.#items = []
    this.#head = 0
    this.#length = 0
    for (const item of kept) this.push(item)
  }

  *[Symbol.iterator](): Generator<T> {
    for (let at = 0; at < this.#length; at += 1) {
      const item = this.#items[this.#at(at)]
      if (item !== undefined) yield item
    }
  }

  /** Capacities are powers of two, so that a mask wraps. */
  #at(offset: number): number {
    return (this.#head + offset) & (this.#items.length - 1)
  }

  #resize(capacity: number): void {
    const items: (T | undefined)[] = []
    for (let at = 0; at < capacity; at += 1) items.push(at < this.#length ? this.#items[this.#at(at)] : undefined)
    this.#items = items
    this.#head = 0
  }
}
