import { randomUUID } from 'node:crypto'
import { Alarm, pause } from '../feed/feed-loop.ts'
import type { FeedWake } from '../feed/feed-wake.ts'
import type { HubContext } from '../hub-context.ts'
import { resourceTable } from '../storage/resource-table.ts'
import { type IndexBarrier, openWriters } from './index-barrier.ts'
import { indexVersion } from './index-version.ts'
import type { ParameterStates } from './parameter-state.ts'
import { type BatchOutcome, ReindexBatches } from './reindex-batch.ts'
import type { ClaimedJob, ReindexJobs } from './reindex-jobs.ts'

/** A name among the types of the change signal: jobs have come or changed. */
export const jobsChanged = '$reindex'

export type ReindexWorkerOptions = {
  readonly context: Pick<HubContext, 'store' | 'limits' | 'indexer' | 'log'>
  readonly feed: FeedWake
  readonly jobs: ReindexJobs
  readonly states: ParameterStates
  readonly barrier: IndexBarrier
}

/**
 * Works on jobs, this process beside others: each job has one worker at a time, by a lease. A job is
 *
 * - `queued` until a worker takes it; then
 * - `waiting` until every process writes with the definitions that it is about, and the transactions that were open then
 *   are over; then
 * - `running`: batch after batch in the order of types and rids, with a pause after each; and
 * - `done` when no resource is left. `cancelled` can come before.
 *
 * A worker that dies leaves the job where the last committed batch ended; the next one goes on there.
 */
export class ReindexWorker {
  readonly #options: ReindexWorkerOptions
  readonly #stop = new AbortController()
  readonly #running = new Set<Promise<void>>()
  readonly #batches: ReindexBatches
  #loop: Promise<void> | undefined

  constructor(options: ReindexWorkerOptions) {
    this.#options = options
    this.#batches = new ReindexBatches(options.context)
  }

  /** `works` false: only keeps up with what others do. */
  start(works: boolean): void {
    this.#loop ??= this.#run(works)
  }

