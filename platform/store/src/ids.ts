/**
 * Ids that sort by time and fit a JavaScript safe integer:
 *
 *     (ms since 2020-01-01T00:00Z) * 4096 + node (0..31) * 128 + sequence (0..127)
 *
 * 41 bits of milliseconds last until 2089. 128 ids per millisecond and node are 128,000/s; a burst beyond that borrows
 * from the milliseconds to come, so `next()` never waits.
 */
import { SambandError } from '@samband/errors'

export const idEpochMs: number = Date.UTC(2020, 0, 1)
export const idNodeMax = 31

const idsPerMs = 4096
const idsPerNode = 128

export type IdGenerator = {
  /** Greater than every id this generator gave before, also if the clock steps back. */
  next(): number
  /** What comes from now on is greater than this, also if the clock is set back: for who has said so to others. */
  passed(id: number): void
}

export type IdGeneratorOptions = {
  /** 0..31, unique among the processes that write to one database. */
  readonly node: number
  /** Epoch milliseconds. */
  readonly now: () => number
  /** The newest id that is in use: what comes is greater, also if the clock stepped back during a restart. */
  readonly after?: number
}

export function createIdGenerator({ node, now, after = 0 }: IdGeneratorOptions): IdGenerator {
  if (!Number.isInteger(node) || node < 0 || node > idNodeMax) {
    throw new SambandError({
      code: 'id-node-invalid',
      category: 'incorrect',
      message: `the node number must be a whole number from 0 to ${idNodeMax}`,
    })
  }
  const base = node * idsPerNode
  // A millisecond that has been used by an earlier life is left alone as a whole: its sequence numbers are unknown.
  let ms = Math.floor(after / idsPerMs)
  let sequence = idsPerNode - 1
  return {
    next: () => {
      const current = now() - idEpochMs
      if (current > ms) {
        ms = Math.floor(current)
        sequence = 0
      } else if (sequence === idsPerNode - 1) {
        ms += 1
        sequence = 0
      } else {
        sequence += 1
      }
      return ms * idsPerMs + base + sequence
    },
    passed: id => {
      const passedMs = Math.floor(id / idsPerMs)
      if (passedMs <= ms) return
      ms = passedMs
      sequence = idsPerNode - 1
    },
  }
}

/** The smallest id of that millisecond (epoch ms). */
export function idFromTime(ms: number): number {
  return Math.floor(ms - idEpochMs) * idsPerMs
}

/** Epoch milliseconds of an id. */
export function timeOfId(id: number): number {
  return Math.floor(id / idsPerMs) + idEpochMs
}
