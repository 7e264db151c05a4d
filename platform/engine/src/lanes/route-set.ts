import { toSambandError } from '@samband/errors'
import { openSource } from '../endpoints.ts'
import type { EngineContext } from '../engine-context.ts'
import type { EngineOptions } from '../engine-types.ts'
import type { IncomingStream, Intake, SourceHandle } from '../ports.ts'
import type { RefusalLog } from '../refusal-log.ts'
import type { DestinationFinder } from '../resume.ts'
import type { RouteRuntime } from '../route-runtime.ts'

const retireEveryMs = 200

/** The routes that run here, their sources, and how a destination is found by name. */
export class RouteSet {
  readonly runtimes: Map<string, RouteRuntime> = new Map()
  readonly sources: Map<string, SourceHandle> = new Map()
  readonly #options: EngineOptions
  readonly #context: EngineContext
  readonly #refusals: RefusalLog
  #following: Promise<void> = Promise.resolve()
  #open = false

  constructor(options: EngineOptions, context: EngineContext, refusals: RefusalLog) {
    this.#options = options
    this.#context = context
    this.#refusals = refusals
  }

  get all(): readonly RouteRuntime[] {
    return [...this.runtimes.values()]
  }

  readonly find: DestinationFinder = (route, name) => {
    if (route.destinations.has(name)) return { runtime: route, name }
    const slash = name.indexOf('/')
    if (slash === -1) return undefined
    const other = this.runtimes.get(name.slice(0, slash))
    const own = name.slice(slash + 1)
    return other?.destinations.has(own) === true ? { runtime: other, name: own } : undefined
  }

  /** Opens the sources that belong here. Rejects with the first that cannot be opened. */
  async openSources(): Promise<void> {
    this.#open = true
    for (const runtime of this.runtimes.values()) await this.openSourceOf(runtime)
  }

  async openSourceOf(runtime: RouteRuntime): Promise<void> {
    if (!this.#open || this.sources.has(runtime.name) || !this.#belongsHere(runtime)) return
    this.sources.set(runtime.name, await openSource(this.#options, runtime, this.#intake(runtime.name)))
  }

  async closeSourceOf(name: string): Promise<void> {
    const source = this.sources.get(name)
    this.sources.delete(name)
    await source?.close()
  }

  /** Ends a revision that another took over from, when what waits in a destination that is no more has been delivered. */
  retire(old: RouteRuntime, next: RouteRuntime): void {
    const { limits, log } = this.#context
    const gone = [...old.destinations.values()].filter(({ node }) => !next.destinations.has(node.name))
    const end = (): boolean => {
      if (this.#open && gone.some(({ queue }) => queue.state().waiting > 0)) return false
      old
        .retire(next, limits.drainMs)
        .catch((thrown: unknown) =>
          log.error('revision-not-retired', { route: old.name, code: toSambandError(thrown).code }),
        )
      return true
    }
    if (end()) return
    const timer = setInterval(() => {
      if (end()) clearInterval(timer)
    }, retireEveryMs)
    timer.unref()
  }

  /** Sources of which there may be only one follow their lane. One change after another. */
  followLanes(): void {
    this.#following = this.#following.then(async () => {
      for (const runtime of this.runtimes.values()) {
        if (!this.#open) return
        const source = this.sources.get(runtime.name)
        if (source !== undefined && !this.#belongsHere(runtime)) {
          this.sources.delete(runtime.name)
          await source.close()
        } else if (source === undefined) await this.#openLater(runtime)
      }
    })
  }

  async closeSources(): Promise<void> {
    this.#open = false
    await this.#following
    await Promise.all([...this.sources.values()].map(source => source.close()))
  }

  async #openLater(runtime: RouteRuntime): Promise<void> {
    try {
      await this.openSourceOf(runtime)
    } catch (thrown) {
      // Looked at again with the next change and every few seconds.
      const { code, message } = toSambandError(thrown)
      this.#context.log.error('source-not-opened', { route: runtime.name, code, text: message })
    }
  }

  #belongsHere({ name, host }: RouteRuntime): boolean {
    const { source } = host.description
    const kind = this.#options.connectors.find(connector => connector.name === source.connector)?.source
    if (kind?.oneAtATime !== true) return true
    return this.#context.desk.admits(this.#context.desk.laneOf(`source of ${name}`, 0))
  }

  #intake(name: string): Intake {
    // By name: another revision may have taken the route over meanwhile.
    const runtime = (): RouteRuntime => this.runtimes.get(name) as RouteRuntime
    const { endpoint } = runtime().host.description.source
    const streams = runtime().host.description.parser === undefined
    return {
      submit: incoming => runtime().submit(incoming),
      ...(streams ? { submitStream: (incoming: IncomingStream) => runtime().submitStream(incoming) } : {}),
      refuse: refusal => this.#refusals.add(name, endpoint, refusal),
    }
  }
}
