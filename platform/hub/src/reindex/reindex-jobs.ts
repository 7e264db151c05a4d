import { type Queryable, toDatabaseError } from '@samband/store'
import type { HubStore } from '../storage/hub-store.ts'
import { textArray } from '../storage/array-literal.ts'

export type ReindexState = 'queued' | 'waiting' | 'running' | 'done' | 'cancelled'

/** Why a job is there: a definition changed, the guides or the layout of the index did, or somebody asked. */
export type ReindexReason = 'search-parameter' | 'packages' | 'index-version' | 'process-returned' | 'operator'

/** One job that computes the index rows of stored resources again. Times are milliseconds since 1970. */
export type ReindexJob = {
  readonly job: number
  readonly state: ReindexState
  readonly paused: boolean
  readonly reason: ReindexReason | (string & {})
  /** Who asked; 'system' for the hub itself. */
  readonly caller: string
  readonly types: readonly string[]
  /** `Type.code` of the parameters that cannot be searched by until it is done. */
  readonly parameters: readonly string[]
  /** Resources that were looked at, those whose rows had to be changed, and about how many there are. */
  readonly done: number
  readonly changed: number
  readonly total: number
  /** Where it stands: all of the types before, and of this type up to this resource, is done. */
  readonly atType: string
  readonly afterRid: number
  /** What holds it up, or could not be indexed. */
  readonly trouble?: string
  readonly createdAt: number
  readonly startedAt?: number
  readonly movedAt: number
  readonly endedAt?: number
}

/** A job in the hands of a worker. */
export type ClaimedJob = ReindexJob & { readonly seq: number; readonly indexVersion: number }

type JobRow = Omit<ClaimedJob, 'trouble' | 'startedAt' | 'endedAt' | 'done' | 'changed' | 'total'> & {
  readonly trouble: string | null
  readonly startedAt: number | null
  readonly endedAt: number | null
  readonly done: number
  readonly changed: number
  readonly total: number
}

const ms = (column: string): string => `(extract(epoch from ${column}) * 1000)::int8`

const columns = `job, state, paused, reason, caller, types, parameters, seq, index_version as "indexVersion", done, changed, total,
  at_type as "atType", after_rid as "afterRid", trouble, ${ms('created_at')} as "createdAt", ${ms('started_at')} as "startedAt",
  ${ms('moved_at')} as "movedAt", ${ms('ended_at')} as "endedAt"`

const open = `state in ('queued', 'waiting', 'running')`

export type NewJob = {
  readonly reason: ReindexReason
  readonly caller: string
  readonly types: Iterable<string>
  readonly parameters: Iterable<string>
  readonly seq: number
  readonly indexVersion: number
}

/** The table of jobs of one tenant. */
export class ReindexJobs {
  readonly #store: HubStore

  constructor(store: HubStore) {
    this.#store = store
  }

  /** A job that has not begun and is for the same reason takes the new one in: definitions that come together are one job. */
  async add(client: Queryable, job: NewJob): Promise<number> {
    const { rows } = await client.query<{ job: number }>(
      `with merged as (
         update hub.reindex set types = (select array_agg(distinct t order by t) from unnest(types || $4::text[]) as u (t)),
                parameters = (select coalesce(array_agg(distinct p order by p), '{}') from unnest(parameters || $5::text[]) as u (p)),
                seq = greatest(seq, $6), index_version = greatest(index_version, $7)
          where tenant = $1 and job = (
            select job from hub.reindex where tenant = $1 and state = 'queued' and owner is null and not paused and reason = $2
               and caller = $3 order by job limit 1 for update)
         returning job
       ), added as (
         insert into hub.reindex (tenant, reason, caller, types, parameters, seq, index_version)
         select $1, $2, $3, (select array_agg(distinct t order by t) from unnest($4::text[]) as u (t)),
                (select coalesce(array_agg(distinct p order by p), '{}') from unnest($5::text[]) as u (p)), $6, $7
          where not exists (select from merged)
         returning job
       ) select job from merged union all select job from added`,
      [
        this.#store.tenant,
        job.reason,
        job.caller,
        textArray([...job.types]),
        textArray([...job.parameters]),
        job.seq,
        job.indexVersion,
      ],
    )
    return rows[0]?.job ?? 0
  }

