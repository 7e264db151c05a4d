import { SambandError, toSambandError } from '@samband/errors'
import type { DestinationNode, Encoded } from '@samband/route'
import { Circuit, type CircuitState, pauseMs } from './circuit.ts'
import type { Delivery, KeyQueue } from './delivery.ts'
import type { EngineLimits } from './limits.ts'
import type { DestinationHandle, Reply } from './ports.ts'
import { ReadyList } from './ready-list.ts'

/** What a queue tells the route about its deliveries; the route writes it down. */
export type DeliveryObserver = {
  readonly delivered: (delivery: Delivery, reply: Reply, elapsedMs: number) => void
  readonly attemptFailed: (delivery: Delivery, error: SambandError, counted: boolean) => void
  readonly dead: (delivery: Delivery, error: SambandError) => void
  readonly held: (delivery: Delivery, error: SambandError) => void
  /** Stores the output; calls back once it is on disk. */
  readonly store: (delivery: Delivery, onStored: () => void) => void
  /** Reads outputs back, same order; undefined where there is none any more. */
  readonly load: (deliveries: readonly Delivery[]) => Promise<readonly (Encoded | undefined)[]>
  /** A bug of ours: the delivery stays owed, and the next start resumes it. */
  readonly broken: (thrown: unknown) => void
  /** True while deliveries must not begin, because their settlement could not be written. */
  readonly blocked: () => boolean
}

export type DeliveryQueueOptions = {
  readonly node: DestinationNode
  readonly handle: DestinationHandle
  readonly limits: EngineLimits
  readonly now: () => number
  /** When a message was received, epoch ms. */
  readonly receivedAt: (messageId: number) => number
  readonly idempotencyKey: (delivery: Delivery) => string
  readonly observer: DeliveryObserver
}

const loadBatch = 512
const loadPauseMs = 500
const blockedPauseMs = 50

/**
 * The lanes of one destination: serial per key, keys in parallel up to the destination's window. A failing head blocks
 * only its key; a receiver that cannot be reached opens the circuit and costs nobody an attempt. Beyond
 * `outputsInMemoryMax` outputs live in the journal and are read back in order of arrival.
 */
export class DeliveryQueue {
  readonly #options: DeliveryQueueOptions
  readonly #keys = new Map<number, KeyQueue>()
  readonly #ready = new ReadyList<KeyQueue>()
  readonly #onDisk = new ReadyList<Delivery>()
  readonly #circuit: Circuit
  readonly #timers = new Set<NodeJS.Timeout>()
  /** Queues whose head must be read back before it can be sent. */
  readonly #needed = new Set<KeyQueue>()
  #blocked = false
  #waiting = 0
  #inFlight = 0
  #inMemory = 0
  #loading = false
  #stopped = false
  #drained: (() => void) | undefined

  constructor(options: DeliveryQueueOptions) {
    this.#options = options
    this.#circuit = new Circuit(options.node.retry, options.limits.circuitFailures, () => this.#pump())
  }

  get name(): string {
    return this.#options.node.name
  }

  get handle(): DestinationHandle {
    return this.#options.handle
  }

  /** For the status page: `held` and the oldest are counted when asked for. */
  state(): {
    readonly waiting: number
    readonly inFlight: number
    readonly held: number
    readonly oldestMessageId: number | undefined
    readonly circuit: CircuitState
  } {
    let held = 0
    let oldest: number | undefined
    for (const queue of this.#keys.values()) {
      if (queue.state === 'held') held += 1
      const head = queue.items.peek()
      if (head !== undefined && (oldest === undefined || head.messageId < oldest)) oldest = head.messageId
    }
    return {
      waiting: this.#waiting,
      inFlight: this.#inFlight,
      held,
      oldestMessageId: oldest,
      circuit: this.#circuit.state,
    }
  }

