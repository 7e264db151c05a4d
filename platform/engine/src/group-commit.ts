import { SambandError, toSambandError } from '@samband/errors'
import { type Database, type DatabaseClient, databaseErrorCode } from '@samband/store'

/**
 * Group commit: whatever arrives while one batch commits becomes the next batch: an idle writer commits a lone row at
 * once, a busy one commits as many as came in the meantime with one fsync. Lazy rows wait for company: they go with the
 * next row that is not, or by themselves after `lazyMs`.
 *
 * States: *idle* -> *committing* (a row was added, or a lazy one has waited long enough) -> *idle*, or -> *broken* (the
 * connection was lost: what was under way may or may not be stored) -> *committing* again once reconnected. How many rows
 * may wait is for their owners to say.
 *
 * A row that the database rejects for what it holds (SQLSTATE class 22 or 23) is found by halving the batch, reported and
 * given up, so that it cannot hold up the others.
 *
 * A batch whose fate is unknown is settled by asking the database which of its ids exist; only those that do not are
 * written again. So a row is stored at most once, and its `onCommit` runs only when it is.
 */
export type CommitRow = {
  readonly id: number
  readonly bytes: number
  /** Runs in order of `add`, synchronously after the commit. */
  readonly onCommit: () => void
  /** Only for rows with a deadline: it passed before the row was known to be stored. */
  readonly onFailure?: (error: SambandError) => void
  /** Epoch ms after which a row that is not written yet is given up. */
  readonly deadline?: number
  readonly lazy?: boolean
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
  readonly now: () => number
  /** A row given up by its deadline turned out to be stored after all. */
  readonly onStoredAfterFailure?: (row: Row) => void
  readonly onTrouble: (error: SambandError) => void
}

const reconnectPauseMs = 200

export class GroupCommit<Row extends CommitRow> {
  readonly #options: GroupCommitOptions<Row>
  #queue: Row[] = []
  #client: DatabaseClient | undefined
  #running = false
  #closed = false
  #lazyTimer: NodeJS.Timeout | undefined
  #idle: (() => void)[] = []

  constructor(options: GroupCommitOptions<Row>) {
    this.#options = options
  }

  /** Connects, so that the first row does not wait for it. */
  async open(): Promise<void> {
    this.#client = await this.#connect()
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
    else this.#lazyTimer ??= setTimeout(() => void this.#run(), this.#options.lazyMs)
  }

  /** Resolves when everything added so far has been written. */
  drained(): Promise<void> {
    if (!this.#running && this.#queue.length > 0) void this.#run()
    if (!this.#running) return Promise.resolve()
    return new Promise(resolve => this.#idle.push(resolve))
  }

  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#lazyTimer)
    await this.#client?.end().catch(() => {
      // The connection is gone already; there is nothing left to end.
    })
  }

  async #run(): Promise<void> {
    if (this.#running) return
    this.#running = true
    clearTimeout(this.#lazyTimer)
    this.#lazyTimer = undefined
    while (this.#queue.length > 0) {
      const batch = this.#take()
      if (batch.length > 0) await this.#commit(batch)
    }
    this.#running = false
    for (const resolve of this.#idle.splice(0)) resolve()
  }

  #take(): Row[] {
    let bytes = 0
    let count = 0
    while (count < this.#queue.length && count < this.#options.batchMax) {
      bytes += this.#queue[count]?.bytes ?? 0
      if (count > 0 && bytes > this.#options.batchBytesMax) break
      count += 1
    }
    return this.#queue.splice(0, count)
  }

  async #commit(batch: readonly Row[]): Promise<void> {
    let left = batch
    while (left.length > 0) {
      const client = this.#client
      try {
        if (client === undefined) left = await this.#recover(left)
        else {
          await this.#options.write(client, left)
          this.#committed(left)
          return
        }
      } catch (thrown) {
        if (isRejection(thrown)) return await this.#halve(left, thrown)
        await this.#broken(thrown)
        left = this.#expire(left)
        if (this.#closed) return
      }
    }
  }

  /** What a row's owner does with the news must not be taken for trouble with the database. */
  #committed(rows: readonly Row[]): void {
    for (const row of rows) {
      try {
        row.onCommit()
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
    batch[0]?.onFailure?.(error)
  }

  /** Reconnects and finds out which rows made it. Answers those that did not. */
  async #recover(batch: readonly Row[]): Promise<readonly Row[]> {
    const client = await this.#connect()
    const stored = await this.#options.stored(client, batch)
    this.#client = client
    this.#committed(batch.filter(row => stored.has(row.id)))
    return batch.filter(row => !stored.has(row.id))
  }

  async #broken(thrown: unknown): Promise<void> {
    const client = this.#client
    this.#client = undefined
    this.#options.onTrouble(toSambandError(thrown, `${this.#options.name}-write-failed`))
    await client?.end().catch(() => {
      // A lost connection cannot be ended politely.
    })
    await new Promise(resolve => setTimeout(resolve, reconnectPauseMs))
  }

  /**
   * Rows past their deadline are refused: their sender gets a negative answer. A row of the batch under way may still be
   * stored, so it is kept aside and looked up after the reconnection.
   */
  #expire(batch: readonly Row[]): readonly Row[] {
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
    const uncertain = batch.filter(expired)
    for (const row of uncertain) row.onFailure?.(error)
    if (uncertain.length > 0) void this.#lookUpLater(uncertain)
    return batch.filter(row => !expired(row))
  }

  async #lookUpLater(rows: readonly Row[]): Promise<void> {
    while (!this.#closed) {
      try {
        const client = await this.#connect()
        const stored = await this.#options.stored(client, rows)
        await client.end()
        for (const row of rows) if (stored.has(row.id)) this.#options.onStoredAfterFailure?.(row)
        return
      } catch (thrown) {
        this.#options.onTrouble(toSambandError(thrown, `${this.#options.name}-look-up-failed`))
        await new Promise(resolve => setTimeout(resolve, reconnectPauseMs))
      }
    }
  }

  async #connect(): Promise<DatabaseClient> {
    const client = await this.#options.db.dedicated(this.#options.name)
    try {
      await this.#options.prepare?.(client)
      return client
    } catch (thrown) {
      await client.end()
      throw thrown
    }
  }

  #isClosed(): SambandError {
    const { name } = this.#options
    return new SambandError({ code: `${name}-closed`, category: 'busy', message: `the ${name} is shutting down` })
  }
}

const missingPartition = '23514'

function isRejection(thrown: unknown): boolean {
  const code = databaseErrorCode(thrown)
  return code !== undefined && code !== missingPartition && (code.startsWith('22') || code.startsWith('23'))
}
