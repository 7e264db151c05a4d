import type { SambandError } from '@samband/errors'
import type { DestinationDescription, Encoded } from '@samband/route'
import type { Delivery } from './delivery.ts'
import type { EngineLimits } from './limits.ts'
import type { DestinationHandle, Outgoing, Reply } from './ports.ts'

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
  readonly node: Omit<DestinationDescription, 'conditional'>
  readonly handle: DestinationHandle
  /** How one is carried out; default: the handle's `send`. */
  readonly send?: (delivery: Delivery, outgoing: Outgoing) => Promise<Reply>
  readonly limits: EngineLimits
  /** The wall clock, epoch ms. */
  readonly now: () => number
  /** A clock in ms that is never set; default `performance.now`. */
  readonly monotonic?: () => number
  /** When a message was received, epoch ms. */
  readonly receivedAt: (messageId: number) => number
  readonly idempotencyKey: (delivery: Delivery) => string
  readonly observer: DeliveryObserver
}
