/** The time and what waits for it, so that tests need not. */
export type Clock = {
  /** Epoch ms. */
  readonly now: () => number
  /** Calls once after so many ms, unless it was cancelled. */
  readonly after: (ms: number, then: () => void) => () => void
}

export const systemClock: Clock = Object.freeze({
  now: Date.now,
  after: (ms: number, then: () => void) => {
    const timer = setTimeout(then, ms)
    return () => clearTimeout(timer)
  },
})
