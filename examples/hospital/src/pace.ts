const tickMinMs = 5
/** Beats that are made up for at once after the process was busy; more would flood what just caught up. */
const burstMax = 100
/** Messages per minute at most. */
export const speedMax = 600_000

/** Calls `beat` a number of times a minute. Rates that no timer reaches come in small bursts. */
export class Pace {
  readonly #beat: () => void
  #perMinute: number
  #timer: NodeJS.Timeout | undefined
  #credit = 0
  #lastMs = 0

  constructor(perMinute: number, beat: () => void) {
    this.#perMinute = assertRate(perMinute)
    this.#beat = beat
  }

  get perMinute(): number {
    return this.#perMinute
  }

  get running(): boolean {
    return this.#timer !== undefined
  }

  set(perMinute: number): void {
    this.#perMinute = assertRate(perMinute)
    if (this.#timer === undefined) return
    this.stop()
    this.start()
  }

  start(): void {
    if (this.#timer !== undefined) return
    this.#lastMs = performance.now()
    this.#timer = setInterval(() => this.#onTick(), Math.max(tickMinMs, Math.min(1_000, 60_000 / this.#perMinute)))
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  #onTick(): void {
    const nowMs = performance.now()
    this.#credit = Math.min(burstMax, this.#credit + ((nowMs - this.#lastMs) * this.#perMinute) / 60_000)
    this.#lastMs = nowMs
    while (this.#credit >= 1 && this.running) {
      this.#credit -= 1
      this.#beat()
    }
  }
}

function assertRate(perMinute: number): number {
  if (Number.isFinite(perMinute) && perMinute > 0 && perMinute <= speedMax) return perMinute
  throw new RangeError(`messages per minute must be above 0 and at most ${speedMax}`)
}
