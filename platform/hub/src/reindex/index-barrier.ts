import type { DatabaseClient, Queryable } from '@samband/store'
import type { HubStore } from '../storage/hub-store.ts'
import type { PackageIndexing } from '../packages/package-parameters.ts'
import { indexVersion } from './index-version.ts'
import { packageIndexingSetting } from './package-changes.ts'

/**
 * What each process indexes new versions with, told to all others: a job reads resources only when whatever is written from
 * then on is written with the definitions that it is about. So nothing that it has passed can be written in the old way
 * behind it.
 *
 * A process counts as long as its connection lives, which the database knows: a process that stands still holds a job up
 * and is named in its state, one that was killed does not.
 */
export class IndexBarrier {
  readonly #store: HubStore
  readonly #packages: string
  #client: DatabaseClient | undefined
  #seq = 0

  constructor(store: HubStore, packages: PackageIndexing) {
    this.#store = store
    this.#packages = JSON.stringify(packages)
  }

  /** What this process has told last. */
  get seq(): number {
    return this.#seq
  }

  /** This process's connection, at the start and after each loss. Before definitions are loaded. */
  async register(client: DatabaseClient): Promise<void> {
    const { tenant, node } = this.#store
    await client.query(
      `insert into hub.indexer (tenant, node, pid, started, seq, index_version, packages)
       select $1, $2, a.pid, a.backend_start, $3, $4, md5($5) from pg_stat_activity a where a.pid = pg_backend_pid()
       on conflict (tenant, node) do update
         set pid = excluded.pid, started = excluded.started, seq = excluded.seq, index_version = excluded.index_version,
             packages = excluded.packages`,
      [tenant, node, this.#seq, indexVersion, this.#packages],
    )
    this.#client = client
  }

  /**
   * Whatever this process writes from now on is indexed with all definitions up to `seq`. Throws while it is not connected:
   * then it has to be found out first what began without it.
   */
  async passed(seq: number): Promise<void> {
    const { tenant, node } = this.#store
    const next = Math.max(this.#seq, seq)
    await this.#client?.query(
      'update hub.indexer set seq = greatest(seq, $3) where tenant = $1 and node = $2 and pid = pg_backend_pid()',
      [tenant, node, next],
    )
    this.#seq = next
  }

  /** Nodes of the processes that do not index with the definitions up to `seq` yet, or with an older layout. */
  async behind(seq: number, version: number): Promise<readonly number[]> {
    const { rows } = await this.#store.db.pool.query<{ node: number }>(
      `select i.node from hub.indexer i join pg_stat_activity a on a.pid = i.pid and a.backend_start = i.started
        where i.tenant = $1 and (i.seq < $2 or i.index_version < $3) order by i.node`,
      [this.#store.tenant, seq, version],
    )
    return rows.map(({ node }) => node)
  }

  /** Nodes of the processes that index with other packages than the one that was started last. */
  async withOtherPackages(): Promise<readonly number[]> {
    const { rows } = await this.#store.db.pool.query<{ node: number }>(
      `select i.node from hub.indexer i join pg_stat_activity a on a.pid = i.pid and a.backend_start = i.started
         join hub.setting s on s.tenant = i.tenant and s.name = $2
        where i.tenant = $1 and i.packages <> md5(s.value) order by i.node`,
      [this.#store.tenant, packageIndexingSetting],
    )
    return rows.map(({ node }) => node)
  }
}

/**
 * Transactions that have written changes and are not over: their rows may have been computed earlier. Each holds a lock on
 * the table of changes, which conflicts with nothing and is listed.
 */
export async function openWriters(client: Queryable): Promise<ReadonlySet<string>> {
  const { rows } = await client.query<{ writer: string }>(
    `select distinct virtualtransaction as writer from pg_locks
      where locktype = 'relation' and relation = 'hub.change'::regclass and mode = 'RowExclusiveLock'
        and database = (select oid from pg_database where datname = current_database())`,
  )
  return new Set(rows.map(({ writer }) => writer))
}
