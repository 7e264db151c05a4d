import { isDeepStrictEqual } from 'node:util'
import { SambandError, toSambandError } from '@samband/errors'
import { type CallRecord, defaultRetry, type Raw } from '@samband/route'
import { idFromTime, timeOfId } from '@samband/store'
import { pauseMs } from './circuit.ts'
import type { Delivery } from './delivery.ts'
import { DestinationRuntime } from './destination-runtime.ts'
import { Duplicates } from './duplicates.ts'
import type { EngineContext } from './engine-context.ts'
import type { HostedRoute } from './hosting/hosted-route.ts'
import type { RouteHost, StepOutcome } from './hosting/route-host.ts'
import type { SubmitHeader } from './lanes/peer-methods.ts'
import { KeyLanes } from './key-lanes.ts'
import { MessageReader } from './message-reader.ts'
import type { Connector, DestinationHandle, Incoming, IncomingStream, Receipt } from './ports.ts'
import { RouteCounters } from './rates.ts'
import { ResumeOrder } from './resume-order.ts'
import { type Made, RouteIntake } from './route-intake.ts'
import { RouteOutcomes } from './route-outcomes.ts'
import type { Running } from './running.ts'
import { Unsettled } from './unsettled.ts'

export type RouteRuntimeOptions = {
  readonly context: EngineContext
  readonly hosted: HostedRoute
  readonly openDestination: (
    connector: Connector['name'],
    endpoint: string,
    options: object,
  ) => Promise<DestinationHandle>
  /** The number under which this revision stands in the journal. */
  readonly revisionId: number
  /** Where the recovery of a route begins. */
  readonly low: number
  /** The revision that this one takes over from. */
  readonly previous?: RouteRuntime
}

/**
 * One running route: intake, what waits for its steps, and its destinations. The steps themselves run in the host.
 *
 * Order: of one key, messages reach the host in the order in which they were stored, and the host gives their outcomes in
 * that order. Where a duplicate has to be looked for first, a lane a key keeps that order meanwhile.
 */
export class RouteRuntime {
  readonly host: RouteHost
  readonly destinations: Map<string, DestinationRuntime> = new Map()
  readonly unsettled: Unsettled
  readonly counters: RouteCounters
  /** Its retention class. */
  readonly classId: number
  readonly #context: EngineContext
  readonly #reader: MessageReader
  readonly #duplicates: Duplicates | undefined
  readonly #lanes: KeyLanes<Running>
  readonly #intake: RouteIntake
  readonly #outcomes: RouteOutcomes
  readonly #resuming = new ResumeOrder()
  /** Stored messages from their admission to the outcome of their steps. */
  readonly #running = new Map<number, Running>()
  readonly #timers = new Set<NodeJS.Timeout>()
  #admitted: Running[] = []
  #held = false

