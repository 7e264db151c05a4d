import { SambandError } from '@samband/errors'
import type { Page } from '@samband/engine'
import type { DeploymentView } from '@samband/operations'
import { asTenant, type Database, type DatabaseClient, migrate, type Queryable } from '@samband/store'
import { deployLimits } from './limits.ts'
import { deployMigrations } from './migrations.ts'
import { packSource, type RouteSource, unpackSource } from './route-source.ts'

/** One route of a deployment, as it is kept. */
export type DeployedRoute = {
  readonly name: string
  readonly revision: string
  /** Where its source stood, relative to the configuration. */
  readonly file: string
  /** Id of its source. */
  readonly source: string
}

export type StoredDeployment = Omit<DeploymentView, 'routes'> & { readonly routes: readonly DeployedRoute[] }

export type ProcessRow = { readonly name: string; readonly deployment: number | null; readonly error: string | null }

type DeploymentRow = {
  id: number
  at: Date
  actor: string
  reason: string
  state: StoredDeployment['state']
  rolled_back_to: number | null
  error: string | null
  routes: readonly DeployedRoute[]
}

type SourceRow = { id: string; hash: string; archive: Buffer }

const columns = 'id, at, actor, reason, state, rolled_back_to, error, routes'

/** The tables of the schema `deploy`, for one tenant. */
export class DeploymentStore {
  readonly #db: Database
  readonly #tenant: number

  private constructor(db: Database, tenant: number) {
    this.#db = db
    this.#tenant = tenant
  }

  static async open(db: Database, tenant: number): Promise<DeploymentStore> {
    await migrate(db, { schema: 'deploy', migrations: deployMigrations })
    return new DeploymentStore(db, tenant)
  }

  /**
   * Nobody else of the tenant deploys until it is released.
   *
   * @throws SambandError 'deployment-under-way'
   */
  async lock(): Promise<{ readonly release: () => Promise<void> }> {
    const client = await this.#db.dedicated('deploy')
    try {
      const { rows } = await client.query<{ locked: boolean }>('select pg_try_advisory_lock($1, $2) as locked', [
        lockKey,
        this.#tenant,
      ])
      if (rows[0]?.locked !== true) throw underWay()
      await this.#failLeftOver(client)
    } catch (thrown) {
      await client.end()
      throw thrown
    }
    // Ending the session releases the lock.
    return { release: () => client.end() }
  }

  /** Whoever holds the lock is the only one who applies: what still says so was left by a process that ended. */
  async #failLeftOver(client: DatabaseClient): Promise<void> {
    await client.query(
      `update deploy.deployment set state = 'failed', error = 'the process that applied it ended before it was done'
        where tenant = $1 and state = 'applying'`,
      [this.#tenant],
    )
  }

  async current(): Promise<StoredDeployment | undefined> {
    return await this.#one(`state = 'current'`, [])
  }

  /** Only the id: asked for every second. */
  async currentId(): Promise<number | undefined> {
    const { rows } = await this.#db.pool.query<{ id: number }>(
      `select id from deploy.deployment where tenant = $1 and state = 'current'`,
      [this.#tenant],
    )
    return rows[0]?.id
  }

  async deployment(id: number): Promise<StoredDeployment | undefined> {
    return await this.#one('id = $2', [id])
  }

