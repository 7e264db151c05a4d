import { SambandError, toSambandError } from '@samband/errors'
import { type CallRecord, defaultRetry, type Output, type PipelineResult, type Raw, runPipeline } from '@samband/route'
import { idFromTime } from '@samband/store'
import { pauseMs } from './circuit.ts'
import type { Delivery } from './delivery.ts'
import { DestinationRuntime } from './destination-runtime.ts'
import { Duplicates } from './duplicates.ts'
import type { EngineContext } from './engine-context.ts'
import type { LoadedRoute } from './engine-types.ts'
import type { EventRow } from './event-log.ts'
import { type MadeBy, verbNumbers } from './event-kind.ts'
import { Lanes } from './lanes.ts'
import type { Connector, DestinationHandle, Incoming, Receipt } from './ports.ts'
import { Rate } from './rates.ts'
import { RouteReading } from './route-reading.ts'
import { packBody } from './stored-body.ts'
import type { Running } from './running.ts'
import { Unsettled } from './unsettled.ts'

export type RouteRuntimeOptions = {
  readonly context: EngineContext
  readonly loaded: LoadedRoute
  readonly revisionId: number
  readonly classId: number
  readonly low: number
  readonly openDestination: (
    connector: Connector['name'],
    endpoint: string,
    options: object,
  ) => Promise<DestinationHandle>
}

/**
 * One running route: intake, the lanes of its steps, and its destinations.
 *
 * A lane is the unit of order: messages of one key run through the steps one after another. A route without calls never
 * waits, so its lanes never queue. A failing call that may succeed later holds its lane until its attempts are used up.
 */
export class RouteRuntime {
  readonly loaded: LoadedRoute
  readonly destinations: Map<string, DestinationRuntime> = new Map()
  readonly unsettled: Unsettled
  readonly received: Rate
  readonly filtered: Rate
  readonly duplicate: Rate
  readonly failed: Rate
  readonly #context: EngineContext
  /** Its retention class. */
  readonly classId: number
  readonly #revisionId: number
  readonly #reading: RouteReading
  readonly #duplicates: Duplicates | undefined
  readonly #lanes: Lanes<{ readonly running: Running; readonly item: unknown }>
  readonly #timers = new Set<NodeJS.Timeout>()
  #admitted: Running[] = []
  #stopped = false

