import type { EndpointState } from './ports.ts'

type Seen = { readonly reachable: boolean; readonly since: number }

/**
 * Since when an endpoint is what it is: an operator's second question. Connectors tell only what is, so every look is
 * compared with the one before; the engine looks every few seconds, whoever else asks. A receiver that is down is
 * `connecting` whenever it is probed, so only the change between reachable and not counts.
 */
export class EndpointWatch {
  readonly #seen = new Map<string, Seen>()

  /** Answers since when (epoch ms) the endpoint has been reachable, or has not. */
  look(endpoint: string, status: EndpointState['status'], now: number): number {
    const reachable = status === 'up' || status === 'idle'
    const before = this.#seen.get(endpoint)
    if (before?.reachable === reachable) return before.since
    this.#seen.set(endpoint, { reachable, since: now })
    return now
  }
}
