import { SambandError, toSambandError } from '@samband/errors'
import { type Database, type DatabaseClient, databaseErrorCode, toDatabaseError } from '@samband/store'

/**
 * Group commit: whatever arrives while one batch commits becomes the next batch: an idle writer commits a lone row at
 * once, a busy one commits as many as came in the meantime with one fsync. Lazy rows wait for company: they go with the
 * next row that is not, or by themselves after `lazyMs`.
 *
 * States: *idle* -> *committing* (a row was added, or a lazy one has waited long enough) -> *idle*, or -> *broken* (the
 * connection was lost or the database said no: what was under way may or may not be stored) -> *committing* again once
 * reconnected. How many rows may wait is for their owners to say.
 *
 * Whatever the database says no to is waited out: a full disk (53100), no connections left (53300), a restart (57P01 to
 * 57P03), a standby (25006), silence. Two things are not: a row that it rejects for what the row holds (SQLSTATE class 22
 * or 23) is found by halving the batch, reported and given up, so that it cannot hold up the others; and what `repair` can
 * mend.
 *
 * A batch whose fate is unknown is settled by asking the database which of its ids exist; only those that do not are
 * written again. So a row is stored at most once, and its `onCommit` runs only when it is. The same is asked when ids are
 * taken (23505): the server may have gone on with a write whose connection was lost.
 *
 * A row past its deadline is refused at once, however long the database takes. If it was being written, and turns out to
 * be stored, that is said by `onStoredAfterFailure` instead of `onCommit`.
 */
export type CommitRow = {
  readonly id: number
  readonly bytes: number
  /** Runs in order of `add`, synchronously after the commit. */
  readonly onCommit: () => void
  /** Only for rows with a deadline: it passed before the row was known to be stored. */
  readonly onFailure?: (error: SambandError) => void
  /** By `now`; a row that is not known to be stored by then is given up. */
  readonly deadline?: number
  readonly lazy?: boolean
  /** In the same commit as the row after it, which is added in the same turn. */
  readonly withNext?: boolean
}

export type GroupCommitOptions<Row extends CommitRow> = {
  readonly name: string
  readonly db: Database
  readonly write: (client: DatabaseClient, rows: readonly Row[]) => Promise<unknown>
  /** Which of these rows are stored, by id. */
  readonly stored: (client: DatabaseClient, rows: readonly Row[]) => Promise<ReadonlySet<number>>
  /** Runs on each new connection before it writes; what it throws counts as a failed connection. */
  readonly prepare?: (client: DatabaseClient) => Promise<void>
  readonly batchMax: number
  readonly batchBytesMax: number
  /** How long a lazy row waits for company. */
  readonly lazyMs: number
  /** How long the database may take to answer before its connection is given up. */
  readonly writeMs: number
  /** A clock in ms that is never set. */
  readonly now: () => number
  /**
   * Mends what these rows need and the database does not have (a partition, a key); answers false when that is not what
   * failed. Rejects when it cannot now.
   */
  readonly repair?: (thrown: unknown, rows: readonly Row[]) => Promise<boolean>
  /** A row given up by its deadline turned out to be stored after all. */
  readonly onStoredAfterFailure?: (row: Row) => void
  readonly onTrouble: (error: SambandError) => void
}

const reconnectPauseMs = 200
/** How exactly deadlines are kept while the database takes its time. */
const lookMs = 100
/** A connection that is given up is not waited for longer. */
const endMs = 1_000

export class GroupCommit<Row extends CommitRow> {
  readonly #options: GroupCommitOptions<Row>
  #queue: Row[] = []
  #client: DatabaseClient | undefined
  #running = false
  #closed = false
  #lazyTimer: NodeJS.Timeout | undefined
  #lookTimer: NodeJS.Timeout | undefined
  /** What is being written, and those of it that were refused meanwhile. */
  #underWay: readonly Row[] = []
  #refused: Set<Row> = new Set()
  #idle: (() => void)[] = []

