import { type SambandError, toSambandError } from '@samband/errors'
import { createIdGenerator, idFromTime, type KeyRing, migrate, monthOf, timeOfId } from '@samband/store'
import { countDeadLetters, DeadLetterGroups, deadLetterGroups, deadLetters } from './dead-letters.ts'
import type { EngineContext } from './engine-context.ts'
import type { Actor, Engine, EngineOptions, RunningRevision, TraceResult } from './engine-types.ts'
import { EventLog } from './event-log.ts'
import { Journal } from './journal.ts'
import { JournalReader } from './journal-reader.ts'
import { Jobs } from './jobs.ts'
import { type HostedRoute, openHosted } from './hosting/hosted-route.ts'
import type { RouteHost } from './hosting/route-host.ts'
import { ThreadPool } from './hosting/thread-pool.ts'
import { defaultLimits } from './limits.ts'
import { messageDetail, searchMessages } from './message-search.ts'
import { openJournalWriter } from './journal-writer.ts'
import { engineMigrations } from './migrations.ts'
import { defaultClass, defaultRetention, RetentionClasses } from './retention-classes.ts'
import { EndpointWatch } from './endpoint-watch.ts'
import { openDestination, openSource, planEndpoints } from './endpoints.ts'
import type { Intake, SourceHandle } from './ports.ts'
import { Ownership } from './ownership.ts'
import { loadCheckpoints, quietSince, recoverRoute, saveCheckpoints } from './recovery.ts'
import { RefusalLog } from './refusal-log.ts'
import type { DestinationFinder } from './resume.ts'
import { RouteRuntime } from './route-runtime.ts'
import { routeStatus } from './route-status.ts'
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
import { withWaitingDestinations } from './waiting-destinations.ts'
import { act, type VerbPorts } from './verbs.ts'

const checkpointEveryMs = 2_000
const watchEveryMs = 2_000
const partitionsEveryMs = 3_600_000
const dayMs = 86_400_000
/** Route modules loaded side by side; more would only take turns on the cores. */
const loadsAtOnce = 8

/**
 * Starts everything: tables and partitions, the journal, every route's destinations, what a former process left undone,
 * and the sources last. Throws SambandError with the setting to change; what was opened until then is closed again.
 */
export async function startEngine(options: EngineOptions): Promise<Engine> {
  const pool = new ThreadPool({
    limits: { ...defaultLimits, ...options.limits },
    capabilities: options.capabilities,
  })
  let hosted: readonly HostedRoute[]
  let context: EngineContext
  try {
    hosted = await openAll(options, pool)
    context = await openContext(options, hosted)
  } catch (thrown) {
    await pool.close()
    throw thrown
  }
  const engine = new RunningEngine(options, context, pool)
  try {
    await engine.start(hosted)
  } catch (thrown) {
    await engine.stop()
    throw thrown
  }
  return engine
}

/** Loads the code of every route, several at a time, and checks what they ask for before anything else is opened. */
async function openAll(options: EngineOptions, pool: ThreadPool): Promise<readonly HostedRoute[]> {
  const hosted: HostedRoute[] = []
  const waiting = [...options.routes.entries()]
  const openNext = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      hosted[next[0]] = await openHosted(next[1], options, pool)
    }
  }
  await Promise.all(Array.from({ length: loadsAtOnce }, openNext))
  const descriptions = hosted.map(({ host }) => host.description)
  options.check?.(descriptions)
  planEndpoints(options, descriptions)
  return hosted
}

