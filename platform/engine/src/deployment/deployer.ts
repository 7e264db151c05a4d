import { isDeepStrictEqual } from 'node:util'
import { idFromTime } from '@samband/store'
import { openDestination, planEndpoints } from '../endpoints.ts'
import type { EngineContext } from '../engine-context.ts'
import type { Deployed, DeploymentPlan, EngineOptions, RouteFile } from '../engine-types.ts'
import { type HostedRoute, openHosted } from '../hosting/hosted-route.ts'
import type { RouteHost } from '../hosting/route-host.ts'
import type { ThreadPool } from '../hosting/thread-pool.ts'
import { pinnedRoutes } from '../lanes/pinned-routes.ts'
import { laneCount } from '../lanes/lane-desk.ts'
import type { RouteSet } from '../lanes/route-set.ts'
import { registerRevisions } from '../opening.ts'
import { recoverRoute } from '../recovery.ts'
import { RouteRuntime } from '../route-runtime.ts'
import { planDeployment } from './plan-deployment.ts'
import { inOrderOfDependence } from './route-order.ts'

const planMessagesDefault = 100
const emptyEveryMs = 200

/** What is to run: as it runs now, or newly loaded. */
type Wanted = {
  readonly running: RouteRuntime | undefined
  readonly hosted: HostedRoute | undefined
  readonly host: RouteHost
}

/**
 * Changes which routes run, and in which revision, while messages flow.
 *
 * A changed route: its new revision is loaded beside it, takes what comes from now on, and begins its steps when the old
 * one has finished those under way, so that the order of each key holds. Destinations that did not change go on as they
 * are, with what waits in them; of those that did, what waits moves over. A route that goes stops taking messages, and
 * leaves when what waits has been delivered.
 */
export class Deployer {
  readonly #options: EngineOptions
  readonly #context: EngineContext
  readonly #routes: RouteSet
  readonly #pool: ThreadPool
  /** One deployment after another. */
  #last: Promise<unknown> = Promise.resolve()

  constructor(options: EngineOptions, context: EngineContext, routes: RouteSet, pool: ThreadPool) {
    this.#options = options
    this.#context = context
    this.#routes = routes
    this.#pool = pool
  }

  async plan(files: readonly RouteFile[], messages: number = planMessagesDefault): Promise<DeploymentPlan> {
    const wanted = await this.#load(files)
    try {
      this.#check(wanted)
      const names = new Set(wanted.map(({ host }) => host.description.name))
      const removed = this.#routes.all.filter(({ name }) => !names.has(name))
      return await planDeployment(
        this.#context,
        [
          ...wanted.map(({ running, host }) => ({ running: running?.host, next: host })),
          ...removed.map(({ host }) => ({ running: host, next: undefined })),
        ],
        messages,
      )
    } finally {
      await closeLoaded(wanted)
    }
  }