  constructor(options: GroupCommitOptions<Row>) {
    this.#options = options
  }

  /** Connects, so that the first row does not wait for it. */
  async open(): Promise<void> {
    this.#client = await this.#connect()
    this.#lookTimer = setInterval(() => this.#look(), lookMs)
  }

  get queued(): number {
    return this.#queue.length
  }

  /** Throws SambandError `busy` after `close`. */
  add(row: Row): void {
    if (this.#closed) throw this.#isClosed()
    this.#queue.push(row)
    if (this.#running) return
    if (row.lazy !== true) void this.#run()
    else this.#waitForCompany()
  }

  /** Resolves when everything added so far has been written. */
  drained(): Promise<void> {
    if (!this.#running && this.#queue.length === 0) return Promise.resolve()
    const written = new Promise<void>(resolve => this.#idle.push(resolve))
    void this.#run()
    return written
  }

  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#lazyTimer)
    clearInterval(this.#lookTimer)
    if (this.#client !== undefined) await end(this.#client)
  }

  async #run(): Promise<void> {
    if (this.#running) return
    this.#running = true
    clearTimeout(this.#lazyTimer)
    this.#lazyTimer = undefined
    do {
      const batch = this.#take()
      if (batch.length > 0) await this.#commit(batch)
    } while (this.#isDue())
    this.#running = false
    if (this.#queue.length > 0) this.#waitForCompany()
    for (const resolve of this.#idle.splice(0)) resolve()
  }

  /** Lazy rows that came during a commit would otherwise get one of their own, and the next row would wait for it. */
  #isDue(): boolean {
    if (this.#queue.length > 0 && this.#idle.length > 0) return true
    return this.#queue.length >= this.#options.batchMax || this.#queue.some(row => row.lazy !== true)
  }

  #waitForCompany(): void {
    this.#lazyTimer ??= setTimeout(() => void this.#run(), this.#options.lazyMs)
  }

  #take(): Row[] {
    let bytes = 0
    let count = 0
    while (count < this.#queue.length && count < this.#options.batchMax) {
      bytes += this.#queue[count]?.bytes ?? 0
      if (count > 0 && bytes > this.#options.batchBytesMax) break
      count += 1
    }
    while (this.#queue[count - 1]?.withNext === true && count < this.#queue.length) count += 1
    return this.#queue.splice(0, count)
  }

  async #commit(batch: readonly Row[]): Promise<void> {
    this.#underWay = batch
    let repaired = false
    while (this.#underWay.length > 0 && !this.#closed) {
      const client = this.#client
      try {
        if (client === undefined) await this.#recover()
        else {
          await this.#answered(client, () => this.#options.write(client, this.#underWay))
          this.#committed(this.#underWay)
          this.#underWay = []
        }
      } catch (thrown) {
        if (isRejection(thrown)) {
          if (await this.#wasStored(thrown)) continue
          return await this.#halve(this.#underWay, thrown)
        }
        // What a repair did not help against is trouble like any other.
        repaired = !repaired && (await this.#repair(thrown))
        if (!repaired) await this.#broken(thrown)
      }
    }
  }

  /** An answer that does not come in time is a lost connection: its end makes the statement fail. */
  async #answered<T>(client: DatabaseClient, ask: () => Promise<T>): Promise<T> {
    const timer = setTimeout(() => void end(client), this.#options.writeMs)
    try {
      return await ask()
    } finally {
      clearTimeout(timer)
    }
  }

  /** Ids that are taken are those of rows that were stored after all; what is not is written again. */
  async #wasStored(thrown: unknown): Promise<boolean> {
    if (databaseErrorCode(thrown) !== uniqueViolation || this.#client === undefined) return false
    const before = this.#underWay.length
    try {
      await this.#settle(this.#client)
      return this.#underWay.length < before
    } catch (lost) {
      await this.#broken(lost)
      return true
    }
  }

  async #repair(thrown: unknown): Promise<boolean> {
    try {
      return (await this.#options.repair?.(thrown, this.#underWay)) ?? false
    } catch (failed) {
      this.#options.onTrouble(toDatabaseError(failed, `making room for the ${this.#options.name}`))
      return false
    }
  }

  /** What a row's owner does with the news must not be taken for trouble with the database. */
  #committed(rows: readonly Row[]): void {
    for (const row of rows) {
      try {
        if (this.#refused.delete(row)) this.#options.onStoredAfterFailure?.(row)
        else row.onCommit()
      } catch (thrown) {
        this.#options.onTrouble(toSambandError(thrown, `${this.#options.name}-after-commit`))
      }
    }
  }

  async #halve(batch: readonly Row[], thrown: unknown): Promise<void> {
    if (batch.length > 1) {
      const middle = batch.length >> 1
      await this.#commit(batch.slice(0, middle))
      return await this.#commit(batch.slice(middle))
    }
    const error = toSambandError(thrown, `${this.#options.name}-row-rejected`)
    this.#options.onTrouble(error)
    const [row] = batch
    if (row !== undefined && !this.#refused.delete(row)) row.onFailure?.(error)
  }

  /** Reconnects and finds out which rows made it. */
  async #recover(): Promise<void> {
    const client = await this.#connect()
    try {
      await this.#answered(client, () => this.#settle(client))
    } catch (thrown) {
      await end(client)
      throw thrown
    }
    this.#client = client
  }

  /** What is stored is done with, and so is what is not and was refused. The rest is still to be written. */
  async #settle(client: DatabaseClient): Promise<void> {
    const stored = await this.#options.stored(client, this.#underWay)
    const rows = this.#underWay
    this.#underWay = rows.filter(row => !stored.has(row.id) && !this.#refused.delete(row))
    this.#committed(rows.filter(row => stored.has(row.id)))
  }

  async #broken(thrown: unknown): Promise<void> {
    const client = this.#client
    this.#client = undefined
    this.#options.onTrouble(toDatabaseError(thrown, `writing the ${this.#options.name}`))
    if (client !== undefined) await end(client)
    await new Promise(resolve => setTimeout(resolve, reconnectPauseMs))
  }

  /** Rows past their deadline are refused: their sender gets a negative answer. */
  #look(): void {
    if (!this.#running) return
    const now = this.#options.now()
    const expired = (row: Row): boolean => row.deadline !== undefined && row.deadline <= now
    const error = new SambandError({
      code: `${this.#options.name}-unavailable`,
      category: 'unavailable',
      message: 'the database does not answer; nothing was acknowledged',
    })
    this.#queue = this.#queue.filter(row => {
      if (!expired(row)) return true
      row.onFailure?.(error)
      return false
    })
    for (const row of this.#underWay) {
      if (!expired(row) || this.#refused.has(row)) continue
      this.#refused.add(row)
      row.onFailure?.(error)
    }
  }

  async #connect(): Promise<DatabaseClient> {
    const client = await this.#options.db.dedicated(this.#options.name)
    try {
      await this.#options.prepare?.(client)
      return client
    } catch (thrown) {
      await end(client)
      throw thrown
    }
  }

  #isClosed(): SambandError {
    const { name } = this.#options
    return new SambandError({ code: `${name}-closed`, category: 'busy', message: `the ${name} is shutting down` })
  }
}

async function end(client: DatabaseClient): Promise<void> {
  const ended = client.end().catch(() => {
    // A lost connection cannot be ended politely.
  })
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<void>(resolve => {
    timer = setTimeout(resolve, endMs)
  })
  await Promise.race([ended, limit])
  clearTimeout(timer)
}

const uniqueViolation = '23505'
/** No partition for that id: the row is right, the table is not. */
export const missingPartition = '23514'

function isRejection(thrown: unknown): boolean {
  const code = databaseErrorCode(thrown)
  return code !== undefined && code !== missingPartition && (code.startsWith('22') || code.startsWith('23'))
}