  /** Ends after the batch under way; its jobs are free for others at once. */
  async close(): Promise<void> {
    this.#stop.abort()
    await this.#loop
    await Promise.allSettled(this.#running)
  }

  async #run(works: boolean): Promise<void> {
    const { context, feed, jobs, states } = this.#options
    const { limits, log } = context
    const { signal } = this.#stop
    const alarm = new Alarm(feed, new Set([jobsChanged]), signal)
    while (!signal.aborted) {
      alarm.reset()
      let isBusy = true
      try {
        const unfinished = await jobs.unfinished()
        states.update(unfinished)
        isBusy = unfinished.some(({ state }) => state !== 'cancelled')
        if (works && isBusy && this.#running.size < limits.reindexJobsAtOnce) await this.#take()
      } catch (thrown) {
        if (context.store.db.pool.ending) break
        log.warn('hub-reindex-unavailable', { code: codeOf(thrown) })
      }
      await alarm.wait(isBusy ? limits.reindexPollMs : limits.feedPollMs)
    }
    alarm.close()
  }

  async #take(): Promise<void> {
    const { jobs, context } = this.#options
    const owner = randomUUID()
    const { reindexLeaseMs, reindexDelayMs } = context.limits
    const job = await jobs.claim(owner, { leaseMs: reindexLeaseMs, delayMs: reindexDelayMs, indexVersion })
    if (job === undefined) return
    const run: Promise<void> = this.#work(owner, job).finally(() => {
      this.#running.delete(run)
    })
    this.#running.add(run)
  }

  async #work(owner: string, job: ClaimedJob): Promise<void> {
    const { context, jobs, feed } = this.#options
    const { signal } = this.#stop
    const { log } = context
    try {
      log.info('hub-reindex-begins', { job: job.job, done: job.done })
      if (job.state === 'waiting' && !(await this.#begin(owner, job))) return
      const failed = await this.#batchesOf(owner, job)
      if (failed === undefined) return
      await this.#finish(owner, job, failed === 0 ? undefined : `${failed} resources could not be indexed`)
      log.info('hub-reindex-done', { job: job.job })
    } catch (thrown) {
      if (!signal.aborted) log.error('hub-reindex-stopped', { job: job.job, code: codeOf(thrown) })
      await pause(context.limits.reindexPollMs, signal)
    } finally {
      await jobs.release(owner).catch(() => {})
      feed.tell(jobsChanged)
    }
  }

  /** Waits until nothing is written any more in the way of before. False when the job is no longer this worker's. */
  async #begin(owner: string, { job, seq, indexVersion: version, types, reason }: ClaimedJob): Promise<boolean> {
    const { context, jobs, barrier } = this.#options
    const { store, limits } = context
    const { signal } = this.#stop
    let waitMs = 10
    const hold = async (trouble: string): Promise<boolean> => {
      if (signal.aborted || !(await jobs.hold(owner, job, trouble, limits.reindexLeaseMs))) return false
      await pause(waitMs, signal)
      waitMs = Math.min(waitMs * 2, limits.reindexPollMs)
      return !signal.aborted
    }
    for (;;) {
      const nodes = await barrier.behind(seq, version)
      if (nodes.length === 0) break
      if (!(await hold(`waits for the processes ${nodes.join(', ')} to know the definitions`))) return false
    }
    while (reason === 'packages') {
      const nodes = await barrier.withOtherPackages()
      if (nodes.length === 0) break
      if (!(await hold(`waits for the processes ${nodes.join(', ')} to be started with the same packages`)))
        return false
    }
    const before = await openWriters(store.db.pool)
    for (;;) {
      const now = before.size === 0 ? before : await openWriters(store.db.pool)
      if (![...before].some(writer => now.has(writer))) break
      if (!(await hold('waits for transactions that began before to end'))) return false
    }
    let total = 0
    for (const type of types) total += await this.#count(type)
    return await jobs.begin(owner, job, total, limits.reindexLeaseMs)
  }

  async #count(type: string): Promise<number> {
    const { store } = this.#options.context
    const { rows } = await store.db.pool.query<{ count: number }>(
      `select count(*) as count from ${resourceTable(type)} where tenant = $1 and type = $2 and not deleted`,
      [store.tenant, type],
    )
    return rows[0]?.count ?? 0
  }

  /** How many resources could not be indexed; undefined when this worker stopped before the end. */
  async #batchesOf(owner: string, job: ClaimedJob): Promise<number | undefined> {
    const { limits } = this.#options.context
    const { signal } = this.#stop
    let failed = 0
    for (const type of [...job.types].toSorted()) {
      if (type < job.atType) continue
      let afterRid = type === job.atType ? job.afterRid : 0
      for (;;) {
        if (signal.aborted) return undefined
        const startedAt = performance.now()
        const outcome = await this.#batch(owner, job.job, type, afterRid)
        if (outcome === 'lost') return undefined
        if (outcome === 'again') continue
        if (outcome.done === 0) break
        afterRid = outcome.lastRid
        failed += outcome.failed
        const pauseMs = (performance.now() - startedAt) * limits.reindexPauseRatio
        await pause(Math.min(pauseMs, limits.reindexPauseMaxMs), signal)
      }
    }
    return failed
  }

  /** One batch, again and again as long as the database fails. */
  async #batch(owner: string, job: number, type: string, afterRid: number): Promise<BatchOutcome | 'again' | 'lost'> {
    const { context, jobs } = this.#options
    const { limits, log, store } = context
    const { signal } = this.#stop
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await this.#batches.next(type, afterRid, async (client, { lastRid, done, changed }) => {
          const leaseMs = limits.reindexLeaseMs
          return await jobs.advance(client, owner, { job, atType: type, afterRid: lastRid, done, changed, leaseMs })
        })
      } catch (thrown) {
        if (signal.aborted || store.db.pool.ending) return 'lost'
        const code = codeOf(thrown)
        log.warn('hub-reindex-failed-batch', { job, type, code })
        await pause(Math.min(100 * 2 ** attempt, limits.reindexRetryMaxMs), signal)
        const trouble = `the database refused a batch of ${type} (${code}), which is tried again`
        const held = await jobs.hold(owner, job, trouble, limits.reindexLeaseMs).catch(() => true)
        if (!held) return 'lost'
      }
    }
  }

  async #finish(owner: string, job: ClaimedJob, trouble: string | undefined): Promise<void> {
    const { context, jobs, states } = this.#options
    const { store, limits } = context
    await store.db.transaction(async client => {
      if (!(await jobs.finish(client, owner, job.job, trouble))) return
      if (job.reason !== 'index-version' || job.indexVersion > indexVersion) return
      await client.query(
        `update hub.setting set value = $2 where tenant = $1 and name = 'index-version' and value::int < $2::int`,
        [store.tenant, String(job.indexVersion)],
      )
    })
    states.update(await jobs.unfinished())
    await jobs.forget(limits.reindexJobsKept)
  }
}

function codeOf(thrown: unknown): string {
  return typeof thrown === 'object' && thrown !== null && 'code' in thrown ? String(thrown.code) : 'unknown'
}
