import { randomBytes } from 'node:crypto'
import type { SambandError } from '@samband/errors'
import {
  createIdGenerator,
  type Database,
  databaseErrorCode,
  type IdGenerator,
  migrate,
  type Queryable,
  toDatabaseError,
} from '@samband/store'
import { plainArray, textArray } from './array-literal.ts'
import { CommitSignal } from './commit-signal.ts'
import { CreateQueue } from './create-queue.ts'
import { FirstAnalysis } from './first-analysis.ts'
import { Keys } from './keys.ts'
import type { StoreLimits } from './limits.ts'
import { hubMigrations } from './migrations.ts'
import { ReadQueue } from './read-queue.ts'
import { ensureResourceTables, resourceTable } from './resource-table.ts'
import type { ResourceName, StoredResource, StoredVersion } from './stored.ts'
import { Turnstile } from './turnstile.ts'
import { changeLockClass, KnownTerms, type VersionWrite, writeVersions } from './write-rows.ts'

export type HubStoreOptions = {
  readonly db: Database
  readonly tenant: number
  /** 0..31, unique among the processes on one database. */
  readonly node: number
  /** Epoch milliseconds. */
  readonly now: () => number
  readonly resourceTypes: Iterable<string>
  readonly limits: StoreLimits
}

/** One database transaction of the hub. Rows that it changes must have been locked in it. */
export interface HubTransaction {
  readonly client: Queryable
  /**
   * The current versions (deletions too) of those that exist, locked until the end, in one order for all transactions.
   * What does not exist is not locked: two that create the same id collide, and the later one runs again.
   */
  lock(names: readonly ResourceName[]): Promise<ReadonlyMap<string, StoredResource>>
  /** Waits for others that hold the same key: conditional interactions with the same condition go one by one. Sorted first. */
  lockKeys(keys: readonly string[]): Promise<void>
  /**
   * Until the end nobody else commits a change: what is searched now is so at the commit too. All other locks come before;
   * everyone who writes waits, so there is little between it and `write`.
   */
  lockChanges(): Promise<void>
  /** The last step: it holds what orders the change feed. */
  write(writes: readonly VersionWrite[]): Promise<void>
}

/** What a transaction has written: nothing of it counts before the commit. */
export type Written = { readonly terms: string[]; readonly types: Set<string> }

export function newWritten(): Written {
  return { terms: [], types: new Set() }
}

/** `Type/id`, the key of `HubTransaction.lock`'s answer. */
export function nameOf({ type, id }: ResourceName): string {
  return `${type}/${id}`
}

/** The resources of one tenant as rows: no FHIR is understood here. */
export class HubStore {
  readonly db: Database
  readonly tenant: number
  readonly keys: Keys
  readonly ids: IdGenerator
  /** 0..31, unique among the processes on one database. */
  readonly node: number
  /** Told after each commit of this process. */
  readonly commits: CommitSignal = new CommitSignal()
  readonly #inFlight = new Set<Promise<unknown>>()
  #current: (write: VersionWrite) => VersionWrite = write => write
  readonly #limits: StoreLimits
  readonly #creates: CreateQueue
  readonly #reads: ReadQueue
  readonly #terms = new KnownTerms()
  readonly #firstAnalysis: FirstAnalysis
  readonly #turns: Turnstile

