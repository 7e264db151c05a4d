import { isDeepStrictEqual } from 'node:util'
import { SambandError, toSambandError } from '@samband/errors'
import { type CallRecord, defaultRetry, type Raw } from '@samband/route'
import { idFromTime } from '@samband/store'
import { pauseMs } from './circuit.ts'
import type { Delivery } from './delivery.ts'
import { DestinationRuntime } from './destination-runtime.ts'
import { Duplicates } from './duplicates.ts'
import type { EngineContext } from './engine-context.ts'
import type { EventRow } from './event-log.ts'
import { type MadeBy, verbNumbers } from './event-kind.ts'
import type { HostedRoute } from './hosting/hosted-route.ts'
import type { CallFailure, RestartCause, RouteHost, StepOutcome, StepOutput } from './hosting/route-host.ts'
import type { SubmitHeader } from './lanes/peer-methods.ts'
import { KeyLanes } from './key-lanes.ts'
import { type MessageFacts, MessageReader } from './message-reader.ts'
import type { Connector, DestinationHandle, Incoming, Receipt } from './ports.ts'
import { RouteCounters } from './rates.ts'
import { packBody } from './stored-body.ts'
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

/** How a message was made that did not come from a source. */
export type Made = { readonly by: MadeBy; readonly origin: number }

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
  readonly #revisionId: number
  readonly #reader: MessageReader
  readonly #duplicates: Duplicates | undefined
  readonly #lanes: KeyLanes<Running>
  readonly #running = new Map<number, Running>()
  readonly #timers = new Set<NodeJS.Timeout>()
  #admitted: Running[] = []
  #held = false
  #stopped = false

  private constructor(options: RouteRuntimeOptions) {
    const { context, previous, hosted } = options
    const { host } = hosted
    this.host = host
    this.classId = context.classes.idOf(host.description.retention)
    this.#revisionId = options.revisionId
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
    hosted.attach({
      finished: outcome => this.#finished(outcome),
      callFailed: failure => this.#callFailed(failure),
      restarted: cause => this.#restarted(cause),
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
    return this.#running.size + this.#lanes.waiting + this.#admitted.length
  }

  /** Stores one message; resolves after the commit. The steps run after that, without keeping the sender waiting. */
  async submit(incoming: Incoming, made?: Made): Promise<Receipt> {
    const { limits } = this.#context
    const { bytes } = incoming
    if (this.#stopped) throw refused('stopping', 'unavailable', 'the route is stopping')
    if (bytes.length > limits.messageBytesMax) {
      const text = `larger than ${limits.messageBytesMax} bytes (limits.messageBytesMax)`
      throw refused('message-too-large', 'incorrect', text)
    }
    this.#refuseWhenFull()
    const raw: Raw = { bytes, attributes: incoming.attributes ?? noAttributes }
    const { desk } = this.#context
    if (desk.alone) {
      const facts = this.#reader.readNow(raw)
      return await desk.during(
        facts === undefined
          ? this.#reader.read(raw).then(read => this.#store(raw, incoming.peer, read, made, null))
          : this.#store(raw, incoming.peer, facts, made, null),
      )
    }
    return await this.#place(raw, incoming.peer, await this.#reader.read(raw), made)
  }

  /** Another process has received it, and its lane is this one's. */
  async submitForwarded({ lane, peer, facts, made, attributes }: SubmitHeader, bytes: Uint8Array): Promise<Receipt> {
    const { desk } = this.#context
    const own = lane ?? desk.anyLane()
    if (this.#stopped || own === undefined || !desk.admits(own)) throw notHere()
    this.#refuseWhenFull()
    return await desk.during(this.#store({ bytes, attributes }, peer, facts, made, own))
  }

  /** What has no order may be stored by anybody who has a lane. */
  async #place(raw: Raw, peer: string, facts: MessageFacts, made: Made | undefined): Promise<Receipt> {
    const { desk } = this.#context
    const lane = desk.laneFor(this.name, facts.key)
    const forward = (address: string): Promise<Receipt> =>
      this.#context.submitAt(
        address,
        { route: this.name, lane, peer, attributes: raw.attributes, facts, made },
        raw.bytes,
      )
    const here = lane ?? desk.anyLane() ?? 0
    return await desk.place(here, () => this.#store(raw, peer, facts, made, here), forward)
  }

  #refuseWhenFull(): void {
    if (this.underWay < this.#context.limits.laneQueueMax) return
    throw refused('lanes-full', 'busy', 'too many messages wait for the steps of the route (limits.laneQueueMax)')
  }

  async #store(
    raw: Raw,
    peer: string,
    facts: MessageFacts,
    made: Made | undefined,
    lane: number | null,
  ): Promise<Receipt> {
    const { journal } = this.#context
    const messageId = this.#nextId(facts.key, lane)
    const dedupe = made === undefined ? facts.dedupe : undefined
    const running: Running = {
      messageId,
      raw,
      made: made !== undefined,
      dedupe,
      key: facts.key,
      recorded: undefined,
      only: undefined,
      resumed: false,
    }
    await journal.append(
      {
        id: messageId,
        class: this.classId,
        lane: lane === null ? null : this.laneOf(facts.key ?? messageId),
        revision: this.#revisionId,
        size: raw.bytes.length,
        verb: made === undefined ? null : verbNumbers[made.by],
        origin: made?.origin ?? null,
        dedupe: dedupe ?? null,
        type: facts.type,
        controlId: facts.controlId,
        peer,
        terms: facts.terms,
        body: packBody(raw),
      },
      () => this.#admit(running),
    )
    return { messageId }
  }

  /** What has no key has its id for one: then an id is taken that belongs to a lane of this process. */
  #nextId(key: number | undefined, lane: number | null): number {
    const { ids, desk } = this.#context
    let id = ids.next()
    if (key !== undefined || lane === null) return id
    for (let draw = 0; draw < drawsMax && !desk.admits(this.laneOf(id)); draw += 1) id = ids.next()
    return id
  }

  laneOf(key: number): number {
    return this.#context.desk.laneOf(this.name, key)
  }

  /**
   * Other processes own these lanes from now on: what is under way in them ends here, what waits is left to the journal.
   * Rejects when steps take too long, with everything as it was; it is asked again then.
   */
  async leaveLanes(leaving: (lane: number) => boolean): Promise<void> {
    const running = [...this.#running.keys(), ...this.#admitted.map(({ messageId }) => messageId)]
    const end = performance.now() + this.#context.limits.handOverMs
    while (running.some(id => this.#running.has(id)) || this.#lanes.waiting > 0) {
      if (performance.now() > end) throw handOverLate(this.name)
      await this.#pause(10)
    }
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
    },
  ): Promise<void> {
    this.unsettled.open(messageId)
    const asks = !facts.made && this.#duplicates !== undefined
    const { dedupe, key } = asks ? await this.#reader.read(raw) : { dedupe: undefined, key: undefined }
    this.#start({
      messageId,
      raw,
      made: facts.made,
      dedupe,
      key,
      recorded: facts.recorded,
      only: facts.only,
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
    target.enqueue({ ...delivery, attempts: 0, output: undefined, stored: true, resumed: true, gone: false })
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
    const left = [...this.#running.values()]
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
    this.#stopped = true
    for (const [name, destination] of this.destinations) {
      if (next.destinations.get(name) !== destination) await destination.stop(limitMs)
    }
    await this.host.stop()
  }

  async stop(limitMs: number): Promise<void> {
    this.#stopped = true
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
    // The sender is answered first: the whole batch goes to its steps in the next turn of the event loop.
    if (this.#admitted.push(running) === 1) setImmediate(() => this.#runAdmitted())
  }

  #runAdmitted(): void {
    if (this.#held) return
    const batch = this.#admitted
    this.#admitted = []
    for (const running of batch) this.#start(running)
  }

  #start(running: Running): void {
    if (running.dedupe === undefined || running.made) this.#run(running)
    else this.#lanes.run(running.key ?? 0, running)
  }

  /** A bug of ours, or the engine is closing: the message stays unsettled, and the next start runs it again. */
  #broken(thrown: unknown, { messageId }: Running): void {
    const { code } = toSambandError(thrown)
    this.#context.log.error('message-broken', { route: this.name, message: messageId, code })
  }

  #run(running: Running): void {
    this.#running.set(running.messageId, running)
    const { messageId, raw, recorded } = running
    this.host.run({ messageId, raw, recorded })
  }

  async #checkDuplicate(running: Running): Promise<void> {
    const { dedupe, messageId } = running
    const duplicates = this.#duplicates
    if (dedupe === undefined || duplicates === undefined) return this.#run(running)
    const first = await this.#untilAnswered(() => duplicates.check(dedupe, messageId))
    if (first === undefined) return this.#run(running)
    this.counters.duplicate.count()
    this.#settleWhole(running.messageId, {
      kind: 'duplicate',
      code: 'duplicate',
      ref: first,
      detail: 'the same key came before',
    })
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
    const { messageId, calls, result } = outcome
    if (calls.length > 0) this.#record(messageId, { kind: 'calls', output: Buffer.from(JSON.stringify(calls)) })
    if (result.kind === 'dead') return this.#dead(messageId, result.step, result.code, result.text)
    const { outputs, drops } = result
    const { partsMax } = this.#context.limits
    if (outputs.length > partsMax) {
      return this.#dead(messageId, 'split', 'too-many-parts', `more than ${partsMax} deliveries (limits.partsMax)`)
    }
    const dropped = drops[0]
    if (outputs.length === 0) {
      this.counters.filtered.count()
      const reason = dropped ?? { step: 'destinations', reason: 'no destination took it' }
      const facts = { step: reason.step, code: 'filtered', detail: reason.reason }
      return this.#settleWhole(messageId, { kind: 'filtered', ...facts })
    }
    if (dropped !== undefined) this.#recordPartlyFiltered(messageId, outputs.length, drops.length, dropped)
    this.#deliver(running, outputs, this.#reader.hashedKey(outcome.key, messageId))
  }

  #callFailed({ messageId, step, code, text, attempt }: CallFailure): void {
    this.#record(messageId, { kind: 'attempt-failed', step, code, detail: text, attempt })
  }

  #restarted({ code, text, messageId }: RestartCause): void {
    this.counters.restarts += 1
    const at = messageId === undefined ? {} : { message: messageId }
    this.#context.log.error('route-thread-restarted', { route: this.name, code, text, ...at })
  }

  #deliver({ messageId, only, resumed }: Running, outputs: readonly StepOutput[], key: number): void {
    for (const { destination, part, encoded } of outputs) {
      if (only !== undefined && !only(destination, part)) continue
      this.unsettled.open(messageId)
      this.destinations.get(destination)?.enqueue({
        messageId,
        part,
        as: destination,
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

  #dead(messageId: number, step: string, code: string, detail: string): void {
    this.counters.failed.count()
    this.#context.log.warn('message-dead', { route: this.name, message: messageId, step, code })
    this.#settleWhole(messageId, { kind: 'dead', step, code, detail })
  }

  #settleWhole(messageId: number, facts: Pick<EventRow, 'kind' | 'step' | 'code' | 'detail' | 'ref'>): void {
    this.#record(messageId, facts, () => this.unsettled.close(messageId))
  }

  #record(messageId: number, facts: Partial<EventRow> & Pick<EventRow, 'kind'>, onCommit?: () => void): void {
    const { events, ids } = this.#context
    events.add({ id: ids.next(), class: this.classId, messageId, part: 0, owed: 0, attempt: 0, ...facts }, onCommit)
  }

  #recordPartlyFiltered(
    messageId: number,
    owed: number,
    count: number,
    first: { readonly step: string; readonly reason: string },
  ): void {
    const detail = count === 1 ? first.reason : `${count} parts; the first: ${first.reason}`
    this.#record(messageId, { kind: 'filtered', owed, step: first.step, code: 'filtered', detail })
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
/** With one lane of 64 the chance to miss so often is one in 10^7. */
const drawsMax = 1024

function notHere(): SambandError {
  return refused('lane-not-here', 'busy', 'another process owns what this message belongs to')
}

function handOverLate(route: string): SambandError {
  return refused('hand-over-late', 'busy', `messages of route "${route}" are still under way`)
}

function refused(code: string, category: SambandError['category'], message: string): SambandError {
  return new SambandError({ code, category, message })
}
