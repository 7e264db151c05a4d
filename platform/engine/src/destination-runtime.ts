import { type SambandError, toSambandError } from '@samband/errors'
import type { DestinationDescription } from '@samband/route'
import { timeOfId } from '@samband/store'
import type { Delivery } from './delivery.ts'
import type { DeliveryQueueOptions } from './delivery-observer.ts'
import { DeliveryQueue } from './delivery-queue.ts'
import type { EngineContext } from './engine-context.ts'
import type { EventRow } from './event-log.ts'
import { StreamingHandle } from './large/streaming-handle.ts'
import type { DestinationHandle, NegativeAnswer, Reply } from './ports.ts'
import { Latencies, Rate } from './rates.ts'
import { deliverWithin } from './settlement.ts'
import { packBody } from './stored-body.ts'
import type { Unsettled } from './unsettled.ts'

export type DestinationRuntimeOptions = {
  readonly context: EngineContext
  readonly node: DestinationDescription
  readonly handle: DestinationHandle
  readonly unsettled: Unsettled
  /** The retention class of the route. */
  readonly classId: number
}

/** A destination's queue, and what becomes of its deliveries in the journal. */
export class DestinationRuntime {
  readonly delivered: Rate
  readonly failed: Rate
  readonly dead: Rate
  readonly latencies: Latencies = new Latencies()
  readonly queue: DeliveryQueue
  readonly node: DestinationDescription
  readonly #context: EngineContext
  readonly #unsettled: Unsettled
  readonly #classId: number
  /** Its deliveries are settled when they are carried out: there is nothing to write afterwards. */
  readonly #settlesWithin: boolean
  #closed = false

  constructor({ context, node, handle, unsettled, classId }: DestinationRuntimeOptions) {
    this.node = node
    this.#classId = classId
    this.#context = context
    this.#unsettled = unsettled
    this.delivered = new Rate(context.now)
    this.failed = new Rate(context.now)
    this.dead = new Rate(context.now)
    const streaming = new StreamingHandle(handle, context.contents)
    const { sendWithin } = streaming
    this.#settlesWithin = sendWithin !== undefined
    this.queue = new DeliveryQueue({
      node,
      handle: streaming,
      ...(sendWithin === undefined ? {} : { send: this.#within(sendWithin) }),
      limits: context.limits,
      now: context.now,
      receivedAt: timeOfId,
      idempotencyKey: ({ messageId, part, as }) => `${messageId}/${as}/${part}`,
      observer: {
        delivered: (delivery, reply, elapsedMs) => this.#delivered(delivery, reply, elapsedMs),
        attemptFailed: (delivery, error, counted) => this.#attemptFailed(delivery, error, counted),
        dead: (delivery, error) => this.#dead(delivery, error),
        held: (delivery, error) =>
          this.#record(delivery, { kind: 'held', ...failure(error) }, true, undefined, replyIn(error)),
        store: (delivery, onStored) => this.#record(delivery, { kind: 'queued', key: delivery.key }, true, onStored),
        load: deliveries =>
          context.reader.outputs(deliveries.map(({ messageId, part, as }) => ({ messageId, part, destination: as }))),
        broken: thrown =>
          context.log.error('delivery-broken', { destination: node.name, code: toSambandError(thrown).code }),
        blocked: () => context.events.behind || !context.desk.valid,
      },
    })
  }

  enqueue(delivery: Delivery): void {
    this.queue.enqueue(delivery)
  }

  async stop(limitMs: number): Promise<void> {
    await this.queue.stop(limitMs)
    this.#closed = true
  }

  /** Other processes deliver what has these keys: what is being sent ends, what waits is left to the journal. */
  async leave(leaving: (key: number) => boolean): Promise<void> {
    for (const { messageId } of await this.queue.takeOut(leaving)) this.#unsettled.close(messageId)
  }

  /** An operator gives up a delivery that waits or is held. */
  discard(delivery: Delivery): void {
    this.queue.remove(delivery)
    this.#unsettled.close(delivery.messageId)
  }

  #delivered(delivery: Delivery, reply: Reply, elapsedMs: number): void {
    this.delivered.count()
    this.latencies.add(elapsedMs)
    if (this.#settlesWithin) this.#settled(delivery)
    else this.#record(delivery, deliveredBy(reply), true, () => this.#settled(delivery), reply.bytes)
  }

  #within(sendWithin: NonNullable<DestinationHandle['sendWithin']>): NonNullable<DeliveryQueueOptions['send']> {
    return (delivery, outgoing) =>
      deliverWithin({
        context: this.#context,
        sendWithin,
        outgoing,
        eventOf: (id, reply) => ({
          ...this.#row(id, delivery, deliveredBy(reply), true, reply.bytes),
          attempt: outgoing.attempt,
        }),
        isClosed: () => this.#closed,
      })
  }

  #attemptFailed(delivery: Delivery, error: SambandError, counted: boolean): void {
    this.failed.count()
    this.#context.log.warn('delivery-failed', {
      destination: this.node.name,
      message: delivery.messageId,
      code: error.code,
      attempt: delivery.attempts,
    })
    const detail = counted ? error.message : `${error.message}; waiting until it can be reached`
    this.#record(delivery, { kind: 'attempt-failed', code: error.code, detail }, false, undefined, replyIn(error))
  }

  #dead(delivery: Delivery, error: SambandError): void {
    this.dead.count()
    this.#context.log.warn('delivery-dead', {
      destination: this.node.name,
      message: delivery.messageId,
      code: error.code,
      attempt: delivery.attempts,
    })
    this.#record(delivery, { kind: 'dead', ...failure(error) }, true, () => this.#settled(delivery), replyIn(error))
  }

  #settled(delivery: Delivery): void {
    this.#unsettled.close(delivery.messageId)
  }

  /** Writes an event; the output goes along unless the journal holds it already. */
  #record(
    delivery: Delivery,
    facts: Pick<EventRow, 'kind' | 'code' | 'detail' | 'key'>,
    withOutput: boolean,
    onCommit?: () => void,
    reply?: Uint8Array,
  ): void {
    const { ids, events } = this.#context
    events.add(this.#row(ids.next(), delivery, facts, withOutput, reply), onCommit)
  }

  #row(
    id: number,
    { messageId, part, owed, attempts, output, stored, as }: Delivery,
    facts: Pick<EventRow, 'kind' | 'code' | 'detail' | 'key'>,
    withOutput: boolean,
    reply: Uint8Array | undefined,
  ): EventRow {
    return {
      id,
      class: this.#classId,
      messageId,
      part,
      owed,
      attempt: attempts,
      destination: as,
      ...facts,
      output: withOutput && output !== undefined && !stored ? packBody(output) : undefined,
      reply,
    }
  }
}

function deliveredBy({ code }: Reply): Pick<EventRow, 'kind' | 'code'> {
  return { kind: 'delivered', code }
}

function failure(error: SambandError): { readonly code: string; readonly detail: string } {
  return { code: error.code, detail: error.message }
}

/** A negative answer is an answer: the operator reads it where the positive ones are. */
function replyIn(error: SambandError): Uint8Array | undefined {
  return 'reply' in error ? (error as SambandError & NegativeAnswer).reply.bytes : undefined
}
