import { watchChanges } from '../feed/follow-changes.ts'
import type { FeedWake } from '../feed/feed-wake.ts'
import type { HubContext } from '../hub-context.ts'
import { pause } from '../feed/feed-loop.ts'
import { usableDefinition } from './check-search-parameter.ts'
import { enqueueDefinitionChanges, storedObject } from './definition-changes.ts'
import type { IndexBarrier } from './index-barrier.ts'
import type { OwnParameters } from './own-parameters.ts'
import type { ParameterStates } from './parameter-state.ts'
import type { ReindexJobs } from './reindex-jobs.ts'
import { jobsChanged } from './reindex-worker.ts'
import type { OwnParameter } from './search-parameter.ts'

export type DefinitionsWatchOptions = {
  readonly context: Pick<HubContext, 'store' | 'limits' | 'indexer' | 'log'>
  readonly feed: FeedWake
  readonly registry: OwnParameters
  readonly jobs: ReindexJobs
  readonly states: ParameterStates
  readonly barrier: IndexBarrier
}

/** Keeps this process's search parameters as the stored SearchParameters say, by following the change feed. */
export class DefinitionsWatch {
  readonly #options: DefinitionsWatchOptions
  readonly #stop = new AbortController()
  #loop: Promise<void> | undefined
  /** What was loaded last, by id: only what has another version is read again. */
  #loaded: ReadonlyMap<string, { readonly version: number; readonly own: OwnParameter | undefined }> = new Map()
  #through = 0

  constructor(options: DefinitionsWatchOptions) {
    this.#options = options
  }

  /** Loads what there is, and follows from there on. */
  async start(): Promise<void> {
    await this.#load()
    this.#loop = this.#follow()
  }

  async close(): Promise<void> {
    this.#stop.abort()
    await this.#loop
  }

  async #follow(): Promise<void> {
    const { context, feed } = this.#options
    const { signal } = this.#stop
    const { store, limits, log } = context
    while (!signal.aborted) {
      try {
        await watchChanges(
          { store, limits, feed },
          {
            after: this.#through,
            types: new Set(['SearchParameter']),
            signal,
            onChanges: () => this.#load(),
          },
        )
      } catch {
        if (store.db.pool.ending) return
        log.warn('hub-definitions-behind')
        await pause(limits.feedPollMs, signal)
        // Also where the feed has been pruned meanwhile: what is stored counts.
        await this.#load().catch(() => {})
      }
    }
  }

  /**
   * The order matters: the jobs are there, and known here, before a parameter can be searched by; and others are told that
   * this process writes with it only when no statement is under way that was made without.
   */
  async #load(): Promise<void> {
    const { context, feed, registry, jobs, states, barrier } = this.#options
    const { store, indexer } = context
    const { through, loaded } = await this.#read()
    if (await enqueueDefinitionChanges({ store, jobs, registry }, 'system')) feed.tell(jobsChanged)
    states.update(await jobs.unfinished())
    const own = new Map<string, OwnParameter>()
    for (const [id, each] of loaded) if (each.own !== undefined) own.set(id, each.own)
    const before = [...registry.own.values()]
    if (before.length !== own.size || before.some(each => own.get(each.id) !== each)) {
      registry.replace(own)
      indexer.parametersChanged()
    }
    this.#loaded = loaded
    this.#through = through
    await store.statementsSettled()
    await barrier.passed(through)
  }

  async #read(): Promise<{
    readonly through: number
    readonly loaded: ReadonlyMap<string, { readonly version: number; readonly own: OwnParameter | undefined }>
  }> {
    const { context, registry } = this.#options
    const { store, limits, log } = context
    // One statement, so that what is read is complete up to `head`.
    const { rows } = await store.db.pool.query<{
      head: number
      id: string | null
      version: number | null
      content: string | null
    }>(
      `select h.head, r.id, r.version, r.content
         from (select coalesce(max(seq), 0) as head from hub.change where tenant = $1) h
         left join (select id, version, at, content from hub.resource
                     where tenant = $1 and type = 'SearchParameter' and not deleted) r on true
        order by r.at, r.id`,
      [store.tenant],
    )
    const loaded = new Map<string, { readonly version: number; readonly own: OwnParameter | undefined }>()
    for (const { id, version, content } of rows) {
      if (id === null || version === null || content === null) continue
      const known = this.#loaded.get(id)
      if (known?.version === version) {
        loaded.set(id, known)
        continue
      }
      const resource = storedObject(content)
      const definition = resource === undefined ? undefined : usableDefinition(registry, limits, resource)
      if (resource?.['status'] === 'active' && definition === undefined)
        log.warn('hub-search-parameter-unusable', { id })
      loaded.set(id, { version, own: definition === undefined ? undefined : { id, definition } })
    }
    return { through: rows[0]?.head ?? 0, loaded }
  }
}
