import type { RouteRuntime } from './route-runtime.ts'
import type { DestinationSummary, MessageSummary } from './views.ts'

/** Beyond this many waiting deliveries a page is shown without looking through them. */
const waitingMax = 200_000

/**
 * Adds the destinations that a message still waits for. The journal knows only what has happened; what is about to
 * happen is in the queues.
 */
export function withWaitingDestinations<T extends MessageSummary>(
  summaries: readonly T[],
  routes: Iterable<RouteRuntime>,
): readonly T[] {
  const open = new Set(summaries.filter(({ status }) => mayWait.has(status)).map(({ id }) => id))
  if (open.size === 0) return summaries
  const waiting = new Map<number, DestinationSummary[]>()
  for (const { destinations } of routes) {
    for (const { queue } of destinations.values()) {
      if (queue.state().waiting > waitingMax) continue
      for (const { messageId, as, part, attempts } of queue.waitingOf(open)) {
        const list = waiting.get(messageId) ?? []
        list.push({ name: as, part, status: 'waiting', attempts })
        waiting.set(messageId, list)
      }
    }
  }
  return summaries.map(summary => ({
    ...summary,
    destinations: merged(summary.destinations, waiting.get(summary.id) ?? []),
  }))
}

const mayWait: ReadonlySet<MessageSummary['status']> = new Set(['waiting', 'held', 'dead'])

/** What the journal says of a delivery stands; the queues add those of which it says nothing yet. */
function merged(
  known: readonly DestinationSummary[],
  waiting: readonly DestinationSummary[],
): readonly DestinationSummary[] {
  const names = new Set(known.map(({ name, part }) => `${name}#${part}`))
  return [...known, ...waiting.filter(({ name, part }) => !names.has(`${name}#${part}`))]
}
