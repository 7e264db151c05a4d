import { toSambandError } from '@samband/errors'
import { timeOfId } from '@samband/store'
import { numberArray } from './array-literal.ts'
import { type DeadLetterGroups, deadLetters } from './dead-letters.ts'
import type { EngineContext } from './engine-context.ts'
import { conflict, incorrect } from './engine-errors.ts'
import type { Actor, Engine } from './engine-types.ts'
import { searchMessages, summarise } from './message-search.ts'
import type { Job, JobPreview, JobRequest } from './views.ts'

/** One thing to do: a delivery that failed, or a message as a whole. */
type Item = { readonly messageId: number; readonly destination?: string; readonly part?: number }

type JobRow = {
  readonly id: number
  readonly verb: JobRequest['verb']
  readonly state: Job['state']
  readonly total: number
  readonly done: number
  readonly failed: number
  readonly actor: string
  readonly reason: string
  readonly per_second: number | null
  readonly last_error: string | null
  readonly ended_at: Date | null
}

export type JobsOptions = {
  readonly context: EngineContext
  /** Of this process: a job runs where it was started. */
  readonly epoch: number
  readonly groups: DeadLetterGroups
  /** Acts wherever the message is. */
  readonly act: Engine['act']
}

const itemsMax = 100_000
const sampleRows = 5
const saveEvery = 50
const listRows = 100

/**
 * Bulk verbs as jobs on the server: previewed first, confirmed by the count, carried out in the original order, at a
 * given rate, to be paused, resumed and cancelled. Progress is on disk; a job that was running when the engine stopped
 * comes back paused.
 *
 * States: *running* <-> *paused*; either -> *cancelled*; *running* -> *done* (failures are counted, they do not stop it).
 */
export class Jobs {
  readonly #context: EngineContext
  readonly #epoch: number
  readonly #act: Engine['act']
  readonly #groups: DeadLetterGroups
  readonly #running = new Map<number, Promise<void>>()
  readonly #states = new Map<number, Job['state']>()
  #stopped = false

  constructor({ context, epoch, groups, act }: JobsOptions) {
    this.#context = context
    this.#epoch = epoch
    this.#groups = groups
    this.#act = act
  }

  /** What a crash or a stop interrupted waits for an operator. `epochs`: the processes that live. */
  async recover(epochs: readonly number[]): Promise<void> {
    await this.#context.db.pool.query(
      `update engine.job set state = 'paused'
        where tenant = $1 and state = 'running' and (epoch is null or epoch <> all($2::int8[]))`,
      [this.#context.tenant, numberArray(epochs)],
    )
  }

  async preview(request: JobRequest): Promise<JobPreview> {
    const items = await this.#select(request)
    const first = [...new Set(items.slice(0, sampleRows).map(({ messageId }) => messageId))]
    return { count: items.length, sample: await summarise(this.#context, await this.#context.reader.messages(first)) }
  }

  async start(request: JobRequest, actor: Actor): Promise<Job> {
    if (request.reason.trim() === '') throw incorrect('reason-missing', 'say why: a reason is kept with every act')
    const items = await this.#select(request)
    if (request.confirmCount !== items.length) {
      throw conflict('count-not-confirmed', `it is ${items.length} now: confirm that number`)
    }
    const id = this.#context.ids.next()
    await this.#context.db.pool.query(
      `insert into engine.job (tenant, id, verb, state, total, done, failed, actor, reason, per_second, items, epoch)
       values ($1, $2, $3, 'running', $4, 0, 0, $5, $6, $7, $8, $9)`,
      [
        this.#context.tenant,
        id,
        request.verb,
        items.length,
        actor.name,
        request.reason,
        request.perSecond ?? null,
        JSON.stringify(items),
        this.#epoch,
      ],
    )
    this.#begin(id)
    return await this.get(id)
  }

  async list(): Promise<readonly Job[]> {
    return (await this.#rows('order by id desc limit $2', [listRows])).map(view)
  }

  async get(jobId: number): Promise<Job> {
    const [row] = await this.#rows('and id = $2', [jobId])
    if (row === undefined) throw incorrect('job-unknown', `there is no job ${jobId}`)
    return view(row)
  }

  async control(jobId: number, control: 'pause' | 'resume' | 'cancel'): Promise<Job> {
    const job = await this.get(jobId)
    const from = { pause: ['running'], resume: ['paused'], cancel: ['running', 'paused'] }[control]
    if (!from.includes(job.state))
      throw conflict('job-state', `a job that is ${job.state} cannot be told to ${control}`)
    const state = ({ pause: 'paused', resume: 'running', cancel: 'cancelled' } as const)[control]
    this.#states.set(jobId, state)
    await this.#running.get(jobId)
    await this.#context.db.pool.query(
      `update engine.job set state = $3, ended_at = case when $3 = 'cancelled' then now() end
        where tenant = $1 and id = $2 and state <> 'done'`,
      [this.#context.tenant, jobId, state],
    )
    if (control === 'resume') this.#begin(jobId)
    return await this.get(jobId)
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await Promise.all(this.#running.values())
  }

  #begin(jobId: number): void {
    this.#states.set(jobId, 'running')
    const run = this.#run(jobId)
      .catch((thrown: unknown) => {
        this.#context.log.error('job-broken', { job: jobId, code: toSambandError(thrown).code })
      })
      .finally(() => this.#running.delete(jobId))
    this.#running.set(jobId, run)
  }

  async #run(jobId: number): Promise<void> {
    const { rows } = await this.#context.db.pool.query<JobRow & { items: readonly Item[] }>(
      'select * from engine.job where tenant = $1 and id = $2',
      [this.#context.tenant, jobId],
    )
    const job = rows[0]
    if (job === undefined) return
    let { done, failed, last_error: lastError } = job
    const begun = this.#context.now()
    const first = done
    while (done < job.items.length && this.#states.get(jobId) === 'running' && !this.#stopped) {
      // The loop's condition keeps the index inside.
      const item = job.items[done] as Item
      try {
        await this.#act(job.verb, item.messageId, { ...item, reason: job.reason }, { name: job.actor })
      } catch (thrown) {
        failed += 1
        lastError = toSambandError(thrown).message
      }
      done += 1
      if (done % saveEvery === 0) await this.#save(jobId, done, failed, lastError, 'running')
      if (job.per_second !== null) await this.#keepRate(begun, done - first, job.per_second)
    }
    await this.#save(jobId, done, failed, lastError, done === job.items.length ? 'done' : 'paused')
  }

  async #keepRate(begun: number, done: number, perSecond: number): Promise<void> {
    const ahead = begun + (done * 1000) / perSecond - this.#context.now()
    if (ahead > 0) await new Promise(resolve => setTimeout(resolve, ahead))
  }

  async #save(
    jobId: number,
    done: number,
    failed: number,
    lastError: string | null,
    state: Job['state'],
  ): Promise<void> {
    await this.#context.db.pool.query(
      `update engine.job set done = $3, failed = $4, last_error = $5, state = $6,
              ended_at = case when $6 = 'done' then now() end
        where tenant = $1 and id = $2`,
      [this.#context.tenant, jobId, done, failed, lastError, state],
    )
  }

