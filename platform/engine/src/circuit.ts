import type { RetryPolicy } from '@samband/route'

/**
 * Whether a destination is tried at all, and by how many messages at once.
 *
 * *closed* (normal) -> *open* after `failuresMax` attempts in a row that could not reach the receiver -> *half-open* when
 * the pause is over: one message probes -> *closed* when it gets through, *open* again with twice the pause when not.
 *
 * A receiver that has just come back is not met by everything that waits: after the probe two messages go at once, and one
 * more for each that gets through, so the number doubles with each round until the window is full. An answer `busy` halves
 * it. Pauses are by timers of the runtime, which no setting of the clock touches.
 */
export type CircuitState = 'closed' | 'open' | 'half-open'

const allowanceMin = 1

export class Circuit {
  #state: CircuitState = 'closed'
  #failures = 0
  #openings = 0
  /** How many sends may be under way, whatever the window. */
  #allowance = Number.POSITIVE_INFINITY
  #timer: NodeJS.Timeout | undefined
  readonly #policy: RetryPolicy
  readonly #failuresMax: number
  readonly #onProbe: () => void

  constructor(policy: RetryPolicy, failuresMax: number, onProbe: () => void) {
    this.#policy = policy
    this.#failuresMax = failuresMax
    this.#onProbe = onProbe
  }

  get state(): CircuitState {
    return this.#state
  }

  /** How many sends may be under way now. */
  allowed(window: number): number {
    if (this.#state === 'closed') return Math.min(window, this.#allowance)
    return this.#state === 'half-open' ? 1 : 0
  }

  /** It answered. */
  reached(): void {
    this.#failures = 0
    this.#openings = 0
    if (this.#state === 'closed') {
      this.#allowance += 1
      return
    }
    clearTimeout(this.#timer)
    this.#allowance = allowanceMin + 1
    this.#state = 'closed'
  }

  /** It answered that it is too much. */
  busy(window: number): void {
    this.reached()
    this.#allowance = Math.max(allowanceMin, Math.floor(Math.min(window, this.#allowance) / 2))
  }

  /** Answers true when this failure opened the circuit. */
  unreachable(): boolean {
    this.#failures += 1
    if (this.#state === 'open' || (this.#state === 'closed' && this.#failures < this.#failuresMax)) return false
    const first = this.#state === 'closed'
    this.#state = 'open'
    this.#openings += 1
    this.#timer = setTimeout(
      () => {
        this.#state = 'half-open'
        this.#onProbe()
      },
      pauseMs(this.#policy, this.#openings),
    )
    return first
  }

  close(): void {
    clearTimeout(this.#timer)
  }
}

/** Doubles with each attempt up to the policy's limit; between half of it and all of it, so that retries spread out. */
export function pauseMs(policy: RetryPolicy, attempt: number): number {
  const full = Math.min(policy.maxMs, policy.backoffMs * 2 ** Math.min(attempt - 1, 30))
  return full * (0.5 + Math.random() * 0.5)
}
