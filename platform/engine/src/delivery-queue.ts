import { SambandError } from '@samband/errors'
import type { Encoded } from '@samband/route'
import { Circuit, type CircuitState, pauseMs } from './circuit.ts'
import type { Delivery } from './delivery.ts'
import { DeliveryExpiry } from './delivery-expiry.ts'
import { DeliveryGate, type GateState } from './delivery-gate.ts'
import { DeliveryIndex } from './delivery-index.ts'
import type { DeliveryQueueOptions } from './delivery-observer.ts'
import { offerDelivery } from './delivery-offer.ts'
import { KeyQueue } from './key-queue.ts'
import type { DestinationHandle } from './ports.ts'
import { OldestMessage } from './oldest-message.ts'
import { OutputsInMemory } from './outputs-in-memory.ts'
import { ReadyKeys } from './ready-keys.ts'
import { StoredOutputs } from './stored-outputs.ts'
import { takeOut } from './take-out.ts'

const loadPauseMs = 500
const blockedPauseMs = 50
/** No timer is set for longer: what it waits for is looked at again. */
const timerMaxMs = 60_000
/** How soon what has just come is looked through for what is too old already. */
const sweepMs = 100

/**
 * The lanes of one destination: serial per key, keys in parallel up to the destination's window. A failing head blocks
 * only its key; a receiver that cannot be reached opens the circuit and costs nobody an attempt, nor do the destination's
 * throttle and hours. Beyond `outputs(Bytes)InMemoryMax` outputs live in the journal and are read back in order of arrival.
 *
 * What waits costs 183 bytes a delivery (1,000,000 on 100,000 keys; 254 with a key each), and nothing that happens per
 * delivery looks at the others: 1,000,000 that were read back in batches drained at 300,000/s without a receiver.
 */
export class DeliveryQueue {
  readonly #options: DeliveryQueueOptions
  readonly #monotonic: () => number
  readonly #keys = new Map<number, KeyQueue>()
  readonly #ready = new ReadyKeys()
  readonly #stored = new StoredOutputs()
  readonly #inMemory: OutputsInMemory
  readonly #circuit: Circuit
  readonly #gate: DeliveryGate
  readonly #expiry: DeliveryExpiry | undefined
  readonly #timers = new Set<NodeJS.Timeout>()
  readonly #index: DeliveryIndex = new DeliveryIndex(() => this.#all())
  readonly #oldest: OldestMessage = new OldestMessage()
  #pumpsLater = false
  #sweeping = false
  #waiting = 0
  #held = 0
  #inFlight = 0
  #loading = false
  #stopped = false
  #drained: (() => void) | undefined

  constructor(options: DeliveryQueueOptions) {
    const { node, now, receivedAt, limits } = options
    this.#options = options
    this.#inMemory = new OutputsInMemory(limits)
    this.#monotonic = options.monotonic ?? (() => performance.now())
    this.#circuit = new Circuit(node.retry, limits.circuitFailures, () => this.#pump())
    this.#gate = new DeliveryGate(node, now, this.#monotonic)
    if (node.expiryMs !== undefined) {
      this.#expiry = new DeliveryExpiry({ expiryMs: node.expiryMs, now, monotonic: this.#monotonic, receivedAt })
    }
  }

  get name(): string {
    return this.#options.node.name
  }

  get handle(): DestinationHandle {
    return this.#options.handle
  }

  /** For the status page. With many keys the oldest may be a little out of date. */
  state(): {
    readonly waiting: number
    readonly inFlight: number
    readonly held: number
    readonly oldestMessageId: number | undefined
    readonly circuit: CircuitState
    readonly gate: GateState
  } {
    return {
      waiting: this.#waiting,
      inFlight: this.#inFlight,
      held: this.#held,
      oldestMessageId: this.#oldest.of(this.#keys, this.#monotonic()),
      circuit: this.#circuit.state,
      gate: this.#gate.state,
    }
  }