  apply(files: readonly RouteFile[]): Promise<Deployed> {
    const applied = this.#last.then(() => this.#apply(files))
    this.#last = applied.catch(() => {
      // Told to the one who asked; the next deployment starts from what runs.
    })
    return applied
  }

  async #apply(files: readonly RouteFile[]): Promise<Deployed> {
    const wanted = await this.#load(files)
    let ordered: readonly (Wanted & { readonly description: RouteHost['description'] })[]
    let opened: ReadonlyMap<string, RouteRuntime>
    try {
      ordered = this.#check(wanted)
      opened = await this.#open(wanted)
      const descriptions = ordered.map(({ description }) => description)
      this.#context.desk.pin(pinnedRoutes(descriptions, this.#options.endpoints))
    } catch (thrown) {
      await closeLoaded(wanted)
      throw thrown
    }
    for (const { description, running } of ordered) {
      const next = opened.get(description.name)
      if (next === undefined) continue
      if (running === undefined) await this.#begin(next)
      else await this.#replace(running, next)
      this.#context.log.info('route-deployed', { route: description.name, revision: next.host.revision })
    }
    const names = new Set(ordered.map(({ description }) => description.name))
    const leaving = this.#routes.all.filter(({ name }) => !names.has(name))
    const last = inOrderOfDependence(
      leaving.map(runtime => ({ runtime, description: withoutOthers(runtime, leaving) })),
    )
    for (const { runtime } of last.toReversed()) await this.#remove(runtime)
    return { routes: ordered.map(({ host }) => ({ name: host.description.name, revision: host.revision })) }
  }

  /** What runs with the same hash is not loaded again. */
  async #load(files: readonly RouteFile[]): Promise<readonly Wanted[]> {
    const wanted: Wanted[] = []
    try {
      for (const file of files) {
        const same = this.#routes.all.find(({ host }) => host.revision.endsWith(`+${file.hash}`))
        if (same !== undefined) {
          wanted.push({ running: same, hosted: undefined, host: same.host })
          continue
        }
        const hosted = await openHosted(file, this.#options, this.#pool)
        const running = this.#routes.runtimes.get(hosted.host.description.name)
        wanted.push({ running, hosted, host: hosted.host })
      }
      return wanted
    } catch (thrown) {
      await closeLoaded(wanted)
      throw thrown
    }
  }

  #check(wanted: readonly Wanted[]): readonly (Wanted & { readonly description: RouteHost['description'] })[] {
    const described = wanted.map(entry => ({ ...entry, description: entry.host.description }))
    const descriptions = described.map(({ description }) => description)
    this.#options.check?.(descriptions)
    planEndpoints(this.#options, descriptions)
    for (const { retention } of descriptions) this.#context.classes.idOf(retention)
    return inOrderOfDependence(described)
  }

  async #open(wanted: readonly Wanted[]): Promise<ReadonlyMap<string, RouteRuntime>> {
    const loaded = wanted.filter(({ hosted }) => hosted !== undefined)
    const revisions = await registerRevisions(
      this.#context,
      loaded.map(({ host }) => host),
    )
    const opened = new Map<string, RouteRuntime>()
    for (const [index, { hosted, running, host }] of loaded.entries()) {
      const runtime = await RouteRuntime.open({
        context: this.#context,
        // Filtered above.
        hosted: hosted as HostedRoute,
        revisionId: revisions[index]?.id ?? 0,
        low: idFromTime(this.#context.now()),
        ...(running === undefined ? {} : { previous: running }),
        openDestination: (connector, endpoint, own) =>
          openDestination(this.#options, { connector, endpoint, options: own }, this.#routes.runtimes),
      })
      opened.set(host.description.name, runtime)
    }
    return opened
  }

  /** A route that did not run. If it did once, what it left is found in the journal. */
  async #begin(next: RouteRuntime): Promise<void> {
    const { db, tenant, desk } = this.#context
    const { rows } = await db.pool.query<{ low: number | null; before: number }>(
      `select (select min(low_id) from engine.checkpoint where tenant = $1 and route = $2) as low,
              (select count(*)::int4 from engine.route_revision where tenant = $1 and route = $2) as before`,
      [tenant, next.name],
    )
    this.#routes.runtimes.set(next.name, next)
    if ((rows[0]?.before ?? 0) > 1) {
      const lanes = new Set(Array.from({ length: laneCount }, (_, lane) => lane).filter(lane => desk.owns(lane)))
      await recoverRoute(this.#context, next, rows[0]?.low ?? 0, this.#routes.find, lanes)
    }
    next.host.ready()
    await this.#routes.openSourceOf(next)
  }

  async #replace(old: RouteRuntime, next: RouteRuntime): Promise<void> {
    const { source } = old.host.description
    const sourceStays = isDeepStrictEqual(source, next.host.description.source)
    if (!sourceStays) await this.#routes.closeSourceOf(old.name)
    const drained = old.finishSteps()
    next.holdSteps(drained)
    this.#routes.runtimes.set(next.name, next)
    await drained
    await old.handOver(next)
    next.host.ready()
    this.#routes.retire(old, next)
    if (!sourceStays) await this.#routes.openSourceOf(next)
  }

  /** Takes nothing more; goes when nothing waits any more, be that in a minute or when its receiver is back. */
  async #remove(runtime: RouteRuntime): Promise<void> {
    await this.#routes.closeSourceOf(runtime.name)
    await runtime.finishSteps()
    const go = async (): Promise<void> => {
      this.#routes.runtimes.delete(runtime.name)
      await runtime.stop(this.#context.limits.drainMs)
      this.#context.log.info('route-removed', { route: runtime.name })
    }
    if (runtime.waiting === 0) return await go()
    this.#context.log.info('route-draining', { route: runtime.name, waiting: runtime.waiting })
    const timer = setInterval(() => {
      // It may have been deployed again, or the engine may have stopped.
      if (this.#routes.runtimes.get(runtime.name) !== runtime) return clearInterval(timer)
      if (runtime.waiting > 0) return
      clearInterval(timer)
      void go()
    }, emptyEveryMs)
    timer.unref()
  }
}

async function closeLoaded(wanted: readonly Wanted[]): Promise<void> {
  await Promise.all(wanted.flatMap(({ hosted }) => (hosted === undefined ? [] : [hosted.host.stop()])))
}

/** Those that stay are not waited for. */
function withoutOthers(runtime: RouteRuntime, leaving: readonly RouteRuntime[]): RouteHost['description'] {
  const names = new Set(leaving.map(({ name }) => name))
  const { description } = runtime.host
  return {
    ...description,
    dependsOn: description.dependsOn.filter(name => names.has(name)),
    destinations: description.destinations.filter(
      ({ destination }) => destination.connector !== 'via' || names.has(destination.endpoint),
    ),
  }
}
