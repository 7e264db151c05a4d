import type { EndpointState } from '@samband/engine'

type Status = EndpointState['status']

/** What an endpoint tells operators about itself: counters since start, and the last trouble. */
export class EndpointMonitor {
  #counters: Record<string, number> = {}
  #lastError: { readonly code: string; readonly text: string; readonly at: number } | undefined

  count(name: string, by = 1): void {
    this.#counters[name] = (this.#counters[name] ?? 0) + by
  }

  /** Counts it under its code and keeps it as the last trouble. The text must not hold patient data. */
  trouble(code: string, text: string): void {
    this.count(code)
    this.#lastError = { code, text, at: Date.now() }
  }

  state(status: Status, connections: number): EndpointState {
    const base = { status, connections, counters: { ...this.#counters } }
    return this.#lastError === undefined ? base : { ...base, lastError: this.#lastError }
  }
}
