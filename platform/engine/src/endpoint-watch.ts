import type { EndpointState } from './ports.ts'

type Seen = { readonly status: EndpointState['status']; readonly since: number }

/**
 * Since when an endpoint is what it is: an operator's second question. Connectors tell only what is, so every look is
 * compared with the one before; the engine looks every few seconds, whoever else asks.
 */
export class EndpointWatch {
  readonly #seen = new Map<string, Seen>()

  /** Answers since when (epoch ms) the endpoint has had this status. */
  look(endpoint: string, status: EndpointState['status'], now: number): number {
    const before = this.#seen.get(endpoint)
    if (before?.status === status) return before.since
    this.#seen.set(endpoint, { status, since: now })
    return now
  }
}
