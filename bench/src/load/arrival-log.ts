import { Counts, Numbers } from './columns.ts'

export type Repeat = {
  readonly connection: number
  readonly index: number
  /** When it came the time before, by `performance.now()`. */
  readonly before: number
}

/** A message that came after a later one of its key. */
export type Overtaken = {
  readonly connection: number
  readonly index: number
  /** The latest of its key until then, and when that came. */
  readonly by: number
  readonly byAt: number
  readonly at: number
}

const overtakenMax = 100

/**
 * What one receiver got, by connection and index. Order is that of first appearances: within a key each must have a
 * higher index than the last; a repetition is a duplicate, not disorder.
 */
export class ArrivalLog {
  readonly #connections: readonly { readonly arrivals: Counts; readonly at: Numbers; readonly lastOfKey: Int32Array }[]
  readonly #keys: number
  readonly #onRepeat: ((repeat: Repeat) => void) | undefined
  /** Different messages. */
  delivered = 0
  duplicates = 0
  outOfOrder = 0
  /** The first of those out of order. */
  readonly overtaken: Overtaken[] = []
  /** Arrivals whose control id no sender can have sent. */
  unknown = 0

  constructor(connections: number, keysPerConnection: number, onRepeat?: (repeat: Repeat) => void) {
    this.#keys = keysPerConnection
    this.#onRepeat = onRepeat
    this.#connections = Array.from({ length: connections }, () => ({
      arrivals: new Counts(),
      at: new Numbers(),
      lastOfKey: new Int32Array(keysPerConnection).fill(-1),
    }))
  }

  /** Answers true when it came for the first time. */
  arrived(connection: number, index: number, at: number): boolean {
    const log = this.#connections[connection]
    if (log === undefined || index < 0) {
      this.unknown += 1
      return false
    }
    if (log.arrivals.increment(index) > 1) {
      this.duplicates += 1
      this.#onRepeat?.({ connection, index, before: log.at.get(index) })
      log.at.set(index, at)
      return false
    }
    this.delivered += 1
    const key = index % this.#keys
    const last = log.lastOfKey[key] ?? -1
    if (index < last) {
      this.outOfOrder += 1
      if (this.overtaken.length < overtakenMax) {
        this.overtaken.push({ connection, index, by: last, byAt: log.at.get(last), at })
      }
    } else log.lastOfKey[key] = index
    log.at.set(index, at)
    return true
  }

  has(connection: number, index: number): boolean {
    return (this.#connections[connection]?.arrivals.get(index) ?? 0) > 0
  }

  /** How many of the first `counts[connection]` messages of each connection never came. */
  missing(counts: readonly number[]): number {
    let missing = 0
    for (const [connection, count] of counts.entries()) {
      for (let index = 0; index < count; index += 1) if (!this.has(connection, index)) missing += 1
    }
    return missing
  }
}
