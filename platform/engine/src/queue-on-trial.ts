import { SambandError } from '@samband/errors'
import {
  type Calendar,
  type DestinationNode,
  defaultRetry,
  type Encoded,
  type FailurePolicy,
  type Throttle,
} from '@samband/route'
import type { Delivery } from './delivery.ts'
import { DeliveryQueue } from './delivery-queue.ts'
import { defaultLimits } from './limits.ts'

/** For tests: a delivery queue without an engine around it. */

export type Send = (text: string, attempt: number) => Promise<void>

export type QueueOnTrial = {
  readonly queue: DeliveryQueue
  /** 'delivered 1.0', 'failed 1.0 busy true', 'dead 1.0 code', 'held 1.0': message and part. */
  readonly log: readonly string[]
  readonly stored: ReadonlyMap<string, Encoded>
  /** How many outputs were read back at once, each time. */
  readonly batches: readonly number[]
  readonly add: (messageId: number, key: number, priority?: number) => Delivery
  readonly logged: (done: (log: readonly string[]) => boolean) => Promise<void>
}

/** A queue whose journal is a map and whose receiver is a function; what happened is a list of words. */
export function queueOf(options: {
  send: Send
  window?: number
  inMemory?: number
  inMemoryBytes?: number
  /** Bytes of each output; default: those of its number. */
  outputBytes?: number
  onExhausted?: FailurePolicy
  expiryMs?: number
  now?: () => number
  monotonic?: () => number
  hours?: Calendar
  throttle?: Throttle
  receivedAt?: (messageId: number) => number
}): QueueOnTrial {
  const log: string[] = []
  const stored = new Map<string, Encoded>()
  const batches: number[] = []
  const wake: (() => void)[] = []
  const note = (text: string): void => {
    log.push(text)
    for (const resolve of wake.splice(0)) resolve()
  }
  const node: DestinationNode = {
    kind: 'to',
    name: 'out',
    destination: { connector: 'x', endpoint: 'x', options: {}, encode: item => item as Encoded },
    map: undefined,
    when: undefined,
    retry: { ...defaultRetry, attempts: 3, backoffMs: 2, maxMs: 4 },
    onExhausted: options.onExhausted ?? 'dead-letter',
    expiryMs: options.expiryMs,
    hours: options.hours,
    throttle: options.throttle,
  }
  const nameOf = ({ messageId, part }: Delivery): string => `${messageId}.${part}`
  const queue = new DeliveryQueue({
    node,
    limits: {
      ...defaultLimits,
      outputsInMemoryMax: options.inMemory ?? 100,
      outputsBytesInMemoryMax: options.inMemoryBytes ?? defaultLimits.outputsBytesInMemoryMax,
      circuitFailures: 3,
    },
    now: options.now ?? Date.now,
    ...(options.monotonic === undefined ? {} : { monotonic: options.monotonic }),
    receivedAt: options.receivedAt ?? (() => 0),
    idempotencyKey: nameOf,
    handle: {
      address: 'test',
      window: options.window ?? 2,
      send: async ({ bytes, attempt }) => {
        await options.send(new TextDecoder().decode(bytes), attempt)
        return {}
      },
      state: () => ({ status: 'up', connections: 0, counters: {} }),
      close: async () => {},
    },
    observer: {
      delivered: delivery => note(`delivered ${nameOf(delivery)}`),
      attemptFailed: (delivery, { category }, counted) => note(`failed ${nameOf(delivery)} ${category} ${counted}`),
      dead: (delivery, { code }) => note(`dead ${nameOf(delivery)} ${code}`),
      held: delivery => note(`held ${nameOf(delivery)}`),
      store: (delivery, onStored) => {
        if (delivery.output !== undefined) stored.set(nameOf(delivery), delivery.output)
        setImmediate(onStored)
      },
      load: async deliveries => {
        batches.push(deliveries.length)
        return deliveries.map(delivery => stored.get(nameOf(delivery)))
      },
      broken: thrown => note(`broken ${String(thrown)}`),
      blocked: () => false,
    },
  })
  return {
    queue,
    log,
    stored,
    batches,
    add: (messageId: number, key: number, priority?: number): Delivery => {
      const delivery: Delivery = {
        messageId,
        part: 0,
        as: 'out',
        owed: 1,
        key,
        attempts: 0,
        output: {
          bytes: new TextEncoder().encode(String(messageId).padStart(options.outputBytes ?? 0)),
          attributes: {},
        },
        stored: false,
        resumed: false,
        gone: false,
        ...(priority === undefined ? {} : { priority }),
      }
      queue.enqueue(delivery)
      return delivery
    },
    logged: async (done: (log: readonly string[]) => boolean): Promise<void> => {
      while (!done(log)) await new Promise<void>(resolve => wake.push(resolve))
    },
  }
}

export const error = (category: SambandError['category']): SambandError =>
  new SambandError({ code: category, category, message: category })

/** A receiver that keeps the first message until `open` is called. */
export function gated(): { send: Send; open: () => void; sent: number[] } {
  const { promise, resolve } = Promise.withResolvers<void>()
  const sent: number[] = []
  const send = async (text: string): Promise<void> => {
    sent.push(Number(text))
    await promise
  }
  return { send, open: resolve, sent }
}