  private constructor(options: HubStoreOptions, keys: Keys, newest: number) {
    const { db, tenant, node, now, limits } = options
    this.db = db
    this.tenant = tenant
    this.#firstAnalysis = new FirstAnalysis(db)
    this.keys = keys
    this.node = node
    this.ids = createIdGenerator({ node, now, after: newest })
    this.#limits = limits
    const { createWritersMax: writersMax, createBatchMax: batchMax, createWaitingMax: waitingMax } = limits
    this.#turns = new Turnstile({ insideMax: limits.transactionsMax, waitingMax: limits.transactionsWaitingMax })
    const write = (writes: readonly VersionWrite[]): Promise<readonly string[]> => this.#write(db.pool, writes)
    this.#creates = new CreateQueue({
      write,
      terms: this.#terms,
      commits: this.commits,
      writersMax,
      batchMax,
      waitingMax,
    })
    this.#reads = new ReadQueue(db, tenant, { statementsMax: limits.readStatementsMax, batchMax: limits.readBatchMax })
  }

  static async open(options: HubStoreOptions): Promise<HubStore> {
    const { db, tenant, resourceTypes } = options
    await migrate(db, { schema: 'hub', migrations: hubMigrations })
    await db.transaction(async client => {
      await client.query(`select pg_advisory_xact_lock($1, 0), set_config('statement_timeout', '0', true)`, [
        tablesLockClass,
      ])
      await ensureResourceTables(client, resourceTypes)
    })
    await db.pool.query(
      `insert into hub.setting (tenant, name, value) values ($1, 'salt', $2) on conflict do nothing`,
      [tenant, randomBytes(32).toString('hex')],
    )
    const { rows } = await db.pool.query<{ salt: string; newest: number | null }>(
      `select value as salt, (select max(rid) from hub.resource where tenant = $1) as newest
         from hub.setting where tenant = $1 and name = 'salt'`,
      [tenant],
    )
    return new HubStore(options, new Keys(rows[0]?.salt ?? ''), rows[0]?.newest ?? 0)
  }

  /** The current version, a deletion too; undefined when there never was one. */
  read(type: string, id: string): Promise<StoredResource | undefined> {
    return this.#reads.read(type, id)
  }

  /** A version, current or past. */
  async readVersion(type: string, id: string, version: number): Promise<StoredVersion | undefined> {
    return await this.#ask(async () => {
      const { rows } = await this.db.pool.query<StoredVersion & { content: string | null }>({
        name: 'hub-read-version',
        text: `
          select type, id, version, at, content from hub.resource where tenant = $1 and type = $2 and id = $3 and version = $4
          union all
          select type, id, version, at, content from hub.history where tenant = $1 and type = $2 and id = $3 and version = $4`,
        values: [this.tenant, type, id, version],
      })
      const [row] = rows
      return row === undefined ? undefined : { ...row, content: row.content ?? undefined }
    })
  }

  /** Writes a resource with an id that was never used. Resolves after the commit. */
  async create(write: VersionWrite): Promise<void> {
    await this.#creates.add(write)
  }

  /**
   * Runs `fn` in a transaction and commits. Runs it again when the database could not let it through beside others
   * (serialisation, deadlock, a row that another made meanwhile); only what `fn` answered last counts.
   *
   * @throws what `fn` throws; SambandError of the collision after `transactionAttemptsMax`; `unavailable` when the connection was
   * lost: then it may have been committed, and it is not run again
   */
  async transaction<T>(fn: (transaction: HubTransaction) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      const written = newWritten()
      try {
        const result = await this.#turns.pass(() => this.db.transaction(client => fn(this.within(client, written))))
        this.committed(written)
        return result
      } catch (thrown) {
        const code = databaseErrorCode(thrown)
        // A connection that was lost, or not had, has no code; what `fn` threw of its own goes on as it is.
        if (code === undefined)
          throw asSambandError(thrown).category === 'unavailable' ? asSambandError(thrown) : thrown
        if (!collisions.has(code) || attempt >= this.#limits.transactionAttemptsMax) throw asSambandError(thrown)
        await new Promise(resolve => setTimeout(resolve, Math.random() * Math.min(5 * 2 ** attempt, 200)))
      }
    }
  }

  /**
   * The same within a transaction of the caller's, who commits, and runs it again on a collision (`isCollision`). Who
   * gives `written` to `committed` after the commit wakes the followers of the feed at once instead of at their next poll.
   */
  within(client: Queryable, written: Written = newWritten()): HubTransaction {
    const { tenant } = this
    return {
      client,
      lock: names => lockResources(client, tenant, names),
      lockKeys: async keys => {
        const sorted = [...new Set(keys)].toSorted()
        await client.query(
          'select pg_advisory_xact_lock(k) from unnest($1::int8[]) with ordinality as u (k, n) order by n',
          [plainArray(sorted)],
        )
      },
      lockChanges: async () => {
        await client.query({
          name: 'hub-lock-changes',
          text: 'select pg_advisory_xact_lock($1, $2)',
          values: [changeLockClass, tenant],
        })
      },
      write: async writes => {
        if (writes.length === 0) return
        written.terms.push(...(await this.#write(client, writes)))
        for (const { type } of writes) written.types.add(type)
      },
    }
  }

  /** What a transaction of `within` wrote is committed. */
  committed(written: Written): void {
    this.#terms.add(written.terms)
    this.commits.committed(written.types)
  }

  /**
   * How a write that was made ready earlier is brought to the search parameters of now, just before its statement: so all
   * that this process writes after it has learnt of a parameter is indexed by it.
   */
  bringUpToDate(current: (write: VersionWrite) => VersionWrite): void {
    this.#current = current
  }

  /** Runs `fn`; `statementsSettled` waits for it as it does for writes. */
  async tracked<T>(fn: () => Promise<T>): Promise<T> {
    const running = fn()
    this.#inFlight.add(running)
    try {
      return await running
    } finally {
      this.#inFlight.delete(running)
    }
  }

  /** Resolves when the statements that are under way now have ended; their transactions may go on. */
  async statementsSettled(): Promise<void> {
    await Promise.allSettled(this.#inFlight)
  }

  async close(): Promise<void> {
    await this.#creates.drained()
    await this.#firstAnalysis.drained()
  }

  async #write(client: Queryable, writes: readonly VersionWrite[]): Promise<readonly string[]> {
    const current = writes.map(this.#current)
    const fresh = await this.tracked(() => writeVersions(client, this.tenant, current, this.#terms))
    this.#firstAnalysis.written(current)
    return fresh
  }

  async #ask<T>(ask: () => Promise<T>): Promise<T> {
    try {
      return await ask()
    } catch (thrown) {
      throw asSambandError(thrown)
    }
  }
}

/** 'hubt' in ASCII. */
const tablesLockClass = 0x68756274

/** Serialisation failure, deadlock, unique violation: two created the same resource. */
const collisions: ReadonlySet<string> = new Set(['40001', '40P01', '23505'])

export function isCollision(thrown: unknown): boolean {
  return collisions.has(databaseErrorCode(thrown) ?? '')
}

function asSambandError(thrown: unknown): SambandError {
  return toDatabaseError(thrown, 'working on resources')
}

async function lockResources(
  client: Queryable,
  tenant: number,
  names: readonly ResourceName[],
): Promise<ReadonlyMap<string, StoredResource>> {
  const byType = Map.groupBy(names, ({ type }) => type)
  const found = new Map<string, StoredResource>()
  for (const type of [...byType.keys()].toSorted()) {
    const ids = [...new Set(byType.get(type)?.map(({ id }) => id))]
    const { rows } = await client.query<Omit<StoredResource, 'content'> & { content: string | null }>({
      name: `hub-lock-${type}`,
      text: `select type, id, rid, version, at, content from ${resourceTable(type)}
              where tenant = $1 and type = '${type}' and id = any($2::text[]) order by id for update`,
      values: [tenant, textArray(ids)],
    })
    for (const row of rows) found.set(nameOf(row), { ...row, content: row.content ?? undefined })
  }
  return found
}
