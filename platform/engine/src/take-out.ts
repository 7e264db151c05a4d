import type { Delivery } from './delivery.ts'
import type { KeyQueue } from './key-queue.ts'

const lookAgainMs = 20

/**
 * Takes what waits for some keys out of a queue, and resolves with it, in order of arrival, when nothing of them is being
 * sent any more: as long as a receiver may take to answer.
 */
export async function takeOut(
  queues: () => Iterable<KeyQueue>,
  leaving: (key: number) => boolean,
  isSending: (delivery: Delivery) => boolean,
  remove: (delivery: Delivery) => void,
): Promise<readonly Delivery[]> {
  const taken: Delivery[] = []
  for (;;) {
    let sending = 0
    for (const queue of [...queues()].filter(({ key }) => leaving(key))) {
      // Backwards, so that nothing moves up to be sent meanwhile.
      for (const delivery of [...queue].filter(({ gone }) => !gone).toReversed()) {
        if (isSending(delivery)) sending += 1
        else {
          taken.push({ ...delivery })
          remove(delivery)
        }
      }
    }
    if (sending === 0) return taken.toSorted((a, b) => a.messageId - b.messageId || a.part - b.part)
    await new Promise(resolve => setTimeout(resolve, lookAgainMs))
  }
}
