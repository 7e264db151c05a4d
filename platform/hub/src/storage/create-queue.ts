import { SambandError } from '@samband/errors'
import { databaseErrorCode, toDatabaseError } from '@samband/store'
import type { CommitSignal } from './commit-signal.ts'
import type { KnownTerms, VersionWrite } from './write-rows.ts'

export type CreateQueueOptions = {
  /** One statement that commits by itself; answers the terms that it listed. */
  readonly write: (writes: readonly VersionWrite[]) => Promise<readonly string[]>
  readonly terms: KnownTerms
  readonly commits: CommitSignal
  /** Commits under way at once. */
  readonly writersMax: number
  /** Resources in one commit. */
  readonly batchMax: number
  /** Resources that may wait; more are refused as busy. */
  readonly waitingMax: number
}

type Waiting = {
  readonly write: VersionWrite
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/**
 * Creations with ids of our own cannot collide, so they need no locks, and whatever arrived while the batches before were
 * committed is the next: one statement and one flush of the log for all of them.
 */
export class CreateQueue {
  readonly #options: CreateQueueOptions
  #waiting: Waiting[] = []
  #writers = 0
  #idle: (() => void)[] = []

  constructor(options: CreateQueueOptions) {
    this.#options = options
  }

  /** Resolves after the commit. Throws SambandError: `hub-busy`, or what the database failed with. */
  add(write: VersionWrite): Promise<void> {
    const { waitingMax } = this.#options
    if (this.#waiting.length >= waitingMax) {
      throw new SambandError({
        code: 'hub-busy',
        category: 'busy',
        message: `more than ${waitingMax} resources wait to be written`,
      })
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ write, resolve, reject })
      if (this.#writers < this.#options.writersMax) void this.#run()
    })
  }

  /** Resolves when nothing waits and nothing is under way. */
  drained(): Promise<void> {
    return this.#writers === 0 ? Promise.resolve() : new Promise(resolve => this.#idle.push(resolve))
  }

  async #run(): Promise<void> {
    this.#writers += 1
    // Whatever the sockets have brought already comes along.
    await new Promise(resolve => setImmediate(resolve))
    while (this.#waiting.length > 0) await this.#commit(this.#waiting.splice(0, this.#options.batchMax))
    // In the same turn as the look at what waits: what is added after it finds that a writer is missing.
    this.#writers -= 1
    if (this.#writers === 0) for (const resolve of this.#idle.splice(0)) resolve()
  }

  async #commit(batch: readonly Waiting[]): Promise<void> {
    const { write: run, terms, commits } = this.#options
    try {
      const writes = batch.map(({ write }) => write)
      terms.add(await run(writes))
      for (const { resolve } of batch) resolve()
      commits.committed(new Set(writes.map(({ type }) => type)))
    } catch (thrown) {
      if (batch.length > 1 && isAboutARow(thrown)) for (const one of batch) await this.#commit([one])
      else for (const { reject } of batch) reject(toDatabaseError(thrown, 'writing resources'))
    }
  }
}

/** SQLSTATE classes 22 (data) and 23 (constraints), and what is too large for an index: one row's fault, not the others'. */
function isAboutARow(thrown: unknown): boolean {
  const code = databaseErrorCode(thrown) ?? ''
  return code.startsWith('22') || code.startsWith('23') || code === '54000'
}
