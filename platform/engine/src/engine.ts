import { SambandError, toSambandError } from '@samband/errors'
import { idFromTime, timeOfId } from '@samband/store'
import { countDeadLetters, DeadLetterGroups, deadLetterGroups, deadLetters } from './dead-letters.ts'
import { Deployer } from './deployment/deployer.ts'
import { inOrderOfDependence } from './deployment/route-order.ts'
import { openDestination } from './endpoints.ts'
import { EndpointWatch } from './endpoint-watch.ts'
import type { EngineContext } from './engine-context.ts'
import type { Actor, Engine, EngineOptions, EngineProcess, RunningRevision, TraceResult } from './engine-types.ts'
import type { HostedRoute } from './hosting/hosted-route.ts'
import { ThreadPool } from './hosting/thread-pool.ts'
import { Jobs } from './jobs.ts'
import { Checkpoints } from './lanes/checkpoints.ts'
import { pinnedRoutes } from './lanes/pinned-routes.ts'
import { laneCount } from './lanes/lane-desk.ts'
import { LaneKeeper } from './lanes/lane-keeper.ts'
import { Neighbours, type NeighbourServices } from './lanes/neighbours.ts'
import { RouteSet } from './lanes/route-set.ts'
import { openMembership } from './membership/membership.ts'
import type { Membership } from './membership/membership-types.ts'
import { livingProcesses } from './membership/processes.ts'
import { messageDetail, searchMessages } from './message-search.ts'
import { limitsOf, openAllHosts, openContext, prepareTables, registerRevisions } from './opening.ts'
import { RefusalLog } from './refusal-log.ts'
import { defaultClass, defaultRetention } from './retention-classes.ts'
import { RouteRuntime } from './route-runtime.ts'
import { storedContentOf, withoutStoredContent } from './large/stored-content.ts'
import { routeStatus } from './route-status.ts'
import { act, type VerbPorts } from './verbs.ts'
import type {
  MessageDetail,
  MessageSearch,
  MessageSummary,
  Page,
  RefusalView,
  RouteStatus,
  Verb,
  VerbRequest,
  VerbResult,
} from './views.ts'
import { withLimit } from './with-limit.ts'
import { withWaitingDestinations } from './waiting-destinations.ts'

const checkpointEveryMs = 2_000
const watchEveryMs = 2_000
/** How soon it is noticed that the clock has been set. */
const daysEveryMs = 5_000
const dayMs = 86_400_000

/**
 * Starts everything: the code of the routes, tables and partitions, this process's place among those of the tenant, the
 * journal, every route's destinations, what a former process left undone, and the sources last. Throws SambandError with
 * the setting to change; what was opened until then is closed again.
 */
export async function startEngine(options: EngineOptions): Promise<Engine> {
  const closing: (() => Promise<void>)[] = []
  try {
    const limits = limitsOf(options)
    const pool = new ThreadPool({ limits, capabilities: options.capabilities })
    closing.push(() => pool.close())
    const hosted = inOrderOfDependence((await openAllHosts(options, pool)).map(described)).map(({ route }) => route)
    const classes = await prepareTables(options, hosted)
    const neighbours = await Neighbours.open(options)
    closing.push(() => neighbours.close())
    const running: { engine?: RunningEngine } = {}
    const membership = await openMembership({
      db: options.db,
      tenant: options.tenant,
      address: neighbours.address,
      laneCount,
      log: options.log,
      ...(options.membership === undefined ? {} : { limits: options.membership }),
      claimWith: async (client, claim) => await running.engine?.keeper.claimWith(client, claim),
      onGained: async claim => await running.engine?.keeper.gained(claim),
      onLosing: async lanes => await running.engine?.keeper.losing(lanes),
      onDeposed: () => {
        options.log.error('engine-deposed', { tenant: options.tenant, node: membership.node })
        void running.engine?.stop()
        options.onDeposed?.()
      },
    })
    closing.push(() => membership.leave(limits.drainMs))
    if (options.peers === undefined && membership.members().length > 1) throw alreadyRunning(options.tenant)
    const context = await openContext(options, classes, membership, neighbours.submitAt)
    closing.push(() => context.writer.close())
    const engine = new RunningEngine(options, context, pool, membership, neighbours)
    running.engine = engine
    closing.push(() => engine.stop())
    await engine.start(hosted)
    return engine
  } catch (thrown) {
    for (const close of closing.toReversed()) await close()
    throw thrown
  }
}

