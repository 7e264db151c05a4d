import type { KeyQueue } from './key-queue.ts'
import { ReadyList } from './ready-list.ts'

/** How often a level is passed over while something waits there, until it has one turn. */
const skipsMax = 8

/**
 * Keys whose head may be sent, higher priority first: urgent, routine, low. A key stands where its head belongs; nothing is
 * reordered within it. Nobody starves: a level that waited while eight of higher levels went has a turn, so the longest
 * wait at the front of any level is for ten others (eight, and one of each other level that has waited as long).
 */
export class ReadyKeys {
  readonly #levels = [new ReadyList<KeyQueue>(), new ReadyList<KeyQueue>(), new ReadyList<KeyQueue>()] as const
  readonly #skips = [0, 0, 0]
  #length = 0

  get length(): number {
    return this.#length
  }

  push(queue: KeyQueue): void {
    this.#levelOf(queue).push(queue)
    this.#length += 1
  }

  /** Before all others of its priority: what failed keeps its turn. */
  unshift(queue: KeyQueue): void {
    this.#levelOf(queue).unshift(queue)
    this.#length += 1
  }

  shift(): KeyQueue | undefined {
    if (this.#length === 0) return undefined
    this.#length -= 1
    const [urgent, routine, low] = this.#levels
    // The common case: nobody uses priorities.
    if (urgent.length === 0 && low.length === 0) return routine.shift()
    const turn = this.#turn()
    for (const [at, level] of this.#levels.entries()) {
      if (at > turn && level.length > 0) this.#skips[at] = (this.#skips[at] ?? 0) + 1
    }
    this.#skips[turn] = 0
    return this.#levels[turn]?.shift()
  }

  #turn(): number {
    const starved = this.#levels.findLastIndex((level, at) => level.length > 0 && (this.#skips[at] ?? 0) >= skipsMax)
    return starved === -1 ? this.#levels.findIndex(level => level.length > 0) : starved
  }

  #levelOf(queue: KeyQueue): ReadyList<KeyQueue> {
    const priority = queue.peek()?.priority ?? 0
    const [urgent, routine, low] = this.#levels
    if (priority === 0) return routine
    return priority > 0 ? urgent : low
  }
}