  private constructor(options: RouteRuntimeOptions) {
    const { context, previous, hosted } = options
    const { host } = hosted
    this.host = host
    this.classId = context.classes.idOf(host.description.retention)
    this.#context = context
    this.#reader = new MessageReader({
      host,
      blindIndex: context.keys.blindIndex,
      headers: context.headers,
    })
    this.#lanes = new KeyLanes(
      running => this.#checkDuplicate(running),
      (thrown, running) => this.#broken(thrown, running),
    )
    this.unsettled = previous?.unsettled ?? new Unsettled(options.low)
    this.counters = previous?.counters ?? new RouteCounters(context.now)
    const { dedupe } = host.description
    this.#duplicates = dedupe === undefined ? undefined : new Duplicates(context, dedupe.windowMs, idFromTime)
    this.#intake = new RouteIntake({
      context,
      name: this.name,
      classId: this.classId,
      revisionId: options.revisionId,
      reader: this.#reader,
      underWay: () => this.underWay,
      admit: running => this.#admit(running),
    })
    this.#outcomes = new RouteOutcomes({
      context,
      host,
      destinations: this.destinations,
      unsettled: this.unsettled,
      counters: this.counters,
      classId: this.classId,
      keyOf: (key, messageId) => this.#reader.hashedKey(key, messageId),
    })
    hosted.attach({
      finished: outcome => this.#finished(outcome),
      grouped: outcome => this.#outcomes.takeGroup(outcome),
      callFailed: failure => this.#outcomes.callFailed(failure),
      restarted: cause => this.#outcomes.restarted(cause),
    })
  }

  /** Opens the destinations; the source is opened by the engine, last. */
  static async open(options: RouteRuntimeOptions): Promise<RouteRuntime> {
    const { context } = options
    const runtime = new RouteRuntime(options)
    const { unsettled, classId } = runtime
    for (const node of runtime.host.description.destinations) {
      const before = options.previous?.destinations.get(node.name)
      if (before !== undefined && runtime.#goesOn(before, options.previous)) {
        runtime.destinations.set(node.name, before)
        continue
      }
      const { connector, endpoint, options: own } = node.destination
      const handle = await options.openDestination(connector, endpoint, own)
      runtime.destinations.set(node.name, new DestinationRuntime({ context, node, handle, unsettled, classId }))
    }
    return runtime
  }

  /** The former revision's destination is the same: it keeps its connections, and what waits. */
  #goesOn(before: DestinationRuntime, previous: RouteRuntime | undefined): boolean {
    const node = this.host.description.destinations.find(({ name }) => name === before.node.name)
    return previous?.classId === this.classId && isDeepStrictEqual(before.node, node)
  }

  get name(): string {
    return this.host.description.name
  }

  /** Stored messages whose steps have not ended. */
  get underWay(): number {
    return this.#running.size
  }

  /** Stores one message; resolves after the commit. The steps run after that, without keeping the sender waiting. */
  submit(incoming: Incoming, made?: Made): Promise<Receipt> {
    return this.#intake.submit(incoming, made)
  }

  submitStream(incoming: IncomingStream): Promise<Receipt> {
    return this.#intake.submitStream(incoming)
  }

  /** Another process has received it, and its lane is this one's. */
  submitForwarded(header: SubmitHeader, bytes: Uint8Array): Promise<Receipt> {
    return this.#intake.submitForwarded(header, bytes)
  }

  laneOf(key: number): number {
    return this.#context.desk.laneOf(this.name, key)
  }

  /** Resolves when the steps of everything that is stored now have ended. Rejects when they take too long. */
  async finishLanes(): Promise<void> {
    const running = [...this.#running.keys()]
    const end = performance.now() + this.#context.limits.handOverMs
    while (running.some(id => this.#running.has(id))) {
      if (performance.now() > end) throw handOverLate(this.name)
      await this.#pause(10)
    }
  }

  /** Other processes own these lanes: what is being sent ends here, what waits is left to the journal. */
  async leaveLanes(leaving: (lane: number) => boolean): Promise<void> {
    for (const destination of this.destinations.values()) {
      await destination.leave(key => leaving(this.laneOf(key)))
    }
  }

  /** A message from the journal that still owes something: after a crash, or because an operator asked. */
  async resume(
    messageId: number,
    raw: Raw,
    facts: {
      readonly made: boolean
      readonly recorded?: readonly CallRecord[] | undefined
      readonly only?: Running['only']
      readonly joined?: Running['joined']
    },
  ): Promise<void> {
    this.unsettled.open(messageId)
    const asks = this.host.description.order === 'key' || (!facts.made && this.#duplicates !== undefined)
    const { dedupe, key } = asks ? await this.#reader.read(raw) : { dedupe: undefined, key: undefined }
    this.#context.intakeGate.hold(raw.bytes.length)
    this.#resuming.began(messageId, key ?? this.#reader.hashedKey(undefined, messageId))
    this.#start({
      messageId,
      raw,
      made: facts.made,
      dedupe,
      key,
      recorded: facts.recorded,
      only: facts.only,
      joined: facts.joined,
      resumed: true,
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
    this.#resuming.deliver(delivery.key, () =>
      target.enqueue({ ...delivery, attempts: 0, output: undefined, stored: true, resumed: true, gone: false }),
    )
    return true
  }

  /** Deliveries that wait or are under way. */
  get waiting(): number {
    let waiting = 0
    for (const { queue } of this.destinations.values()) waiting += queue.state().waiting
    return waiting
  }

  /** Resolves when the steps under way have ended, or when they take too long: the next revision runs those then. */
  async finishSteps(): Promise<void> {
    const end = performance.now() + this.#context.limits.handOverMs
    await this.#context.desk.stored()
    while (this.underWay > 0 && performance.now() < end) await this.#pause(5)
  }

  /** What comes is stored at once; its steps begin after this. */
  holdSteps(until: Promise<void>): void {
    this.#held = true
    void until.then(() => {
      this.#held = false
      this.#runAdmitted()
    })
  }

  /** Another revision takes over: steps that have not ended, and what waits for destinations that have changed. */
  async handOver(next: RouteRuntime): Promise<void> {
    const members = this.#outcomes.leaveMembers()
    // Their steps have ended here, and run again there.
    for (const { raw } of members) this.#context.intakeGate.hold(raw.bytes.length)
    const left = [...this.#running.values(), ...members]
    this.#running.clear()
    for (const running of left) next.#start(running)
    for (const [name, destination] of this.destinations) {
      const target = next.destinations.get(name)
      if (target === undefined || target === destination) continue
      for (const delivery of await destination.queue.takeOut(() => true)) target.enqueue(delivery)
    }
  }

  /** Stops the code, and the destinations that did not go on in another revision. */
  async retire(next: RouteRuntime, limitMs: number): Promise<void> {
    this.#intake.stop()
    for (const [name, destination] of this.destinations) {
      if (next.destinations.get(name) !== destination) await destination.stop(limitMs)
    }
    await this.host.stop()
  }

  async stop(limitMs: number): Promise<void> {
    this.#intake.stop()
    for (const timer of this.#timers) clearTimeout(timer)
    await Promise.all([...this.destinations.values()].map(destination => destination.stop(limitMs)))
    await this.host.stop()
  }

  /** The ordering key of a message, hashed as in the journal. */
  async keyOf(messageId: number, raw: Raw): Promise<number> {
    const [reading] = await this.host.read([raw])
    return this.#reader.hashedKey(reading?.key, messageId)
  }

  #admit(running: Running): void {
    this.counters.received.count()
    this.unsettled.open(running.messageId)
    this.#context.intakeGate.hold(running.raw.bytes.length)
    this.#running.set(running.messageId, running)
    // The sender is answered first: the whole batch goes to its steps in the next turn of the event loop.
    if (this.#admitted.push(running) === 1) setImmediate(() => this.#runAdmitted())
  }

  #runAdmitted(): void {
    if (this.#held) return
    const batch = this.#admitted
    this.#admitted = []
    // What another revision has taken over meanwhile is that one's.
    for (const running of batch) if (this.#running.has(running.messageId)) this.#start(running)
  }

  #start(running: Running): void {
    this.#running.set(running.messageId, running)
    if (running.dedupe === undefined || running.made) this.#run(running)
    else this.#lanes.run(running.key ?? 0, running)
  }

  /** A bug of ours, or the engine is closing: the message stays unsettled, and the next start runs it again. */
  #broken(thrown: unknown, { messageId, raw }: Running): void {
    this.#running.delete(messageId)
    this.#context.intakeGate.leave(raw.bytes.length)
    const { code } = toSambandError(thrown)
    this.#context.log.error('message-broken', { route: this.name, message: messageId, code })
  }

  #run(running: Running): void {
    const { messageId, raw, recorded, joined } = running
    this.host.run({ messageId, raw, receivedMs: timeOfId(messageId), recorded, joined })
  }

  async #checkDuplicate(running: Running): Promise<void> {
    const { dedupe, messageId, raw } = running
    const duplicates = this.#duplicates
    if (dedupe === undefined || duplicates === undefined) return this.#run(running)
    const first = await this.#untilAnswered(() => duplicates.check(dedupe, messageId))
    if (!this.#running.has(messageId)) return
    if (first === undefined) return this.#run(running)
    this.#running.delete(messageId)
    this.#context.intakeGate.leave(raw.bytes.length)
    this.#outcomes.duplicate(messageId, first)
    this.#resuming.ended(messageId)
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

  #finished(outcome: StepOutcome): void {
    const running = this.#running.get(outcome.messageId)
    if (running === undefined) return
    this.#running.delete(outcome.messageId)
    this.#context.intakeGate.leave(running.raw.bytes.length)
    this.#outcomes.take(running, outcome)
    this.#resuming.ended(outcome.messageId)
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

function handOverLate(route: string): SambandError {
  return refused('hand-over-late', 'busy', `messages of route "${route}" are still under way`)
}

function refused(code: string, category: SambandError['category'], message: string): SambandError {
  return new SambandError({ code, category, message })
}
