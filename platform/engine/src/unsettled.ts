/**
 * Which messages of a route still owe a delivery, and the lowest id among them: where a recovery has to begin. Ids are
 * opened in ascending order, except those that an operator's verb opens again.
 */
export class Unsettled {
  readonly #open = new Map<number, number>()
  readonly #reopened = new Set<number>()
  #order: number[] = []
  #head = 0
  #highest: number

  constructor(floor: number) {
    this.#highest = floor
  }

  get size(): number {
    return this.#open.size
  }

  has(messageId: number): boolean {
    return this.#open.has(messageId)
  }

  /** One more thing is owed for this message. */
  open(messageId: number): void {
    const before = this.#open.get(messageId)
    this.#open.set(messageId, (before ?? 0) + 1)
    if (before !== undefined) return
    if (messageId > this.#highest) {
      this.#highest = messageId
      this.#order.push(messageId)
    } else this.#reopened.add(messageId)
  }

  /** One thing owed is settled, durably. */
  close(messageId: number): void {
    const before = this.#open.get(messageId)
    if (before === undefined) return
    if (before > 1) {
      this.#open.set(messageId, before - 1)
      return
    }
    this.#open.delete(messageId)
    this.#reopened.delete(messageId)
  }

  /**
   * No message of the route below this id is unsettled. `quietSince`: every message with a smaller id has been opened by
   * now, so that a route to which nothing comes does not hold its mark (and with it old partitions) for ever.
   */
  low(quietSince = 0): number {
    while (this.#head < this.#order.length && !this.#open.has(this.#order[this.#head] as number)) this.#head += 1
    if (this.#head > 4096) {
      this.#order = this.#order.slice(this.#head)
      this.#head = 0
    }
    let low = this.#order[this.#head] ?? Math.max(this.#highest, quietSince)
    for (const id of this.#reopened) if (id < low) low = id
    return low
  }
}
