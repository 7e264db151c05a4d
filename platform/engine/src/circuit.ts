import type { RetryPolicy } from '@samband/route'

/**
 * Whether a destination is tried at all.
 *
 * *closed* (normal) -> *open* after `failuresMax` attempts in a row that could not reach the receiver -> *half-open* when
 * the pause is over: one message probes -> *closed* when it gets through, *open* again with twice the pause when not.
 */
export type CircuitState = 'closed' | 'open' | 'half-open'

export class Circuit {
  #state: CircuitState = 'closed'
  #failures = 0
  #openings = 0
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
    if (this.#state === 'closed') return window
    return this.#state === 'half-open' ? 1 : 0
  }

  reached(): void {
    this.#failures = 0
    this.#openings = 0
    this.#state = 'closed'
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