  enqueue(delivery: Delivery): void {
    this.#waiting += 1
    if (delivery.output !== undefined) {
      this.#inMemory += 1
      if (this.#inMemory > this.#options.limits.outputsInMemoryMax) this.#moveToDisk(delivery)
    } else this.#onDisk.push(delivery)
    const queue = this.#keys.get(delivery.key)
    if (queue !== undefined) {
      queue.items.push(delivery)
      return
    }
    const items = new ReadyList<Delivery>()
    items.push(delivery)
    const created: KeyQueue = { key: delivery.key, items, state: 'ready' }
    this.#keys.set(delivery.key, created)
    this.#ready.push(created)
    this.#pump()
  }

  /** What waits here of these messages; looks at every delivery, so not for the hot path. */
  waitingOf(messageIds: ReadonlySet<number>): Delivery[] {
    const found: Delivery[] = []
    for (const { items } of this.#keys.values()) {
      for (const item of items) if (!item.gone && messageIds.has(item.messageId)) found.push(item)
    }
    return found
  }

  /** A waiting delivery, and whether it is the one being sent right now. */
  find(
    messageId: number,
    part: number,
    as: string,
  ): { readonly delivery: Delivery; readonly sending: boolean } | undefined {
    for (const queue of this.#keys.values()) {
      const delivery = queue.items.find(
        item => item.messageId === messageId && item.part === part && item.as === as && !item.gone,
      )
      if (delivery !== undefined) {
        return { delivery, sending: queue.items.peek() === delivery && queue.state === 'sending' }
      }
    }
    return undefined
  }

  /** Takes a delivery out that is not being sent; what waits behind it moves on. */
  remove(delivery: Delivery): void {
    const queue = this.#keys.get(delivery.key)
    if (queue === undefined || delivery.gone) return
    delivery.gone = true
    this.#forget(delivery)
    if (queue.items.peek() === delivery && queue.state !== 'ready') this.#advance(queue)
    this.#pump()
  }

  /** Lets a held delivery try again, with all its attempts. */
  release(delivery: Delivery): void {
    const queue = this.#keys.get(delivery.key)
    if (queue?.state !== 'held' || queue.items.peek() !== delivery) return
    delivery.attempts = 0
    this.#makeReady(queue)
    this.#pump()
  }

  /** Begins nothing new, waits for what is being sent (at most `limitMs`), closes the connections. */
  async stop(limitMs: number): Promise<void> {
    this.#stopped = true
    this.#circuit.close()
    for (const timer of this.#timers) clearTimeout(timer)
    if (this.#inFlight > 0) {
      await new Promise<void>(resolve => {
        const timer = setTimeout(resolve, limitMs)
        this.#drained = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
    await this.#options.handle.close()
  }

  #pump(): void {
    const { handle, observer, limits } = this.#options
    while (!this.#stopped && this.#inFlight < this.#circuit.allowed(handle.window) && this.#ready.length > 0) {
      if (observer.blocked()) return this.#waitUntilUnblocked()
      // The loop's condition says that there is one.
      const queue = this.#ready.shift() as KeyQueue
      const head = queue.items.peek()
      if (head === undefined || head.gone) this.#advance(queue)
      else if (head.output === undefined) {
        queue.state = 'loading'
        this.#needed.add(queue)
      } else this.#send(queue, head, head.output).catch(observer.broken)
    }
    if (this.#needed.size > 0 || (this.#onDisk.length > 0 && this.#inMemory < limits.outputsInMemoryMax / 2)) {
      void this.#load()
    }
  }

  #waitUntilUnblocked(): void {
    if (this.#blocked) return
    this.#blocked = true
    this.#later(blockedPauseMs, () => {
      this.#blocked = false
      this.#pump()
    })
  }

  async #send(queue: KeyQueue, delivery: Delivery, output: Encoded): Promise<void> {
    const { observer } = this.#options
    const expired = this.#expired(delivery)
    if (expired !== undefined) return this.#giveUp(queue, delivery, expired)
    queue.state = 'sending'
    this.#inFlight += 1
    const begun = performance.now()
    const answer = await this.#offer(delivery, output)
    this.#inFlight -= 1
    if (answer instanceof SambandError) this.#failed(queue, delivery, answer)
    else {
      this.#circuit.reached()
      delivery.attempts += 1
      observer.delivered(delivery, answer, performance.now() - begun)
      this.#advance(queue)
    }
    if (this.#stopped && this.#inFlight === 0) this.#drained?.()
    this.#pump()
  }

  async #offer(delivery: Delivery, output: Encoded): Promise<Reply | SambandError> {
    const { handle, idempotencyKey } = this.#options
    try {
      return await handle.send({
        bytes: output.bytes,
        attributes: output.attributes,
        idempotencyKey: idempotencyKey(delivery),
        attempt: delivery.attempts + 1,
        mayBeRepeated: delivery.resumed || delivery.attempts > 0,
      })
    } catch (thrown) {
      return toSambandError(thrown, 'destination-threw')
    }
  }

  #expired(delivery: Delivery): SambandError | undefined {
    const { node, now, receivedAt } = this.#options
    if (node.expiryMs === undefined || now() - receivedAt(delivery.messageId) <= node.expiryMs) return undefined
    return new SambandError({ code: 'delivery-expired', category: 'busy', message: 'it was not delivered in time' })
  }

