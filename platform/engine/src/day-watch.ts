import { databaseErrorCode, type KeyRing, monthOf, timeOfId } from '@samband/store'
import { toSambandError } from '@samband/errors'
import { missingPartition } from './group-commit.ts'
import type { RetentionClasses } from './retention-classes.ts'

export type DayWatchOptions = {
  readonly keys: Pick<KeyRing, 'prepare'>
  readonly classes: Pick<RetentionClasses, 'prepareDays'>
  /** Epoch ms by the wall clock, which may be set at any moment. */
  readonly now: () => number
  /** A clock in ms that is never set. */
  readonly monotonic?: () => number
}

const dayMs = 86_400_000
const prepareEveryMs = 3_600_000
/** By how much the wall clock may run ahead of the other one before it is no longer believed. */
const driftMaxMs = 3_600_000

/**
 * Sees to it that what is stored has a place: the partitions of the days around now, and the keys of the months.
 *
 * The wall clock may be set by a day or a year while the engine runs. Then the days around the new time are made as soon
 * as that is noticed (`look`), or when something has to be written that has no place (`repair`), whichever comes first.
 */
export class DayWatch {
  readonly #options: DayWatchOptions
  readonly #monotonic: () => number
  readonly #startedMs: number
  readonly #startedAt: number
  #preparedDay: number | undefined
  #preparedAt = 0
  #preparing: Promise<void> = Promise.resolve()

  constructor(options: DayWatchOptions) {
    this.#options = options
    this.#monotonic = options.monotonic ?? (() => performance.now())
    this.#startedMs = options.now()
    this.#startedAt = this.#monotonic()
  }

  /** To be called every few seconds: prepares once an hour, and when it is another day than before. */
  async look(): Promise<void> {
    const nowMs = this.#options.now()
    const isSameDay = Math.floor(nowMs / dayMs) === this.#preparedDay
    if (isSameDay && this.#monotonic() - this.#preparedAt < prepareEveryMs) return
    await this.prepare(nowMs)
    this.#preparedDay = Math.floor(nowMs / dayMs)
    this.#preparedAt = this.#monotonic()
  }

  /** Partitions from the day before to a week ahead; the keys of that month and the next. One caller at a time. */
  prepare(atMs: number): Promise<void> {
    const { keys, classes } = this.#options
    const prepared = this.#preparing.then(async () => {
      await keys.prepare([monthOf(atMs - dayMs), monthOf(atMs), monthOf(atMs, 1)])
      await classes.prepareDays(atMs)
    })
    this.#preparing = prepared.catch(() => {
      // Whoever asked is told; the next one tries by itself.
    })
    return prepared
  }

  /** Makes the place that rows with these ids did not find; answers false when something else was wrong with them. */
  async repair(thrown: unknown, ids: readonly number[]): Promise<boolean> {
    const isMissing =
      databaseErrorCode(thrown) === missingPartition || toSambandError(thrown).code === 'data-key-not-loaded'
    if (!isMissing) return false
    const days = new Set(ids.map(id => Math.floor(timeOfId(id) / dayMs)))
    for (const day of days) await this.prepare(day * dayMs)
    return true
  }

  /**
   * The time that retention goes by, epoch ms: the wall's, unless that has been set ahead since the start. A clock that is
   * a year wrong for a minute must not delete a year.
   */
  retentionNow(): number {
    const elapsed = this.#monotonic() - this.#startedAt
    return Math.min(this.#options.now(), this.#startedMs + elapsed + driftMaxMs)
  }
}