  /** The newest first. */
  async list(limit: number): Promise<readonly ReindexJob[]> {
    const rows = await this.#ask<JobRow>(
      `select ${columns} from hub.reindex where tenant = $1 order by job desc limit $2`,
      [limit],
    )
    return rows.map(({ seq: _seq, indexVersion: _version, ...row }) => jobOf(row))
  }

  /** Jobs that keep parameters from being searched by, or that have still to be worked on. */
  async unfinished(): Promise<readonly ReindexJob[]> {
    const rows = await this.#ask<JobRow>(
      `select ${columns} from hub.reindex where tenant = $1 and (${open} or state = 'cancelled' and parameters <> '{}') order by job`,
      [],
    )
    return rows.map(jobOf)
  }

  /** Jobs for later definitions that have passed the barrier. */
  async begunAfter(seq: number): Promise<readonly Pick<NewJob, 'types' | 'parameters' | 'seq'>[]> {
    return await this.#ask(
      `select types, parameters, seq from hub.reindex where tenant = $1 and seq > $2 and state in ('running', 'done')`,
      [seq],
    )
  }

  /** Takes the next job that nobody works on; those that parameters wait for come first. */
  async claim(
    owner: string,
    settings: { readonly leaseMs: number; readonly delayMs: number; readonly indexVersion: number },
  ): Promise<ClaimedJob | undefined> {
    const rows = await this.#ask<JobRow>(
      `update hub.reindex set owner = $2, lease_until = now() + $3 * interval '1 ms', moved_at = now(),
              state = case when state = 'queued' then 'waiting' else state end, started_at = coalesce(started_at, now())
        where tenant = $1 and job = (
          select job from hub.reindex where tenant = $1 and ${open} and not paused and (owner is null or lease_until < now())
             and created_at <= now() - $4 * interval '1 ms' and index_version <= $5
           order by parameters = '{}', job limit 1 for update skip locked)
        returning ${columns}`,
      [owner, settings.leaseMs, settings.delayMs, settings.indexVersion],
    )
    const [row] = rows
    return row === undefined ? undefined : { ...jobOf(row), seq: row.seq, indexVersion: row.indexVersion }
  }

  /** The worker goes on to read resources. False when the job is no longer its own, as with all that follows. */
  async begin(owner: string, job: number, total: number, leaseMs: number): Promise<boolean> {
    return await this.#own(
      `update hub.reindex set state = 'running', total = $4, trouble = null, moved_at = now(), lease_until = now() + $5 * interval '1 ms'
        where tenant = $1 and job = $2 and owner = $3 and state = 'waiting' and not paused returning 1`,
      [job, owner, total, leaseMs],
    )
  }

  /** Keeps the lease, and says what holds the job up. */
  async hold(owner: string, job: number, trouble: string | undefined, leaseMs: number): Promise<boolean> {
    return await this.#own(
      `update hub.reindex set trouble = $4, lease_until = now() + $5 * interval '1 ms'
        where tenant = $1 and job = $2 and owner = $3 and ${open} and not paused returning 1`,
      [job, owner, trouble ?? null, leaseMs],
    )
  }

  /** All up to this resource is done. In the transaction of the rows that changed: what is counted is committed. */
  async advance(
    client: Queryable,
    owner: string,
    step: {
      readonly job: number
      readonly atType: string
      readonly afterRid: number
      readonly done: number
      readonly changed: number
      readonly leaseMs: number
    },
  ): Promise<boolean> {
    const { rows } = await client.query({
      name: 'hub-reindex-advance',
      text: `update hub.reindex set at_type = $4, after_rid = $5, done = done + $6, changed = changed + $7, moved_at = now(), trouble = null,
              total = greatest(total, done + $6), lease_until = now() + $8 * interval '1 ms'
        where tenant = $1 and job = $2 and owner = $3 and state = 'running' and not paused returning 1`,
      values: [this.#store.tenant, step.job, owner, step.atType, step.afterRid, step.done, step.changed, step.leaseMs],
    })
    return rows.length > 0
  }

  /** The job is done. What cancelled jobs before it left undone, it has done where it was about the same types. */
  async finish(client: Queryable, owner: string, job: number, trouble: string | undefined): Promise<boolean> {
    const { rows } = await client.query<{ types: readonly string[] }>(
      `update hub.reindex set state = 'done', ended_at = now(), moved_at = now(), total = done, owner = null, lease_until = null, trouble = $4
        where tenant = $1 and job = $2 and owner = $3 and state = 'running' returning types`,
      [this.#store.tenant, job, owner, trouble ?? null],
    )
    const [row] = rows
    if (row === undefined) return false
    await client.query(
      `update hub.reindex set parameters = array(select p from unnest(parameters) as u (p) where split_part(p, '.', 1) <> all($3::text[]))
        where tenant = $1 and job < $2 and state = 'cancelled' and parameters <> '{}'`,
      [this.#store.tenant, job, textArray(row.types)],
    )
    return true
  }

  /** The worker stops without the job being done: the next one goes on. */
  async release(owner: string): Promise<void> {
    await this.#ask(
      'update hub.reindex set owner = null, lease_until = null where tenant = $1 and owner = $2 returning 1',
      [owner],
    )
  }

  /** False when there is no such job, or it has ended. */
  async cancel(job: number): Promise<boolean> {
    return await this.#own(
      `update hub.reindex set state = 'cancelled', ended_at = now(), owner = null, lease_until = null
        where tenant = $1 and job = $2 and ${open} returning 1`,
      [job],
    )
  }

  async pause(job: number, paused: boolean): Promise<boolean> {
    return await this.#own(
      `update hub.reindex set paused = $3, owner = null, lease_until = null
        where tenant = $1 and job = $2 and ${open} returning 1`,
      [job, paused],
    )
  }

  /** Removes ended jobs beyond the newest `kept`; not those that parameters still wait for. */
  async forget(kept: number): Promise<void> {
    await this.#ask(
      `delete from hub.reindex where tenant = $1 and (state = 'done' or state = 'cancelled' and parameters = '{}') and job <= (
         select job from hub.reindex where tenant = $1 order by job desc offset $2 limit 1) returning 1`,
      [kept],
    )
  }

  async #own(text: string, values: readonly unknown[]): Promise<boolean> {
    return (await this.#ask(text, values)).length > 0
  }

  async #ask<T extends object>(text: string, values: readonly unknown[]): Promise<readonly T[]> {
    try {
      return (await this.#store.db.pool.query<T>(text, [this.#store.tenant, ...values])).rows
    } catch (thrown) {
      throw toDatabaseError(thrown, 'reading the jobs of reindexing')
    }
  }
}

function jobOf({
  trouble,
  startedAt,
  endedAt,
  ...row
}: Omit<JobRow, 'seq' | 'indexVersion'> & { readonly seq?: number; readonly indexVersion?: number }): ReindexJob {
  const { seq: _seq, indexVersion: _version, ...rest } = row
  return {
    ...rest,
    ...(trouble === null ? {} : { trouble }),
    ...(startedAt === null ? {} : { startedAt }),
    ...(endedAt === null ? {} : { endedAt }),
  }
}
