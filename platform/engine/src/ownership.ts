import { SambandError, toSambandError } from '@samband/errors'
import type { Database, DatabaseClient } from '@samband/store'
import type { Log } from './ports.ts'

/** First half of the two-part advisory lock key; the second is the tenant. 'engi' in ASCII. */
const lockClass = 0x656e6769
const acquireLimitMs = 10_000
const retryMs = 200
const regainAttempts = 10

/**
 * One engine per tenant and database: two would each resume what the other has under way. A session lock says who it
 * is; it ends with the process, however that dies.
 *
 * *asking* -> *owner* -> *lost* (the connection broke) -> *owner* again, or *deposed* when another process has taken it
 * meanwhile: then `onDeposed` is called once.
 */
export class Ownership {
  readonly #db: Database
  readonly #tenant: number
  readonly #log: Log
  readonly #onDeposed: () => void
  #client: DatabaseClient | undefined
  /** Process id of the session that holds the lock. */
  #backend: number | undefined
  #released = false

  private constructor(db: Database, tenant: number, log: Log, onDeposed: () => void) {
    this.#db = db
    this.#tenant = tenant
    this.#log = log
    this.#onDeposed = onDeposed
  }

  /**
   * Waits a little, because the session of a process that was just killed may take a moment to end.
   * Throws SambandError 'engine-already-running'.
   */
  static async acquire(db: Database, tenant: number, log: Log, onDeposed: () => void): Promise<Ownership> {
    const ownership = new Ownership(db, tenant, log, onDeposed)
    const end = performance.now() + acquireLimitMs
    while (!(await ownership.#take())) {
      if (performance.now() > end) {
        throw new SambandError({
          code: 'engine-already-running',
          category: 'conflict',
          message: `another Samband runs tenant ${tenant} on this database: stop it, or set another database or tenant`,
        })
      }
      await new Promise(resolve => setTimeout(resolve, retryMs))
    }
    return ownership
  }

  async release(): Promise<void> {
    this.#released = true
    await this.#client?.end().catch(() => {
      // The session is gone already, and the lock with it.
    })
  }

  /** Answers false when another session holds the lock. */
  async #take(): Promise<boolean> {
    const client = await this.#db.dedicated('engine-owner')
    const { rows } = await client.query<{ mine: boolean; backend: number }>(
      'select pg_try_advisory_lock($1, $2) as mine, pg_backend_pid() as backend',
      [lockClass, this.#tenant],
    )
    if (rows[0]?.mine !== true) {
      if (this.#backend !== undefined) await this.#endOwnLeftover(client, this.#backend)
      await client.end()
      return false
    }
    this.#backend = rows[0].backend
    this.#client = client
    client.once('end', () => void this.#regain())
    return true
  }

  /** After a cut line the server may not know yet that our former session is gone: then it is told. */
  async #endOwnLeftover(client: DatabaseClient, backend: number): Promise<void> {
    await client.query(
      `select pg_terminate_backend(pid) from pg_locks
        where locktype = 'advisory' and classid = $1 and objid = $2 and granted and pid = $3`,
      [lockClass, this.#tenant, backend],
    )
  }

  async #regain(): Promise<void> {
    for (let attempt = 1; !this.#released; attempt += 1) {
      try {
        if (await this.#take()) return
        if (attempt < regainAttempts) {
          await new Promise(resolve => setTimeout(resolve, retryMs))
          continue
        }
        this.#log.error('engine-deposed', { tenant: this.#tenant })
        this.#onDeposed()
        return
      } catch (thrown) {
        this.#log.warn('engine-owner-lost', { code: toSambandError(thrown).code })
        await new Promise(resolve => setTimeout(resolve, retryMs * 5))
      }
    }
  }
}
