import { SambandError } from '@samband/errors'
import type { DestinationHandle, EndpointState, Outgoing, SourceHandle } from './ports.ts'
import type { RouteRuntime } from './route-runtime.ts'

/** How many messages may be on their way into another route's journal at once. */
const viaWindow = 256

/**
 * Hands messages to another route of the same engine. Delivered means: stored by that route. In order per key; a message
 * that was handed over right before a crash may be handed over again (same origin), as with any receiver.
 */
export function viaDestination(route: string, target: () => RouteRuntime | undefined): DestinationHandle {
  return {
    address: `via ${route}`,
    window: viaWindow,
    send: async (outgoing: Outgoing) => {
      const runtime = target()
      if (runtime === undefined) {
        throw new SambandError({
          code: 'route-not-running',
          category: 'unavailable',
          message: `route "${route}" is not running`,
        })
      }
      const origin = Number(outgoing.idempotencyKey.split('/', 1)[0])
      const incoming = {
        bytes: outgoing.bytes,
        attributes: outgoing.attributes,
        peer: `via ${outgoing.idempotencyKey}`,
      }
      await runtime.submit(incoming, { by: 'via', origin })
      return { code: 'stored' }
    },
    state: () => state(target() === undefined ? 'down' : 'up'),
    close: async () => {},
  }
}

/** The source of a route that only other routes feed: there is nothing to open. */
export function relaySource(): SourceHandle {
  return { address: 'other routes', state: () => state('up'), close: async () => {} }
}

function state(status: EndpointState['status']): EndpointState {
  return { status, connections: 0, counters: {} }
}
