/** Counts per second over the last minute, in a ring: the cost of an event is one addition. */
export class Rate {
  readonly #now: () => number
  readonly #ring = new Uint32Array(64)
  #second = 0
  #total = 0

  constructor(now: () => number) {
    this.#now = now
  }

  get total(): number {
    return this.#total
  }

  count(by = 1): void {
    this.#total += by
    const slot = this.#advance() & 63
    this.#ring[slot] = (this.#ring[slot] ?? 0) + by
  }

  /** Mean per second over the last full seconds, 60 at most. */
  perSecond(seconds = 10): number {
    const second = this.#advance()
    let sum = 0
    for (let back = 1; back <= seconds; back += 1) sum += this.#ring[(second - back) & 63] ?? 0
    return sum / seconds
  }

  #advance(): number {
    const second = Math.floor(this.#now() / 1000)
    const behind = Math.min(second - this.#second, 64)
    for (let step = 0; step < behind; step += 1) this.#ring[(second - step) & 63] = 0
    // A clock that steps back goes on counting in the newest second.
    if (second > this.#second) this.#second = second
    return this.#second
  }
}

/** The newest durations, for percentiles on a status page. */
export class Latencies {
  readonly #ring = new Float64Array(512)
  #count = 0

  add(ms: number): void {
    this.#ring[this.#count % this.#ring.length] = ms
    this.#count += 1
  }

  percentiles(): { readonly p50: number; readonly p95: number; readonly p99: number } | null {
    if (this.#count === 0) return null
    const sorted = this.#ring.slice(0, Math.min(this.#count, this.#ring.length)).sort()
    const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
    return { p50: at(0.5), p95: at(0.95), p99: at(0.99) }
  }
}

/** What a route has counted since the start of the process. */
export class RouteCounters {
  readonly received: Rate
  readonly filtered: Rate
  readonly duplicate: Rate
  readonly failed: Rate
  /** How often its thread had to be started again. */
  restarts = 0

  constructor(now: () => number) {
    this.received = new Rate(now)
    this.filtered = new Rate(now)
    this.duplicate = new Rate(now)
    this.failed = new Rate(now)
  }
}