  #rows(where: string, values: readonly unknown[]): Promise<readonly JobRow[]> {
    return this.#context.db.pool
      .query<JobRow>(
        `select id, verb, state, total, done, failed, actor, reason, per_second, last_error, ended_at
           from engine.job where tenant = $1 ${where}`,
        [this.#context.tenant, ...values],
      )
      .then(({ rows }) => rows)
  }

  /** Oldest first: the order in which they came. */
  async #select({ select }: JobRequest): Promise<readonly Item[]> {
    if (select.messages !== undefined)
      return this.#bounded(select.messages.map(messageId => ({ messageId }))).toSorted(byId)
    if (select.search !== undefined) return await this.#searched(select.search)
    const items: Item[] = []
    let cursor: string | undefined
    do {
      const page = await deadLetters(this.#context, this.#groups, {
        ...(select.deadLetterGroup === undefined ? {} : { group: select.deadLetterGroup }),
        ...(select.route === undefined ? {} : { route: select.route }),
        ...(cursor === undefined ? {} : { cursor }),
        limit: this.#context.limits.pageRowsMax,
      })
      for (const { messageId, destination, part } of page.items) {
        items.push(destination === null ? { messageId } : { messageId, destination, part })
      }
      cursor = page.nextCursor ?? undefined
    } while (cursor !== undefined && items.length <= itemsMax)
    return this.#bounded(items).toSorted(byId)
  }

  async #searched(search: NonNullable<JobRequest['select']['search']>): Promise<readonly Item[]> {
    const items: Item[] = []
    let cursor: string | undefined
    do {
      const page = await searchMessages(this.#context, {
        ...search,
        limit: this.#context.limits.pageRowsMax,
        ...(cursor === undefined ? {} : { cursor }),
      })
      for (const { id } of page.items) items.push({ messageId: id })
      cursor = page.nextCursor ?? undefined
    } while (cursor !== undefined && items.length <= itemsMax)
    return this.#bounded(items).toSorted(byId)
  }

  #bounded(items: Item[]): Item[] {
    if (items.length > itemsMax) throw incorrect('job-too-large', `more than ${itemsMax} at once: narrow the selection`)
    return items
  }
}

function byId(a: Item, b: Item): number {
  return a.messageId - b.messageId
}

function view(row: JobRow): Job {
  return {
    id: row.id,
    verb: row.verb,
    state: row.state,
    total: row.total,
    done: row.done,
    failed: row.failed,
    startedAt: new Date(timeOfId(row.id)).toISOString(),
    endedAt: row.ended_at?.toISOString() ?? null,
    actor: row.actor,
    reason: row.reason,
    lastError: row.last_error,
  }
}
