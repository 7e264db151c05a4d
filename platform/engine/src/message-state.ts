import type { EventKind } from './event-kind.ts'
import type { DestinationSummary, MessageStatus } from './views.ts'

/** What the reducer needs of an event, in order of ids. */
export type StateEvent = {
  readonly kind: EventKind
  readonly destination: string | null
  readonly step?: string | null
  readonly part: number
  readonly owed: number
  readonly attempt: number
}

type DeliveryState = { status: DestinationSummary['status']; attempts: number; owed: boolean }

/**
 * What has become of a message, from its events alone.
 *
 * A message without events waits. `owed` says how many deliveries its steps decided on; each ends `delivered`, `dead` or
 * `discarded`, and `reprocess`, `resent` and `redirected` open one again. Step failures are `dead` without a destination.
 */
export class MessageState {
  readonly #deliveries = new Map<string, DeliveryState>()
  /** Items that went on as parts of groups, as 'step#part'. */
  readonly #joined = new Set<string>()
  #owed = -1
  #whole: 'open' | 'filtered' | 'duplicate' | 'dead' | 'discarded' = 'open'

  static of(events: Iterable<StateEvent>): MessageState {
    const state = new MessageState()
    for (const event of events) state.#apply(event)
    return state
  }

  /** True when nothing is left to do for it. */
  get settled(): boolean {
    if (this.#whole !== 'open') return true
    if (this.#owed === -1) return false
    let done = this.#joined.size
    for (const { status, owed } of this.#deliveries.values()) {
      if (status === 'waiting' || status === 'held') return false
      if (owed) done += 1
    }
    return done >= this.#owed
  }

  get status(): MessageStatus {
    if (this.#whole !== 'open') return this.#whole
    const statuses = new Set([...this.#deliveries.values()].map(({ status }) => status))
    if (statuses.has('held')) return 'held'
    if (statuses.has('dead')) return 'dead'
    if (!this.settled) return 'waiting'
    return statuses.has('delivered') || this.#joined.size > 0 ? 'delivered' : 'discarded'
  }

  get joined(): readonly string[] {
    return [...this.#joined]
  }

  get destinations(): readonly DestinationSummary[] {
    return [...this.#deliveries].map(([key, { status, attempts }]) => {
      const at = key.lastIndexOf('#')
      return { name: key.slice(0, at), part: Number(key.slice(at + 1)), status, attempts }
    })
  }

  delivery(destination: string, part: number): DestinationSummary['status'] | undefined {
    return this.#deliveries.get(`${destination}#${part}`)?.status
  }

  #apply({ kind, destination, step, part, owed, attempt }: StateEvent): void {
    if (owed > this.#owed && (destination !== null || kind === 'aggregated')) this.#owed = owed
    if (kind === 'aggregated') this.#joined.add(`${step ?? ''}#${part}`)
    if (destination === null) return this.#applyWhole(kind, owed)
    const key = `${destination}#${part}`
    const before = this.#deliveries.get(key) ?? { status: 'waiting', attempts: 0, owed: kind !== 'redirected' }
    const attempts = Math.max(before.attempts, attempt)
    switch (kind) {
      case 'delivered':
      case 'held':
      case 'dead':
      case 'discarded':
        this.#deliveries.set(key, { ...before, status: kind, attempts })
        break
      case 'queued':
      case 'attempt-failed':
      case 'reprocess':
      case 'resent':
      case 'redirected':
        this.#deliveries.set(key, { ...before, status: 'waiting', attempts })
        break
      default:
    }
  }

  #applyWhole(kind: EventKind, owed: number): void {
    switch (kind) {
      case 'filtered':
        // With deliveries owed, only some parts were dropped.
        if (owed === 0) this.#whole = 'filtered'
        break
      case 'duplicate':
      case 'dead':
      case 'discarded':
        this.#whole = kind
        break
      case 'reprocess':
        this.#whole = 'open'
        this.#owed = -1
        this.#deliveries.clear()
        this.#joined.clear()
        break
      default:
    }
  }
}