  enqueue(delivery: Delivery): void {
    this.#waiting += 1
    this.#index.added(delivery)
    if (delivery.output !== undefined) {
      this.#inMemory.added(delivery.output)
      if (this.#inMemory.over) this.#moveToDisk(delivery)
    } else this.#stored.add(delivery, this.#waiting)
    if (this.#expiry !== undefined && this.#options.node.onExhausted !== 'hold') {
      this.#expiry.add(delivery, this.#waiting)
      this.#sweepLater(this.#expiry, sweepMs)
    }
    const queue = this.#keys.get(delivery.key)
    if (queue !== undefined) {
      queue.push(delivery)
      return
    }
    const created = new KeyQueue(delivery)
    this.#keys.set(delivery.key, created)
    this.#ready.push(created)
    this.#pump()
  }

  /** What waits here of these messages. */
  waitingOf(messageIds: ReadonlySet<number>): Delivery[] {
    return this.#index.ofAll(messageIds)
  }

  /** A waiting delivery, and whether it is the one being sent right now. */
  find(
    messageId: number,
    part: number,
    as: string,
  ): { readonly delivery: Delivery; readonly sending: boolean } | undefined {
    for (const delivery of this.#index.of(messageId)) {
      if (delivery.part === part && delivery.as === as) return { delivery, sending: this.#isSending(delivery) }
    }
    return undefined
  }

  /** Takes a delivery out that is not being sent; what waits behind it moves on. */
  remove(delivery: Delivery): void {
    const queue = this.#keys.get(delivery.key)
    if (queue === undefined || delivery.gone) return
    this.#forget(delivery)
    if (queue.peek() === delivery && queue.state !== 'ready') this.#advance(queue)
    this.#pump()
  }

  /** Lets a held delivery try again, with all its attempts. */
  release(delivery: Delivery): void {
    const queue = this.#keys.get(delivery.key)
    if (queue?.state !== 'held' || queue.peek() !== delivery) return
    delivery.attempts = 0
    this.#held -= 1
    this.#makeReady(queue)
    this.#pump()
  }

  /** What waits for these keys leaves; resolves with it when nothing of them is being sent any more. */
  takeOut(leaving: (key: number) => boolean): Promise<readonly Delivery[]> {
    return takeOut(
      () => this.#keys.values(),
      leaving,
      delivery => this.#isSending(delivery),
      delivery => this.remove(delivery),
    )
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
    const { handle, observer } = this.#options
    while (!this.#stopped && this.#inFlight < this.#circuit.allowed(handle.window) && this.#ready.length > 0) {
      if (observer.blocked()) return this.#pumpLater(blockedPauseMs)
      const waitMs = this.#gate.waitMs()
      if (waitMs > 0) {
        this.#pumpLater(waitMs)
        break
      }
      if (this.#stored.full) break
      // The loop's condition says that there is one.
      const queue = this.#ready.shift() as KeyQueue
      const head = queue.peek()
      if (head === undefined || head.gone) this.#advance(queue)
      else if (head.output === undefined) {
        queue.state = 'loading'
        this.#stored.need(queue)
      } else this.#send(queue, head, head.output).catch(observer.broken)
    }
    const idle = this.#inFlight < this.#circuit.allowed(handle.window)
    const urgent = this.#stored.needed > 0 && (idle || !this.#inMemory.over)
    if (urgent || (this.#stored.length > 0 && this.#inMemory.low)) void this.#load()
  }

  #pumpLater(ms: number): void {
    if (this.#pumpsLater) return
    this.#pumpsLater = true
    this.#later(Math.min(ms, timerMaxMs), () => {
      this.#pumpsLater = false
      this.#pump()
    })
  }

  async #send(queue: KeyQueue, delivery: Delivery, output: Encoded): Promise<void> {
    const { observer } = this.#options
    if (this.#expiry?.expired(delivery) === true) return this.#giveUp(queue, delivery, expired())
    queue.state = 'sending'
    this.#inFlight += 1
    this.#gate.passed()
    const begun = performance.now()
    const answer = await offerDelivery(this.#options, delivery, output)
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
    if (error.category === 'busy') this.#circuit.busy(this.#options.handle.window)
    else this.#circuit.reached()
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
      this.#held += 1
      observer.held(delivery, error)
      return
    }
    observer.dead(delivery, error)
    this.#advance(queue)
  }

  /** The head is done with, and whatever was taken out behind it: on to the next of this key. */
  #advance(queue: KeyQueue): void {
    if (queue.state === 'held') this.#held -= 1
    const done = queue.shift()
    if (done !== undefined && !done.gone) this.#forget(done)
    while (queue.peek()?.gone === true) queue.shift()
    this.#stored.release(queue)
    if (queue.peek() === undefined) {
      // What was taken out while it paused may have been followed by a queue of the same key.
      if (this.#keys.get(queue.key) === queue) this.#keys.delete(queue.key)
    } else {
      queue.state = 'ready'
      this.#ready.push(queue)
    }
  }

  #forget(delivery: Delivery): void {
    this.#waiting -= 1
    this.#index.removed(delivery)
    if (delivery.output !== undefined) this.#inMemory.removed(delivery.output)
    delivery.output = undefined
    delivery.gone = true
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
    if (this.#stopped) return
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      if (!this.#stopped) then()
    }, ms)
    this.#timers.add(timer)
  }

  #moveToDisk(delivery: Delivery): void {
    const move = (): void => {
      if (delivery.output === undefined || this.#isSending(delivery)) return
      this.#inMemory.removed(delivery.output)
      this.#stored.outputWas(delivery.output)
      delivery.output = undefined
      this.#stored.add(delivery, this.#waiting)
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
    const batch = this.#stored.nextBatch(this.#inMemory.roomBytes)
    try {
      const outputs = await this.#options.observer.load(batch)
      this.#stored.batchWas(outputs)
      for (const [index, delivery] of batch.entries()) this.#loaded(delivery, outputs[index])
    } catch {
      // The database is away (the observer has reported it): the same ones are asked for again after a pause.
      this.#stored.putBack(batch)
      await new Promise<void>(resolve => this.#later(loadPauseMs, resolve))
    }
    this.#loading = false
    // The first of them is put in front last.
    for (const queue of this.#stored.takeReady().toReversed()) this.#makeReady(queue)
    this.#pump()
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
    this.#inMemory.added(output)
  }

  #isSending(delivery: Delivery): boolean {
    const queue = this.#keys.get(delivery.key)
    return queue?.state === 'sending' && queue.peek() === delivery
  }

  #sweepLater(expiry: DeliveryExpiry, ms: number): void {
    if (this.#sweeping) return
    this.#sweeping = true
    this.#later(ms, () => {
      this.#sweeping = false
      const again = expiry.sweep(
        delivery => !delivery.gone && !this.#isSending(delivery),
        delivery => {
          this.#options.observer.dead(delivery, expired())
          this.remove(delivery)
        },
      )
      if (again !== undefined) this.#sweepLater(expiry, again)
    })
  }

  *#all(): Generator<Delivery> {
    for (const queue of this.#keys.values()) for (const delivery of queue) if (!delivery.gone) yield delivery
  }
}

function expired(): SambandError {
  return new SambandError({ code: 'delivery-expired', category: 'busy', message: 'it was not delivered in time' })
}
