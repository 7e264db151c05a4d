/** A place in the line of a key: steps that run again, or a delivery that waits for those before it. */
type Place = 'steps' | (() => void)

/**
 * Keeps the order of a key while work is resumed. Messages whose output is stored could be delivered at once, but those
 * before them that have to run their steps again take a moment: so they line up.
 */
export class ResumeOrder {
  readonly #lines = new Map<number, Place[]>()
  readonly #keys = new Map<number, number>()

  /** The steps of this message run again. */
  began(messageId: number, key: number): void {
    this.#keys.set(messageId, key)
    const line = this.#lines.get(key)
    if (line === undefined) this.#lines.set(key, ['steps'])
    else line.push('steps')
  }

  /** Delivers at once, or when the steps before it have ended. */
  deliver(key: number, delivery: () => void): void {
    const line = this.#lines.get(key)
    if (line === undefined) delivery()
    else line.push(delivery)
  }

  /** Its steps have ended, and what came of it has been handed on. */
  ended(messageId: number): void {
    const key = this.#keys.get(messageId)
    if (key === undefined) return
    this.#keys.delete(messageId)
    const line = this.#lines.get(key)
    // Of one key the steps end in order, so the first is this one.
    line?.shift()
    for (let next = line?.[0]; next !== undefined && next !== 'steps'; next = line?.[0]) {
      line?.shift()
      next()
    }
    if (line?.length === 0) this.#lines.delete(key)
  }
}
