import { databaseErrorCode, toDatabaseError, type Queryable } from '@samband/store'
import type { HubContext } from '../hub-context.ts'
import { HubError } from '../hub-error.ts'

export type Statement = { readonly text: string; readonly values: readonly unknown[] }

/** Shapes of statements that connections keep prepared; the driver never forgets one, so they are bounded. */
export const preparedStatementsMax = 500

/**
 * Runs the statements of one search within its time, and ends the one under way in PostgreSQL when the time is over or the
 * client has gone: closing a socket would leave it running.
 */
export class Runner {
  readonly #context: HubContext
  readonly #client: Queryable | undefined
  readonly #signal: AbortSignal | undefined
  readonly #deadline: number

  constructor(context: HubContext, options: { readonly client?: Queryable; readonly signal?: AbortSignal }) {
    this.#context = context
    this.#client = options.client
    this.#signal = options.signal
    this.#deadline = performance.now() + context.limits.searchMs
  }

  /** @throws HubError `search-too-costly` (503), `search-cancelled`; SambandError for what the database failed with */
  async query<R>(statement: Statement): Promise<readonly R[]> {
    if (this.#signal?.aborted === true) throw cancelled()
    if (this.#client !== undefined) return await this.#run<R>(this.#client, statement)
    const client = await this.#context.store.db.pool.connect()
    try {
      return await this.#run<R>(client, statement)
    } finally {
      client.release()
    }
  }

  async #run<R>(client: Queryable, { text, values }: Statement): Promise<readonly R[]> {
    let reason: 'time' | 'gone' | undefined
    let cancelling: Promise<void> | undefined
    const end = (why: 'time' | 'gone'): void => {
      if (reason !== undefined) return
      reason = why
      cancelling = this.#cancel(client)
    }
    const timer = setTimeout(() => end('time'), Math.max(1, this.#deadline - performance.now()))
    const onAbort = (): void => end('gone')
    this.#signal?.addEventListener('abort', onAbort, { once: true })
    try {
      const name = statementName(text)
      // The driver types rows as any; the statement stands beside its row type.
      const { rows } = await client.query({ ...(name === undefined ? {} : { name }), text, values: [...values] })
      return rows as readonly R[]
    } catch (thrown) {
      if (databaseErrorCode(thrown) === '57014') throw reason === 'gone' ? cancelled() : tooCostly()
      throw toDatabaseError(thrown, 'searching')
    } finally {
      clearTimeout(timer)
      this.#signal?.removeEventListener('abort', onAbort)
      // A cancellation that arrives late would hit the next statement of the connection.
      await cancelling
    }
  }

  /** From a connection of its own: the pool may be full of searches that take too long. */
  async #cancel(client: Queryable): Promise<void> {
    // A client of the driver: it has the process that serves it.
    const { processID } = client as { readonly processID?: number | null }
    if (typeof processID !== 'number') return
    try {
      const other = await this.#context.store.db.dedicated('search-cancel')
      try {
        await other.query('select pg_cancel_backend($1)', [processID])
      } finally {
        await other.end()
      }
    } catch {
      this.#context.log.warn('search-cancel-failed')
    }
  }
}

const names = new Map<string, string | undefined>()

/** Shapes that recur are prepared under a name, the first time they come back. */
function statementName(text: string): string | undefined {
  const known = names.get(text)
  if (known !== undefined) return known
  if (names.has(text)) {
    const name = `hub-search-${names.size}-${preparedCount++}`
    names.set(text, preparedCount > preparedStatementsMax ? undefined : name)
    return names.get(text)
  }
  if (names.size < 4 * preparedStatementsMax) names.set(text, undefined)
  return undefined
}

let preparedCount = 0

export function tooCostly(): HubError {
  return new HubError({
    code: 'search-too-costly',
    category: 'busy',
    status: 503,
    message: 'The search takes too long: narrow it, for example by a patient, a code or a date',
    issues: [
      {
        severity: 'error',
        type: 'too-costly',
        code: 'search-too-costly',
        text: 'The search takes too long: narrow it, for example by a patient, a code or a date',
      },
    ],
  })
}

function cancelled(): HubError {
  return new HubError({
    code: 'search-cancelled',
    category: 'busy',
    status: 503,
    message: 'The search was cancelled because its client went away',
  })
}