async function openContext(options: EngineOptions, hosted: readonly HostedRoute[]): Promise<EngineContext> {
  const { db, keys, tenant, node, log, headers = {} } = options
  const limits = { ...defaultLimits, ...options.limits }
  const now = (): number => Date.now()
  await migrate(db, { schema: 'engine', migrations: engineMigrations })
  const classes = await RetentionClasses.open(db, tenant, [
    ...hosted.map(({ host }) => host.description.retention),
    ...Object.keys(options.retention ?? {}),
  ])
  await prepareDays(keys, classes, now())
  const { rows } = await db.pool.query<{ newest: number }>(
    `select greatest((select max(id) from engine.message where tenant = $1),
                     (select max(id) from engine.event where tenant = $1), 0) as newest`,
    [tenant],
  )
  const ids = createIdGenerator({ node, now, after: rows[0]?.newest ?? 0 })
  const trouble = (error: SambandError): void =>
    log.error('database-trouble', { code: error.code, text: error.message })
  const writer = openJournalWriter({
    db,
    keys,
    tenant,
    limits,
    now,
    fence: async () => {},
    onTrouble: trouble,
    onStoredAfterFailure: record =>
      events.add({
        id: ids.next(),
        class: record.class,
        messageId: record.id,
        kind: 'discarded',
        part: 0,
        owed: 0,
        attempt: 0,
        code: 'not-acknowledged',
        detail: 'the sender was told that it was not stored, and will send it again',
      }),
  })
  const events = new EventLog(writer, limits)
  const journal = new Journal(writer, limits, now)
  await writer.open()
  const reader = new JournalReader(db, keys, tenant)
  return { tenant, node, db, keys, ids, writer, journal, events, reader, classes, limits, headers, log, now }
}

/** Partitions from yesterday to a week ahead, and this and the next month's keys. */
async function prepareDays(keys: KeyRing, classes: RetentionClasses, nowMs: number): Promise<void> {
  await keys.prepare([monthOf(nowMs - dayMs), monthOf(nowMs), monthOf(nowMs, 1)])
  await classes.prepareDays(nowMs)
}

class RunningEngine implements Engine {
  readonly #options: EngineOptions
  readonly #context: EngineContext
  readonly #runtimes = new Map<string, RouteRuntime>()
  readonly #sources = new Map<string, SourceHandle>()
  readonly #refusals: RefusalLog
  readonly #ports: VerbPorts
  readonly #jobs: Jobs
  readonly #pool: ThreadPool
  readonly #groups = new DeadLetterGroups((route, causes) => this.#groupKeys(route, causes))
  readonly #watch = new EndpointWatch()
  readonly #timers: NodeJS.Timeout[] = []
  #ownership: Ownership | undefined
  #stopping: Promise<void> | undefined

  constructor(options: EngineOptions, context: EngineContext, pool: ThreadPool) {
    this.#options = options
    this.#context = context
    this.#pool = pool
    this.#refusals = new RefusalLog(context)
    this.#ports = { context, route: name => this.#runtimes.get(name), find: this.#find }
    this.#jobs = new Jobs(this.#ports, this.#groups)
  }

