import { type SambandError, toSambandError } from '@samband/errors'
import { createIdGenerator, idFromTime, type KeyRing, migrate, monthOf, timeOfId } from '@samband/store'
import { countDeadLetters, deadLetterGroups, deadLetters, type GroupKey } from './dead-letters.ts'
import type { EngineContext } from './engine-context.ts'
import type { Actor, Engine, EngineOptions, TraceResult } from './engine-types.ts'
import { EventLog } from './event-log.ts'
import { Journal } from './journal.ts'
import { JournalReader } from './journal-reader.ts'
import { Jobs } from './jobs.ts'
import { defaultLimits } from './limits.ts'
import { messageDetail, searchMessages } from './message-search.ts'
import { openJournalWriter } from './journal-writer.ts'
import { engineMigrations } from './migrations.ts'
import { defaultClass, defaultRetention, RetentionClasses, retentionNames, retentionOf } from './retention-classes.ts'
import { EndpointWatch } from './endpoint-watch.ts'
import { openDestination, openSource, planEndpoints } from './endpoints.ts'
import type { Intake, SourceHandle } from './ports.ts'
import { Ownership } from './ownership.ts'
import { loadCheckpoints, quietSince, recoverRoute, saveCheckpoints } from './recovery.ts'
import { RefusalLog } from './refusal-log.ts'
import type { DestinationFinder } from './resume.ts'
import { RouteRuntime } from './route-runtime.ts'
import { routeStatus } from './route-status.ts'
import { traceMessage } from './trace.ts'
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

/**
 * Starts everything: tables and partitions, the journal, every route's destinations, what a former process left undone,
 * and the sources last. Throws SambandError with the setting to change; what was opened until then is closed again.
 */
export async function startEngine(options: EngineOptions): Promise<Engine> {
  planEndpoints(options)
  const context = await openContext(options)
  const engine = new RunningEngine(options, context)
  try {
    await engine.start()
  } catch (thrown) {
    await engine.stop()
    throw thrown
  }
  return engine
}

async function openContext(options: EngineOptions): Promise<EngineContext> {
  const { db, keys, tenant, node, log, capabilities } = options
  const limits = { ...defaultLimits, ...options.limits }
  const now = (): number => Date.now()
  await migrate(db, { schema: 'engine', migrations: engineMigrations })
  const classes = await RetentionClasses.open(db, tenant, retentionNames(options))
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
  return { tenant, node, db, keys, ids, writer, journal, events, reader, classes, limits, capabilities, log, now }
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
  readonly #watch = new EndpointWatch()
  readonly #timers: NodeJS.Timeout[] = []
  #ownership: Ownership | undefined
  #stopping: Promise<void> | undefined

  constructor(options: EngineOptions, context: EngineContext) {
    this.#options = options
    this.#context = context
    this.#refusals = new RefusalLog(context)
    this.#ports = { context, route: name => this.#runtimes.get(name), find: this.#find }
    this.#jobs = new Jobs(this.#ports, this.#groupKey)
  }

  async start(): Promise<void> {
    const { db, tenant, log } = this.#context
    this.#ownership = await Ownership.acquire(db, tenant, log, () => void this.stop())
    const checkpoints = await loadCheckpoints(this.#context)
    const revisionIds = await this.#registerRevisions()
    for (const loaded of this.#options.routes) {
      const { name } = loaded.definition
      const runtime = await RouteRuntime.open({
        context: this.#context,
        loaded,
        revisionId: revisionIds.get(name) ?? 0,
        classId: this.#context.classes.idOf(retentionOf(loaded)),
        low: checkpoints.get(name) ?? 0,
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
    await this.#ownership?.release()
  }

  routes(): readonly RouteStatus[] {
    const now = this.#context.now()
    return [...this.#runtimes.values()].map(runtime =>
      routeStatus(runtime, this.#sources.get(runtime.name), this.#options.endpoints, this.#watch, now),
    )
  }

  definition(route: string): RouteRuntime['loaded'] | undefined {
    return this.#runtimes.get(route)?.loaded
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
    const row = await this.#context.reader.message(messageId)
    const loaded = row === undefined ? undefined : this.#runtimes.get(row.route)?.loaded
    return loaded === undefined ? undefined : await traceMessage(this.#context, loaded, messageId)
  }

  act(verb: Verb | 'discard', messageId: number, request: VerbRequest, actor: Actor): Promise<VerbResult> {
    return act(this.#ports, verb, messageId, request, actor)
  }

  deadLetterGroups: Engine['deadLetterGroups'] = filter => deadLetterGroups(this.#context, this.#groupKey, filter)
  deadLetters: Engine['deadLetters'] = filter => deadLetters(this.#context, this.#groupKey, filter)

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
      .filter(({ loaded }) => retentionOf(loaded) === className)
      .map(({ unsettled }) => timeOfId(unsettled.low(quietSince(this.#context))))
    return Math.min(...since, this.#context.now())
  }

  readonly #groupKey: GroupKey = ({ route, step, code }) =>
    this.#runtimes.get(route)?.loaded.definition.errorPolicy.groupBy({ step, code }) ?? `${step}:${code}`

  readonly #find: DestinationFinder = (route, name) => {
    if (route.destinations.has(name)) return { runtime: route, name }
    const slash = name.indexOf('/')
    if (slash === -1) return undefined
    const other = this.#runtimes.get(name.slice(0, slash))
    const own = name.slice(slash + 1)
    return other?.destinations.has(own) === true ? { runtime: other, name: own } : undefined
  }

  #intake(runtime: RouteRuntime): Intake {
    const { endpoint } = runtime.loaded.definition.source
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
  async #registerRevisions(): Promise<ReadonlyMap<string, number>> {
    const { db, tenant } = this.#context
    const found = new Map<string, number>()
    await db.transaction(async client => {
      await client.query('lock table engine.route_revision in share row exclusive mode')
      for (const { definition, revision } of this.#options.routes) {
        const { rows } = await client.query<{ id: number }>(
          `with known as (select id from engine.route_revision where tenant = $1 and route = $2 and revision = $3),
                added as (
                  insert into engine.route_revision (tenant, id, route, revision)
                  select $1, coalesce((select max(id) from engine.route_revision where tenant = $1), 0) + 1, $2, $3
                   where not exists (select from known) returning id)
           select id from known union all select id from added`,
          [tenant, definition.name, revision],
        )
        found.set(definition.name, rows[0]?.id ?? 0)
      }
    })
    return found
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