  #failed(queue: KeyQueue, delivery: Delivery, error: SambandError): void {
    const { node, observer } = this.#options
    const retryable = node.retry.on.some(category => category === error.category)
    if (error.category === 'unavailable' && retryable) {
      if (this.#circuit.unreachable()) observer.attemptFailed(delivery, error, false)
      if (this.#circuit.state !== 'closed') this.#makeReady(queue)
      else this.#pause(queue, pauseMs(node.retry, 1))
      return
    }
    // It answered, whatever it said.
    this.#circuit.reached()
    delivery.attempts += 1
    if (retryable && delivery.attempts < node.retry.attempts) {
      observer.attemptFailed(delivery, error, true)
      this.#pause(queue, pauseMs(node.retry, delivery.attempts))
    } else this.#giveUp(queue, delivery, error)
  }

  #giveUp(queue: KeyQueue, delivery: Delivery, error: SambandError): void {
    const { node, observer } = this.#options
    if (node.onExhausted === 'hold') {
      queue.state = 'held'
      observer.held(delivery, error)
      return
    }
    observer.dead(delivery, error)
    this.#advance(queue)
  }

  /** The head is done with, and whatever was taken out behind it: on to the next of this key. */
  #advance(queue: KeyQueue): void {
    const done = queue.items.shift()
    if (done !== undefined && !done.gone) this.#forget(done)
    while (queue.items.peek()?.gone === true) queue.items.shift()
    this.#needed.delete(queue)
    if (queue.items.length === 0) this.#keys.delete(queue.key)
    else {
      queue.state = 'ready'
      this.#ready.push(queue)
    }
  }

  #forget(delivery: Delivery): void {
    this.#waiting -= 1
    if (delivery.output !== undefined) this.#inMemory -= 1
    delivery.output = undefined
  }

  #makeReady(queue: KeyQueue): void {
    queue.state = 'ready'
    this.#ready.unshift(queue)
  }

  #pause(queue: KeyQueue, ms: number): void {
    queue.state = 'pausing'
    this.#later(ms, () => {
      if (queue.state === 'pausing') this.#makeReady(queue)
      this.#pump()
    })
  }

  #later(ms: number, then: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      if (!this.#stopped) then()
    }, ms)
    this.#timers.add(timer)
  }

  #moveToDisk(delivery: Delivery): void {
    const move = (): void => {
      const queue = this.#keys.get(delivery.key)
      const sending = queue?.items.peek() === delivery && queue.state === 'sending'
      if (delivery.output === undefined || sending) return
      delivery.output = undefined
      this.#inMemory -= 1
      this.#onDisk.push(delivery)
    }
    if (delivery.stored) return move()
    this.#options.observer.store(delivery, () => {
      delivery.stored = true
      move()
    })
  }

  /** Reads outputs back: those that are needed now, and the next ones in order of arrival. */
  async #load(): Promise<void> {
    if (this.#loading || this.#stopped) return
    this.#loading = true
    const batch = this.#nextBatch()
    try {
      const outputs = await this.#options.observer.load(batch)
      for (const [index, delivery] of batch.entries()) this.#loaded(delivery, outputs[index])
    } catch {
      // The database is away (the observer has reported it): the same ones are asked for again after a pause.
      for (const delivery of batch.toReversed()) this.#onDisk.unshift(delivery)
      await new Promise<void>(resolve => this.#later(loadPauseMs, resolve))
    }
    this.#loading = false
    for (const queue of this.#needed) {
      if (queue.items.peek()?.output === undefined) continue
      this.#needed.delete(queue)
      this.#makeReady(queue)
    }
    this.#pump()
  }

  #nextBatch(): Delivery[] {
    const batch = new Set<Delivery>()
    for (const queue of this.#needed) {
      const head = queue.items.peek()
      if (head !== undefined && !head.gone) batch.add(head)
      if (batch.size === loadBatch) break
    }
    while (batch.size < loadBatch && this.#onDisk.length > 0) {
      const next = this.#onDisk.shift()
      if (next !== undefined && next.output === undefined && !next.gone) batch.add(next)
    }
    return [...batch]
  }

  #loaded(delivery: Delivery, output: Encoded | undefined): void {
    if (delivery.gone || delivery.output !== undefined) return
    if (output === undefined) {
      this.#options.observer.dead(
        delivery,
        new SambandError({ code: 'output-missing', category: 'fault', message: 'its stored output cannot be read' }),
      )
      this.remove(delivery)
      return
    }
    delivery.output = output
    this.#inMemory += 1
  }
}