  async start(hosted: readonly HostedRoute[]): Promise<void> {
    const { db, tenant, log } = this.#context
    this.#ownership = await Ownership.acquire(db, tenant, log, () => void this.stop())
    const checkpoints = await loadCheckpoints(this.#context)
    const revisionIds = await this.#registerRevisions(hosted.map(({ host }) => host))
    for (const [index, route] of hosted.entries()) {
      const { name } = route.host.description
      const runtime = await RouteRuntime.open({
        context: this.#context,
        hosted: route,
        revisionId: revisionIds[index] ?? 0,
        low: checkpoints.get(name) ?? 0,
        keyFirst: false,
        openDestination: (connector, endpoint, own) =>
          openDestination(this.#options, { connector, endpoint, options: own }, this.#runtimes),
      })
      this.#runtimes.set(name, runtime)
    }
    await this.#recover(checkpoints)
    await this.#jobs.recover()
    for (const runtime of this.#runtimes.values()) {
      this.#sources.set(runtime.name, await openSource(this.#options, runtime, this.#intake(runtime)))
    }
    this.#every(checkpointEveryMs, 'checkpoint', () => saveCheckpoints(this.#context, [...this.#runtimes.values()]))
    this.#every(watchEveryMs, 'watch', async () => void this.routes())
    this.#every(partitionsEveryMs, 'partitions', () =>
      prepareDays(this.#context.keys, this.#context.classes, this.#context.now()),
    )
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop()
    return this.#stopping
  }

  async #stop(): Promise<void> {
    const { writer, journal, events, limits } = this.#context
    for (const timer of this.#timers) clearInterval(timer)
    await Promise.all([...this.#sources.values()].map(source => source.close()))
    await this.#jobs.stop()
    await journal.drained()
    // What was admitted by the last commit runs its steps in the next turn of the event loop.
    await new Promise(resolve => setImmediate(resolve))
    await Promise.all([...this.#runtimes.values()].map(runtime => runtime.stop(limits.drainMs)))
    await this.#refusals.drained()
    await withLimit(events.drained(), limits.drainMs)
    await withLimit(saveCheckpoints(this.#context, [...this.#runtimes.values()]), limits.drainMs)
    await writer.close()
    await this.#pool.close()
    await this.#ownership?.release()
  }

  routes(): readonly RouteStatus[] {
    const now = this.#context.now()
    return [...this.#runtimes.values()].map(runtime =>
      routeStatus(runtime, this.#sources.get(runtime.name), this.#options.endpoints, this.#watch, now),
    )
  }

  description(route: string): RunningRevision | undefined {
    return this.#runtimes.get(route)?.host
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
    return { ...page, items: withWaitingDestinations(page.items, this.#runtimes.values()) }
  }

  async message(messageId: number): Promise<MessageDetail | undefined> {
    const detail = await messageDetail(this.#context, messageId)
    return detail === undefined ? undefined : withWaitingDestinations([detail], this.#runtimes.values())[0]
  }

  body: Engine['body'] = messageId => this.#context.reader.body(messageId)
  eventBodies: Engine['eventBodies'] = (messageId, eventId) => this.#context.reader.eventBodies(messageId, eventId)

  async trace(messageId: number): Promise<TraceResult | undefined> {
    const { reader } = this.#context
    const row = await reader.message(messageId)
    const host = row === undefined ? undefined : this.#runtimes.get(row.route)?.host
    const body = host === undefined ? undefined : await reader.body(messageId)
    if (row === undefined || host === undefined || body === undefined) return undefined
    const steps = await host.trace(messageId, body, (await reader.calls(messageId)) ?? [])
    return { revision: host.revision, exact: row.revision === host.revision, steps }
  }

  act(verb: Verb | 'discard', messageId: number, request: VerbRequest, actor: Actor): Promise<VerbResult> {
    return act(this.#ports, verb, messageId, request, actor)
  }

  deadLetterGroups: Engine['deadLetterGroups'] = filter => deadLetterGroups(this.#context, this.#groups, filter)
  deadLetters: Engine['deadLetters'] = filter => deadLetters(this.#context, this.#groups, filter)

  previewJob: Engine['previewJob'] = request => this.#jobs.preview(request)
  startJob: Engine['startJob'] = (request, actor) => this.#jobs.start(request, actor)
  jobs: Engine['jobs'] = () => this.#jobs.list()
  controlJob: Engine['controlJob'] = (jobId, control) => this.#jobs.control(jobId, control)

  refusals(filter: { route?: string; limit?: number; cursor?: string }): Promise<Page<RefusalView>> {
    return this.#refusals.list(filter)
  }

  refusalBody(refusalId: number): Promise<Uint8Array | undefined> {
    return this.#refusals.body(refusalId)
  }

  async prune(
    now: Date = new Date(this.#context.now()),
  ): Promise<{ dropped: readonly string[]; kept: readonly string[] }> {
    const { classes } = this.#context
    const dropped: string[] = []
    const kept: string[] = []
    for (const name of classes.names) {
      const retention = this.#options.retention?.[name] ?? this.#options.retention?.[defaultClass] ?? defaultRetention
      // A day that still holds an unsettled message stays, whatever the retention says.
      const unsettled = this.#unsettledSince(name)
      dropped.push(...(await classes.prune(name, retention, now.getTime(), unsettled)))
      if (unsettled < now.getTime() - retention.bodyDays * dayMs) {
        kept.push(`class ${name}, days from ${new Date(unsettled).toISOString().slice(0, 10)}: unsettled messages`)
      }
    }
    const refusals = this.#options.retention?.[defaultClass] ?? defaultRetention
    dropped.push(...(await classes.pruneRefusals(refusals.metadataDays, now.getTime())))
    return { dropped, kept }
  }

  /** Epoch ms of the oldest message of a class that still owes something. */
  #unsettledSince(className: string): number {
    const since = [...this.#runtimes.values()]
      .filter(({ host }) => host.description.retention === className)
      .map(({ unsettled }) => timeOfId(unsettled.low(quietSince(this.#context))))
    return Math.min(...since, this.#context.now())
  }

  /** What a route that is not loaded any more left behind is grouped by step and code. */
  async #groupKeys(
    route: string,
    causes: readonly { readonly step: string; readonly code: string }[],
  ): Promise<readonly string[]> {
    const host = this.#runtimes.get(route)?.host
    return host === undefined ? causes.map(({ step, code }) => `${step}:${code}`) : await host.groupKeys(causes)
  }

  readonly #find: DestinationFinder = (route, name) => {
    if (route.destinations.has(name)) return { runtime: route, name }
    const slash = name.indexOf('/')
    if (slash === -1) return undefined
    const other = this.#runtimes.get(name.slice(0, slash))
    const own = name.slice(slash + 1)
    return other?.destinations.has(own) === true ? { runtime: other, name: own } : undefined
  }

  #intake(runtime: RouteRuntime): Intake {
    const { endpoint } = runtime.host.description.source
    return {
      submit: incoming => runtime.submit(incoming),
      refuse: refusal => this.#refusals.add(runtime.name, endpoint, refusal),
    }
  }

  async #recover(checkpoints: ReadonlyMap<string, number>): Promise<void> {
    const { log } = this.#context
    for (const runtime of this.#runtimes.values()) {
      const begun = performance.now()
      const resumed = await recoverRoute(this.#context, runtime, checkpoints.get(runtime.name) ?? 0, this.#find)
      if (resumed > 0)
        log.info('recovered', { route: runtime.name, messages: resumed, ms: Math.round(performance.now() - begun) })
    }
    for (const route of checkpoints.keys()) {
      if (!this.#runtimes.has(route)) log.warn('route-not-loaded', { route })
    }
  }

  /** Every revision that ever ran has a number, so that a message names its revision in four bytes. */
  async #registerRevisions(hosts: readonly RouteHost[]): Promise<readonly number[]> {
    const { db, tenant } = this.#context
    return await db.transaction(async client => {
      await client.query('lock table engine.route_revision in share row exclusive mode')
      const { rows } = await client.query<{ id: number }>(
        `with wanted as (select * from unnest($2::text[], $3::text[]) with ordinality as w (route, revision, at)),
              known as (
                select w.at, r.id from wanted w
                  join engine.route_revision r on r.tenant = $1 and r.route = w.route and r.revision = w.revision),
              added as (
                insert into engine.route_revision (tenant, id, route, revision)
                select $1, (select coalesce(max(id), 0) from engine.route_revision where tenant = $1)
                           + row_number() over (order by w.at), w.route, w.revision
                  from wanted w where not exists (select from known k where k.at = w.at)
                returning id, route, revision)
         select id from (
           select at, id from known
           union all
           select w.at, a.id from added a join wanted w on w.route = a.route and w.revision = a.revision) as both_kinds
          order by at`,
        [tenant, hosts.map(({ description }) => description.name), hosts.map(({ revision }) => revision)],
      )
      return rows.map(({ id }) => id)
    })
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

async function withLimit(work: Promise<void>, limitMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<void>(resolve => {
    timer = setTimeout(resolve, limitMs)
  })
  await Promise.race([work, limit]).finally(() => clearTimeout(timer))
}
