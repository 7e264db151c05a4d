import type { DatabaseClient } from '@samband/store'
import type { Caller } from '../access/caller.ts'
import type { FeedWake } from '../feed/feed-wake.ts'
import type { HubContext } from '../hub-context.ts'
import { HubError } from '../hub-error.ts'
import type { PackageIndexing } from '../packages/package-parameters.ts'
import { definitionsSeq, enqueueIndexVersion } from './definition-changes.ts'
import { DefinitionsWatch } from './definitions-watch.ts'
import { IndexBarrier } from './index-barrier.ts'
import { indexVersion } from './index-version.ts'
import { enqueuePackageChanges } from './package-changes.ts'
import type { OwnParameters } from './own-parameters.ts'
import { type ParameterState, ParameterStates } from './parameter-state.ts'
import { type ReindexJob, ReindexJobs } from './reindex-jobs.ts'
import { jobsChanged, ReindexWorker } from './reindex-worker.ts'

export type ReindexingOptions = {
  readonly context: Pick<HubContext, 'store' | 'limits' | 'indexer' | 'log'>
  readonly registry: OwnParameters
  /** What the packages of this process index in another way than the standard alone. */
  readonly packages: PackageIndexing
  /** False: this process follows the definitions, and leaves the jobs to others. */
  readonly works: boolean
}

/** Own search parameters and background reindexing of one process. */
export class Reindexing {
  readonly jobs: ReindexJobs
  readonly #states = new ParameterStates()
  readonly #barrier: IndexBarrier
  readonly #options: ReindexingOptions
  #feed: FeedWake | undefined
  #watch: DefinitionsWatch | undefined
  #worker: ReindexWorker | undefined

  constructor(options: ReindexingOptions) {
    this.#options = options
    this.jobs = new ReindexJobs(options.context.store)
    this.#barrier = new IndexBarrier(options.context.store, options.packages)
  }

  /**
   * The connection that this process counts by has been made, perhaps again. What began without this process, because it
   * was not connected, is done once more: it may have written in the old way meanwhile.
   */
  async connected(client: DatabaseClient): Promise<void> {
    const { store } = this.#options.context
    const isReturn = this.#feed !== undefined
    await this.#barrier.register(client)
    if (!isReturn) return
    // Others may have begun with other packages meanwhile: then they wait for this process to have them too.
    await enqueuePackageChanges({ store, jobs: this.jobs, indexing: this.#options.packages }, 'system')
    for (const missed of await this.jobs.begunAfter(this.#barrier.seq)) {
      await this.jobs.add(store.db.pool, { ...missed, reason: 'process-returned', caller: 'system', indexVersion })
    }
  }

  /** After the barrier has been registered: loads the definitions, follows them, and works on jobs. */
  async start(feed: FeedWake): Promise<void> {
    const { context, registry, packages, works } = this.#options
    const { jobs } = this
    this.#feed = feed
    const options = { context, feed, registry, jobs, states: this.#states, barrier: this.#barrier }
    await enqueueIndexVersion({ store: context.store, jobs, registry }, 'system')
    if (await enqueuePackageChanges({ store: context.store, jobs, indexing: packages }, 'system'))
      feed.tell(jobsChanged)
    this.#watch = new DefinitionsWatch(options)
    await this.#watch.start()
    this.#worker = new ReindexWorker(options)
    this.#worker.start(works)
  }

  state(type: string, code: string): ParameterState {
    return this.#states.of(type, code)
  }

  /** Whether no parameter waits for anything: the usual case, and cheap to ask. */
  get allReady(): boolean {
    return this.#states.allReady
  }

  told(): void {
    this.#feed?.tell(jobsChanged)
  }

  async close(): Promise<void> {
    await Promise.all([this.#watch?.close(), this.#worker?.close()])
  }
}

type WithReindexing = Pick<HubContext, 'store' | 'limits' | 'resourceTypes' | 'reindexing'>

/** Whether a search by a parameter finds everything; if not, how much of the resources has been indexed by it. From memory. */
export function parameterState(
  { reindexing }: Pick<HubContext, 'reindexing'>,
  type: string,
  code: string,
): ParameterState {
  return reindexing.state(type, code)
}

/**
 * Starts to compute the index rows of all resources of some types again, or of all types. Answers the job's number.
 *
 * @throws HubError 400 for what is no type, 403 unless the caller may update all resources of the types
 */
export async function startReindex(
  context: WithReindexing,
  start: { readonly types?: readonly string[]; readonly caller: Caller },
): Promise<number> {
  const { store, reindexing, resourceTypes } = context
  const types = start.types ?? [...resourceTypes]
  const unknown = types.filter(type => !resourceTypes.has(type))
  if (unknown.length > 0 || types.length === 0) {
    throw new HubError({
      code: 'type-unknown',
      category: 'incorrect',
      message: 'reindexing needs names of resource types',
    })
  }
  assertMay(start.caller, types)
  const job = await store.db.transaction(async client => {
    const seq = await definitionsSeq(client, store.tenant)
    return await reindexing.jobs.add(client, {
      reason: 'operator',
      caller: start.caller.actor,
      types,
      parameters: [],
      seq,
      indexVersion,
    })
  })
  reindexing.told()
  return job
}

/** The newest jobs first, those that have ended too. */
export async function listReindexJobs(
  { reindexing, limits }: WithReindexing,
  caller: Caller,
): Promise<readonly ReindexJob[]> {
  const jobs = await reindexing.jobs.list(limits.reindexJobsKept)
  return jobs.filter(({ types }) => may(caller, types))
}

/**
 * Ends a job. What it has done stays; parameters that waited for it can be searched by when a later job has done their types.
 *
 * @throws HubError 404 where there is no such job that goes on
 */
export async function cancelReindex(context: WithReindexing, job: number, caller: Caller): Promise<void> {
  await change(context, job, caller, jobs => jobs.cancel(job))
}

/** Stops a job until it is resumed; another process's worker notices with its next batch. */
export async function pauseReindex(
  context: WithReindexing,
  job: number,
  { paused, caller }: { readonly paused: boolean; readonly caller: Caller },
): Promise<void> {
  await change(context, job, caller, jobs => jobs.pause(job, paused))
}

async function change(
  context: WithReindexing,
  job: number,
  caller: Caller,
  act: (jobs: ReindexJobs) => Promise<boolean>,
): Promise<void> {
  const { reindexing } = context
  const known = (await listReindexJobs(context, caller)).some(each => each.job === job)
  if (!known || !(await act(reindexing.jobs))) {
    throw new HubError({
      code: 'reindex-job-unknown',
      category: 'not-found',
      message: 'there is no such job of reindexing that has not ended',
    })
  }
  reindexing.told()
}

function may(caller: Caller, types: readonly string[]): boolean {
  return types.every(type => caller.access('update', type) === 'all')
}

function assertMay(caller: Caller, types: readonly string[]): void {
  if (may(caller, types)) return
  throw new HubError({
    code: 'reindex-forbidden',
    category: 'forbidden',
    message: 'reindexing needs the right to update all resources of the types',
  })
}
