import { type SambandError, toSambandError } from '@samband/errors'
import type { Encoded } from '@samband/route'
import type { Delivery } from './delivery.ts'
import type { DeliveryQueueOptions } from './delivery-observer.ts'
import type { Outgoing, Reply } from './ports.ts'

/** One attempt. What it throws is an answer like any other: its category decides. */
export async function offerDelivery(
  { handle, send, idempotencyKey }: Pick<DeliveryQueueOptions, 'handle' | 'send' | 'idempotencyKey'>,
  delivery: Delivery,
  output: Encoded,
): Promise<Reply | SambandError> {
  const outgoing: Outgoing = {
    bytes: output.bytes,
    attributes: output.attributes,
    idempotencyKey: idempotencyKey(delivery),
    attempt: delivery.attempts + 1,
    mayBeRepeated: delivery.resumed || delivery.attempts > 0,
  }
  try {
    return await (send === undefined ? handle.send(outgoing) : send(delivery, outgoing))
  } catch (thrown) {
    return toSambandError(thrown, 'destination-threw')
  }
}