class RunningEngine implements Engine {
  readonly keeper: LaneKeeper
  readonly #options: EngineOptions
  readonly #context: EngineContext
  readonly #pool: ThreadPool
  readonly #membership: Membership
  readonly #neighbours: Neighbours
  readonly #routes: RouteSet
  readonly #checkpoints: Checkpoints
  readonly #refusals: RefusalLog
  readonly #ports: VerbPorts
  readonly #jobs: Jobs
  readonly #deployer: Deployer
  readonly #groups: DeadLetterGroups
  readonly #watch = new EndpointWatch()
  readonly #timers: NodeJS.Timeout[] = []
  #stopping: Promise<void> | undefined

  constructor(
    options: EngineOptions,
    context: EngineContext,
    pool: ThreadPool,
    membership: Membership,
    neighbours: Neighbours,
  ) {
    this.#options = options
    this.#context = context
    this.#pool = pool
    this.#membership = membership
    this.#neighbours = neighbours
    this.#refusals = new RefusalLog(context)
    this.#routes = new RouteSet(options, context, this.#refusals)
    this.#checkpoints = new Checkpoints(context, () => this.#routes.all)
    this.keeper = new LaneKeeper(context, this.#routes, this.#checkpoints)
    this.#groups = new DeadLetterGroups((route, causes) => this.#groupKeys(route, causes))
    this.#deployer = new Deployer(options, context, this.#routes, pool)
    this.#ports = { context, route: name => this.#routes.runtimes.get(name), find: this.#routes.find }
    this.#jobs = new Jobs({
      context,
      epoch: membership.epoch,
      groups: this.#groups,
      act: (verb, messageId, request, actor) => this.act(verb, messageId, request, actor),
    })
  }

  async start(hosted: readonly HostedRoute[]): Promise<void> {
    const hosts = hosted.map(({ host }) => host)
    const revisions = await registerRevisions(this.#context, hosts)
    const descriptions = hosts.map(({ description }) => description)
    this.#context.desk.pin(pinnedRoutes(descriptions, this.#options.endpoints))
    const now = idFromTime(this.#context.now())
    for (const [index, route] of hosted.entries()) {
      const { name } = route.host.description
      if (revisions[index]?.first === true) this.#checkpoints.nothingBefore(name)
      const runtime = await RouteRuntime.open({
        context: this.#context,
        hosted: route,
        revisionId: revisions[index]?.id ?? 0,
        low: now,
        openDestination: (connector, endpoint, own) =>
          openDestination(this.#options, { connector, endpoint, options: own }, this.#routes.runtimes),
      })
      this.#routes.runtimes.set(name, runtime)
    }
    this.#neighbours.serve({
      submit: (header, body) => this.#submitForwarded(header, body),
      act: (verb, messageId, request, actor) => act(this.#ports, verb, messageId, request, actor),
      status: () => this.#ownStatus(),
      others: () => this.#context.desk.others(),
    })
    await this.#membership.start()
    await this.#jobs.recover(this.#membership.members().map(({ epoch }) => epoch))
    await this.#routes.openSources()
    this.#membership.onChange(() => this.#routes.followLanes())
    this.#every(checkpointEveryMs, 'checkpoint', () => this.#checkpoints.save(this.#routes.all))
    this.#every(watchEveryMs, 'watch', async () => void this.routes())
    this.#every(daysEveryMs, 'partitions', () => this.#context.days.look())
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop()
    return this.#stopping
  }

  async #stop(): Promise<void> {
    const { writer, journal, events, limits } = this.#context
    for (const timer of this.#timers) clearInterval(timer)
    await this.#routes.closeSources()
    await this.#jobs.stop()
    await withLimit(journal.drained(), limits.drainMs)
    // With others to take over, what waits is theirs; alone, what is under way may end here.
    const { alone } = this.#context.desk
    if (!alone) await this.#membership.leave(limits.drainMs)
    // What was admitted by the last commit runs its steps in the next turn of the event loop.
    await new Promise(resolve => setImmediate(resolve))
    await Promise.all(this.#routes.all.map(runtime => runtime.stop(limits.drainMs)))
    await this.#refusals.drained()
    await withLimit(events.drained(), limits.drainMs)
    if (alone) {
      // Lanes that were handed over had theirs saved with that.
      await withLimit(this.#checkpoints.save(this.#routes.all), limits.drainMs).catch((thrown: unknown) =>
        this.#context.log.warn('checkpoint-failed', { code: toSambandError(thrown).code }),
      )
    }
    await this.#membership.leave(limits.drainMs)
    await writer.close()
    await this.#neighbours.close()
    await this.#pool.close()
  }

  routes(): readonly RouteStatus[] {
    return this.#neighbours.merged(this.#ownStatus())
  }

  description(route: string): RunningRevision | undefined {
    return this.#routes.runtimes.get(route)?.host
  }

  processes(): Promise<readonly EngineProcess[]> {
    return livingProcesses(this.#context.db.pool, this.#context.tenant, this.#membership.epoch)
  }

  async counts(): Promise<{ deadLetters: number; refusals: number }> {
    const { db, tenant } = this.#context
    const { rows } = await db.pool.query<{ count: number }>(
      'select count(*)::int4 as count from engine.refusal where tenant = $1 and id >= $2',
      [tenant, idFromTime(this.#context.now() - dayMs)],
    )
    return { deadLetters: await countDeadLetters(this.#context), refusals: rows[0]?.count ?? 0 }
  }

  async searchMessages(search: MessageSearch): Promise<Page<MessageSummary>> {
    const page = await searchMessages(this.#context, search)
    return { ...page, items: withWaitingDestinations(page.items, this.#routes.all) }
  }

  async message(messageId: number): Promise<MessageDetail | undefined> {
    const detail = await messageDetail(this.#context, messageId)
    return detail === undefined ? undefined : withWaitingDestinations([detail], this.#routes.all)[0]
  }

  body: Engine['body'] = async messageId => {
    const body = await this.#context.reader.body(messageId)
    const content = body === undefined ? undefined : storedContentOf(body)
    if (body === undefined || content === undefined) return body
    if (content.bytes > this.#context.limits.messageBytesMax) throw tooLargeToShow(content.bytes)
    const parts: Buffer[] = []
    for await (const part of this.#context.contents.read(content)) parts.push(part)
    return { bytes: Buffer.concat(parts, content.bytes), attributes: withoutStoredContent(body.attributes) }
  }

  bodyStream: Engine['bodyStream'] = async messageId => {
    const body = await this.#context.reader.body(messageId)
    if (body === undefined) return undefined
    const content = storedContentOf(body)
    const attributes = withoutStoredContent(body.attributes)
    if (content === undefined) return { size: body.bytes.length, attributes, stream: only(body.bytes) }
    return { size: content.bytes, attributes, stream: this.#context.contents.read(content) }
  }
  eventBodies: Engine['eventBodies'] = (messageId, eventId) => this.#context.reader.eventBodies(messageId, eventId)

  async trace(messageId: number): Promise<TraceResult | undefined> {
    const { reader } = this.#context
    const row = await reader.message(messageId)
    const host = row === undefined ? undefined : this.#routes.runtimes.get(row.route)?.host
    const body = host === undefined ? undefined : await reader.body(messageId)
    if (row === undefined || host === undefined || body === undefined) return undefined
    const steps = await host.trace(messageId, body, (await reader.calls(messageId)) ?? [])
    return { revision: host.revision, exact: row.revision === host.revision, steps }
  }

  /** Where the message's lane is, because what is under way with it is in that process's memory. */
  async act(verb: Verb | 'discard', messageId: number, request: VerbRequest, actor: Actor): Promise<VerbResult> {
    const { desk, reader } = this.#context
    if (!desk.alone) {
      const row = await reader.message(messageId)
      const address = row?.lane === null || row === undefined ? undefined : desk.ownerAddress(row.lane)
      if (address !== undefined) return await this.#neighbours.actAt(address, verb, messageId, request, actor)
    }
    return await act(this.#ports, verb, messageId, request, actor)
  }

  deadLetterGroups: Engine['deadLetterGroups'] = filter => deadLetterGroups(this.#context, this.#groups, filter)
  deadLetters: Engine['deadLetters'] = filter => deadLetters(this.#context, this.#groups, filter)

  previewJob: Engine['previewJob'] = request => this.#jobs.preview(request)
  startJob: Engine['startJob'] = (request, actor) => this.#jobs.start(request, actor)
  jobs: Engine['jobs'] = () => this.#jobs.list()
  controlJob: Engine['controlJob'] = (jobId, control) => this.#jobs.control(jobId, control)

  plan: Engine['plan'] = (routes, { messages } = {}) => this.#deployer.plan(routes, messages)
  apply: Engine['apply'] = async routes => {
    const deployed = await this.#deployer.apply(routes)
    this.#groups.forget()
    return deployed
  }

  refusals(filter: { route?: string; limit?: number; cursor?: string }): Promise<Page<RefusalView>> {
    return this.#refusals.list(filter)
  }

  refusalBody(refusalId: number): Promise<Uint8Array | undefined> {
    return this.#refusals.body(refusalId)
  }

  async prune(
    now: Date = new Date(this.#context.days.retentionNow()),
  ): Promise<{ dropped: readonly string[]; kept: readonly string[] }> {
    const { classes } = this.#context
    const others = await this.#checkpoints.lowOfOthers()
    const dropped: string[] = []
    const kept: string[] = []
    for (const name of classes.names) {
      const retention = this.#options.retention?.[name] ?? this.#options.retention?.[defaultClass] ?? defaultRetention
      // A day that still holds an unsettled message stays, whatever the retention says.
      const unsettled = this.#unsettledSince(name, others)
      dropped.push(...(await classes.prune(name, retention, now.getTime(), unsettled)))
      if (unsettled < now.getTime() - retention.bodyDays * dayMs) {
        kept.push(`class ${name}, days from ${new Date(unsettled).toISOString().slice(0, 10)}: unsettled messages`)
      }
    }
    const refusals = this.#options.retention?.[defaultClass] ?? defaultRetention
    dropped.push(...(await classes.pruneRefusals(refusals.metadataDays, now.getTime())))
    return { dropped, kept }
  }

  /** Epoch ms of the oldest message of a class that still owes something, here or in another process. */
  #unsettledSince(className: string, others: ReadonlyMap<string, number>): number {
    const since = this.#routes.all
      .filter(({ host }) => host.description.retention === className)
      .flatMap(runtime => [this.#checkpoints.low(runtime), others.get(runtime.name) ?? Number.MAX_SAFE_INTEGER])
      .map(timeOfId)
    return Math.min(...since, this.#context.now())
  }

  #ownStatus(): readonly RouteStatus[] {
    const now = this.#context.now()
    return this.#routes.all.map(runtime =>
      routeStatus(runtime, this.#routes.sources.get(runtime.name), this.#options.endpoints, this.#watch, now),
    )
  }

  #submitForwarded: NeighbourServices['submit'] = (header, body) => {
    const runtime = this.#routes.runtimes.get(header.route)
    if (runtime === undefined) {
      const message = `route "${header.route}" does not run in the process that owns the message's lane`
      throw new SambandError({ code: 'route-not-running', category: 'unavailable', message })
    }
    return runtime.submitForwarded(header, body)
  }

  /** What a route that is not loaded any more left behind is grouped by step and code. */
  async #groupKeys(
    route: string,
    causes: readonly { readonly step: string; readonly code: string }[],
  ): Promise<readonly string[]> {
    const host = this.#routes.runtimes.get(route)?.host
    return host === undefined ? causes.map(({ step, code }) => `${step}:${code}`) : await host.groupKeys(causes)
  }

  #every(ms: number, name: string, work: () => Promise<void>): void {
    let running = false
    const timer = setInterval(() => {
      if (running) return
      running = true
      work()
        .catch((thrown: unknown) => this.#context.log.warn(`${name}-failed`, { code: toSambandError(thrown).code }))
        .finally(() => {
          running = false
        })
    }, ms)
    this.#timers.push(timer)
  }
}

async function* only(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

function tooLargeToShow(bytes: number): SambandError {
  const message = `its ${bytes} bytes are too many to show at once (limits.messageBytesMax): read them as a stream`
  return new SambandError({ code: 'body-too-large-to-show', category: 'unsupported', message })
}

function described(route: HostedRoute): {
  readonly route: HostedRoute
  readonly description: RunningRevision['description']
} {
  return { route, description: route.host.description }
}

function alreadyRunning(tenant: number): SambandError {
  return new SambandError({
    code: 'engine-already-running',
    category: 'conflict',
    message: `another Samband runs tenant ${tenant} on this database: stop it, set another database or tenant, or set \`peers\` for both to share it`,
  })
}