  private constructor(options: RouteRuntimeOptions) {
    const { context, loaded } = options
    this.loaded = loaded
    this.#context = context
    this.#revisionId = options.revisionId
    this.classId = options.classId
    this.#lanes = new Lanes(
      ({ running, item }, key) => this.#process(running, item, key),
      (thrown, { running }) => this.#broken(thrown, running),
    )
    this.#reading = new RouteReading(loaded.definition, context.keys)
    this.unsettled = new Unsettled(options.low)
    this.received = new Rate(context.now)
    this.filtered = new Rate(context.now)
    this.duplicate = new Rate(context.now)
    this.failed = new Rate(context.now)
    const { dedupe } = loaded.definition
    this.#duplicates = dedupe === undefined ? undefined : new Duplicates(context, dedupe.windowMs, idFromTime)
  }

  /** Opens the destinations; the source is opened by the engine, last. */
  static async open(options: RouteRuntimeOptions): Promise<RouteRuntime> {
    const runtime = new RouteRuntime(options)
    for (const node of options.loaded.definition.destinations) {
      const { connector, endpoint, options: own } = node.destination
      const handle = await options.openDestination(connector, endpoint, own)
      const destination = new DestinationRuntime({
        context: options.context,
        node,
        handle,
        unsettled: runtime.unsettled,
        classId: options.classId,
      })
      runtime.destinations.set(node.name, destination)
    }
    return runtime
  }

  get name(): string {
    return this.loaded.definition.name
  }

  /** Stores one message; resolves after the commit. The steps run after that, without keeping the sender waiting. */
  async submit(incoming: Incoming, made?: { readonly by: MadeBy; readonly origin: number }): Promise<Receipt> {
    const { limits, ids, journal } = this.#context
    const { bytes } = incoming
    if (this.#stopped) throw refused('stopping', 'unavailable', 'the route is stopping')
    if (bytes.length > limits.messageBytesMax) {
      throw refused(
        'message-too-large',
        'incorrect',
        `larger than ${limits.messageBytesMax} bytes (limits.messageBytesMax)`,
      )
    }
    if (this.#lanes.waiting >= limits.laneQueueMax) {
      throw refused('lanes-full', 'busy', 'too many messages wait for a slow call (limits.laneQueueMax)')
    }
    const raw: Raw = { bytes, attributes: incoming.attributes ?? noAttributes }
    const messageId = ids.next()
    const description = this.#reading.describe(bytes)
    const parsed = this.#duplicates === undefined ? undefined : this.#reading.parse(raw)
    const dedupe = made === undefined ? this.#reading.dedupeHash(parsed) : undefined
    const running: Running = {
      messageId,
      raw,
      parsed,
      made: made !== undefined,
      dedupe,
      recorded: undefined,
      only: undefined,
      resumed: false,
      attempts: 0,
    }
    await journal.append(
      {
        id: messageId,
        class: this.classId,
        lane: null,
        revision: this.#revisionId,
        size: bytes.length,
        verb: made === undefined ? null : verbNumbers[made.by],
        origin: made?.origin ?? null,
        dedupe: dedupe ?? null,
        type: description.type ?? null,
        controlId: description.controlId ?? null,
        peer: incoming.peer,
        terms: description.terms,
        body: packBody(raw),
      },
      () => this.#admit(running),
    )
    return { messageId }
  }

  /** A message from the journal that still owes something: after a crash, or because an operator asked. */
  resume(
    messageId: number,
    raw: Raw,
    facts: {
      readonly made: boolean
      readonly recorded?: readonly CallRecord[] | undefined
      readonly only?: Running['only']
    },
  ): void {
    this.unsettled.open(messageId)
    const parsed = this.#reading.parse(raw)
    this.#run({
      messageId,
      raw,
      parsed,
      made: facts.made,
      dedupe: facts.made ? undefined : this.#reading.dedupeHash(parsed),
      recorded: facts.recorded,
      only: facts.only,
      resumed: true,
      attempts: 0,
    })
  }

  /** A delivery whose output the journal holds. */
  resumeDelivery(
    destination: string,
    delivery: Omit<Delivery, 'attempts' | 'output' | 'stored' | 'resumed' | 'gone'>,
  ): boolean {
    const target = this.destinations.get(destination)
    if (target === undefined) return false
    this.unsettled.open(delivery.messageId)
    target.enqueue({ ...delivery, attempts: 0, output: undefined, stored: true, resumed: true, gone: false })
    return true
  }

  async stop(limitMs: number): Promise<void> {
    this.#stopped = true
    for (const timer of this.#timers) clearTimeout(timer)
    await Promise.all([...this.destinations.values()].map(destination => destination.stop(limitMs)))
  }

  #admit(running: Running): void {
    this.received.count()
    this.unsettled.open(running.messageId)
    // The sender is answered first: the whole batch runs its steps in the next turn of the event loop.
    if (this.#admitted.push(running) === 1) setImmediate(() => this.#runAdmitted())
  }

  #runAdmitted(): void {
    const batch = this.#admitted
    this.#admitted = []
    for (const running of batch) {
      try {
        this.#run(running)
      } catch (thrown) {
        this.#broken(thrown, running)
      }
    }
  }

  /** A bug of ours, or the engine is closing: the message stays unsettled, and the next start runs it again. */
  #broken(thrown: unknown, { messageId }: Running): void {
    const { code } = toSambandError(thrown)
    this.#context.log.error('message-broken', { route: this.name, message: messageId, code })
  }

  /** The ordering key of a message, hashed as in the journal. */
  keyOf(messageId: number, raw: Raw): number {
    const parsed = this.#reading.parse(raw)
    return parsed.ok ? this.#reading.key(parsed.item, messageId) : messageId
  }

  #run(running: Running): void {
    const parsed = running.parsed ?? this.#reading.parse(running.raw)
    if (!parsed.ok) {
      this.#dead(running, 'parse', parsed.code, parsed.text)
      return
    }
    const key = this.#reading.key(parsed.item, running.messageId)
    this.#lanes.run(key, { running, item: parsed.item })
  }

  #process(running: Running, item: unknown, key: number): Promise<void> | undefined {
    if (running.dedupe !== undefined && !running.made && this.#duplicates !== undefined) {
      return this.#processUnlessDuplicate(this.#duplicates, running.dedupe, running, item, key)
    }
    return this.#steps(running, item, key)
  }

  async #processUnlessDuplicate(
    duplicates: Duplicates,
    hash: number,
    running: Running,
    item: unknown,
    key: number,
  ): Promise<void> {
    const first = await this.#untilAnswered(() => duplicates.check(hash, running.messageId))
    if (first === undefined) return await this.#steps(running, item, key)
    this.duplicate.count()
    this.#settleWhole(running, { kind: 'duplicate', code: 'duplicate', ref: first, detail: 'the same key came before' })
  }

  /** The database may be away for a while: the lane waits, nothing is decided without it. */
  async #untilAnswered<T>(ask: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await ask()
      } catch (thrown) {
        this.#context.log.warn('lane-waits-for-database', { route: this.name, code: toSambandError(thrown).code })
        await this.#pause(pauseMs(defaultRetry, Math.min(attempt, 5)))
      }
    }
  }

  #steps(running: Running, item: unknown, key: number): Promise<void> | undefined {
    const result = runPipeline({
      definition: this.loaded.definition,
      item,
      messageId: running.messageId,
      capabilities: this.#context.capabilities,
      ...(running.recorded === undefined ? {} : { recorded: running.recorded }),
    })
    if (!(result instanceof Promise)) {
      this.#finish(running, result, key)
      return undefined
    }
    return this.#stepsLater(running, item, key, result)
  }

  async #stepsLater(running: Running, item: unknown, key: number, first: Promise<PipelineResult>): Promise<void> {
    let result = await first
    while (!result.ok && result.error.retry && running.attempts + 1 < defaultRetry.attempts && !this.#stopped) {
      running.attempts += 1
      this.#record(running, {
        kind: 'attempt-failed',
        step: result.step,
        code: result.error.code,
        detail: result.error.message,
      })
      await this.#pause(pauseMs(defaultRetry, running.attempts))
      result = await runPipeline({
        definition: this.loaded.definition,
        item,
        messageId: running.messageId,
        capabilities: this.#context.capabilities,
        recorded: result.calls,
      })
    }
    // A stopping engine leaves it unsettled: the next start runs it again.
    if (!result.ok && result.error.retry && this.#stopped) return
    if (result.calls.length > 0) this.#recordCalls(running, result.calls)
    this.#finish(running, result, key)
  }

  #finish(running: Running, result: PipelineResult, key: number): void {
    if (!result.ok) {
      this.#dead(running, result.step, result.error.code, result.error.message)
      return
    }
    const { outputs, drops } = result
    if (outputs.length > this.#context.limits.partsMax) {
      this.#dead(
        running,
        'split',
        'too-many-parts',
        `more than ${this.#context.limits.partsMax} deliveries (limits.partsMax)`,
      )
      return
    }
    const dropped = drops[0]
    if (outputs.length === 0) {
      this.filtered.count()
      const reason = dropped ?? { step: 'destinations', reason: 'no destination took it' }
      this.#settleWhole(running, { kind: 'filtered', step: reason.step, code: 'filtered', detail: reason.reason })
      return
    }
    if (dropped !== undefined) this.#recordPartlyFiltered(running, outputs.length, drops.length, dropped)
    this.#deliver(running, outputs, key)
  }

  #deliver(running: Running, outputs: readonly Output[], key: number): void {
    const { messageId, only, resumed } = running
    for (const { destination, part, encoded } of outputs) {
      if (only !== undefined && !only(destination.name, part)) continue
      this.unsettled.open(messageId)
      this.destinations.get(destination.name)?.enqueue({
        messageId,
        part,
        as: destination.name,
        owed: outputs.length,
        key,
        attempts: 0,
        output: encoded,
        stored: false,
        resumed,
        gone: false,
      })
    }
    // What `open` counted for the steps themselves: from here on only deliveries are owed.
    this.unsettled.close(messageId)
  }

  #dead(running: Running, step: string, code: string, detail: string): void {
    this.failed.count()
    this.#context.log.warn('message-dead', { route: this.name, message: running.messageId, step, code })
    this.#settleWhole(running, { kind: 'dead', step, code, detail })
  }

  #settleWhole(running: Running, facts: Pick<EventRow, 'kind' | 'step' | 'code' | 'detail' | 'ref'>): void {
    this.#record(running, facts, () => this.unsettled.close(running.messageId))
  }

  #record(running: Running, facts: Partial<EventRow> & Pick<EventRow, 'kind'>, onCommit?: () => void): void {
    const { events, ids } = this.#context
    const row = {
      id: ids.next(),
      class: this.classId,
      messageId: running.messageId,
      part: 0,
      owed: 0,
      attempt: running.attempts,
      ...facts,
    }
    events.add(row, onCommit)
  }

  #recordCalls(running: Running, calls: readonly CallRecord[]): void {
    this.#record(running, { kind: 'calls', output: Buffer.from(JSON.stringify(calls)) })
  }

  #recordPartlyFiltered(running: Running, owed: number, count: number, first: { step: string; reason: string }): void {
    const detail = count === 1 ? first.reason : `${count} parts; the first: ${first.reason}`
    this.#record(running, { kind: 'filtered', owed, step: first.step, code: 'filtered', detail })
  }

  #pause(ms: number): Promise<void> {
    return new Promise(resolve => {
      const timer = setTimeout(() => {
        this.#timers.delete(timer)
        resolve()
      }, ms)
      this.#timers.add(timer)
    })
  }
}

const noAttributes: Readonly<Record<string, string>> = Object.freeze({})
function refused(code: string, category: SambandError['category'], message: string): SambandError {
  return new SambandError({ code, category, message })
}