  /** What ran before the current one; after a rollback, what ran before the one that it went back to. */
  async former(): Promise<StoredDeployment | undefined> {
    return await this.#one(
      `state = 'superseded' and id < (
         select coalesce(rolled_back_to, id) from deploy.deployment where tenant = $1 and state = 'current')
        order by id desc limit 1`,
      [],
    )
  }

  async list({ limit, cursor }: { limit?: number; cursor?: string }): Promise<Page<StoredDeployment>> {
    const most = limit ?? deployLimits.rowsDefault
    const { rows } = await asTenant(this.#db, this.#tenant, client =>
      client.query<DeploymentRow>(
        `select ${columns} from deploy.deployment where tenant = $1 and id < $2 order by id desc limit $3`,
        [this.#tenant, Math.min(Number(cursor ?? idMax), idMax), most + 1],
      ),
    )
    const items = rows.slice(0, most).map(stored)
    return { items, nextCursor: rows.length > most ? String(items.at(-1)?.id ?? '') : null }
  }

  /** The sources of a deployment's routes, in its order, each held to its id. */
  async sourcesOf(routes: readonly DeployedRoute[]): Promise<readonly RouteSource[]> {
    const { rows } = await this.#db.pool.query<SourceRow>(
      'select id, hash, archive from deploy.source where tenant = $1 and id = any($2)',
      [this.#tenant, routes.map(({ source }) => source)],
    )
    return routes.map(({ name, source }) => {
      const row = rows.find(({ id }) => id === source)
      if (row === undefined) throw sourceMissing(name)
      return unpackSource(row.id, row.hash, row.archive)
    })
  }

  /** A revision that was ever deployed, with where it stood. */
  async revision(route: string, revision: string): Promise<DeployedRoute | undefined> {
    const { rows } = await this.#db.pool.query<DeployedRoute>(
      `select route as name, revision, source, file from deploy.revision
        where tenant = $1 and route = $2 and revision = $3`,
      [this.#tenant, route, revision],
    )
    return rows[0]
  }

  /** Keeps the sources and writes the deployment down. Under the lock. */
  async add(
    deployment: Pick<StoredDeployment, 'actor' | 'reason' | 'rolledBackTo' | 'routes'> & {
      readonly state: 'applying' | 'current'
    },
    sources: readonly RouteSource[],
  ): Promise<StoredDeployment> {
    const { actor, reason, rolledBackTo, routes, state } = deployment
    return await this.#db.transaction(async client => {
      await this.#keep(client, routes, sources)
      if (state === 'current') await this.#supersede(client)
      const { rows } = await client.query<DeploymentRow>(
        `insert into deploy.deployment (tenant, id, actor, reason, state, rolled_back_to, routes)
         select $1, coalesce(max(id), 0) + 1, $2, $3, $4, $5, $6::jsonb from deploy.deployment where tenant = $1
         returning ${columns}`,
        [this.#tenant, actor, reason, state, rolledBackTo, JSON.stringify(routes)],
      )
      return rows.map(stored)[0] as StoredDeployment // `returning` of one inserted row
    })
  }

  async makeCurrent(id: number): Promise<void> {
    await this.#db.transaction(async client => {
      await this.#supersede(client)
      await client.query(`update deploy.deployment set state = 'current' where tenant = $1 and id = $2`, [
        this.#tenant,
        id,
      ])
    })
  }

  async fail(id: number, error: string): Promise<void> {
    await this.#db.pool.query(
      `update deploy.deployment set state = 'failed', error = $3 where tenant = $1 and id = $2`,
      [this.#tenant, id, error],
    )
  }

  /** What a process runs, and that it lives. Processes that were silent for long are forgotten. */
  async heartbeat({ name, deployment, error }: ProcessRow): Promise<void> {
    await this.#db.pool.query(
      `with gone as (
         delete from deploy.process where tenant = $1 and process <> $2 and seen_at < now() - $5 * interval '1 ms')
       insert into deploy.process (tenant, process, deployment, error) values ($1, $2, $3, $4)
       on conflict (tenant, process) do update set deployment = $3, error = $4, seen_at = now()`,
      [this.#tenant, name, deployment, error, deployLimits.processSilentMs],
    )
  }

  async leave(name: string): Promise<void> {
    await this.#db.pool.query('delete from deploy.process where tenant = $1 and process = $2', [this.#tenant, name])
  }

  async processes(): Promise<readonly ProcessRow[]> {
    const { rows } = await this.#db.pool.query<ProcessRow>(
      `select process as name, deployment, error from deploy.process
        where tenant = $1 and seen_at >= now() - $2 * interval '1 ms' order by process`,
      [this.#tenant, deployLimits.processSilentMs],
    )
    return rows
  }

  async #one(where: string, values: readonly unknown[]): Promise<StoredDeployment | undefined> {
    const { rows } = await this.#db.pool.query<DeploymentRow>(
      `select ${columns} from deploy.deployment where tenant = $1 and ${where}`,
      [this.#tenant, ...values],
    )
    return rows.map(stored)[0]
  }

  async #supersede(client: Queryable): Promise<void> {
    await client.query(`update deploy.deployment set state = 'superseded' where tenant = $1 and state = 'current'`, [
      this.#tenant,
    ])
  }

  async #keep(client: Queryable, routes: readonly DeployedRoute[], sources: readonly RouteSource[]): Promise<void> {
    await client.query(
      `insert into deploy.source (tenant, id, hash, archive)
       select $1, * from unnest($2::text[], $3::text[], $4::bytea[]) on conflict do nothing`,
      [this.#tenant, sources.map(({ id }) => id), sources.map(({ hash }) => hash), sources.map(packSource)],
    )
    await client.query(
      `insert into deploy.revision (tenant, route, revision, source, file)
       select $1, * from unnest($2::text[], $3::text[], $4::text[], $5::text[]) on conflict do nothing`,
      [
        this.#tenant,
        routes.map(({ name }) => name),
        routes.map(({ revision }) => revision),
        routes.map(({ source }) => source),
        routes.map(({ file }) => file),
      ],
    )
  }
}

/** 'depl' in ASCII. */
const lockKey = 0x6465706c
const idMax = 2_147_483_647

function stored({ at, rolled_back_to: rolledBackTo, ...row }: DeploymentRow): StoredDeployment {
  return { ...row, at: at.toISOString(), rolledBackTo }
}

function underWay(): SambandError {
  return new SambandError({
    code: 'deployment-under-way',
    category: 'conflict',
    message: 'another deployment is under way: wait for it (samband revisions shows it), then plan again',
  })
}

function sourceMissing(route: string): SambandError {
  return new SambandError({
    code: 'route-source-missing',
    category: 'fault',
    message: `the source of route "${route}" is not in the database any more: restore deploy.source from a backup, or start with --deploy to take the folders`,
  })
}
