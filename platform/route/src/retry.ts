import type { Duration } from './duration.ts'

/**
 * When a delivery is tried again. `attempts` counts how often one message is offered to a receiver that can be reached.
 * A receiver that cannot be reached at all (category `unavailable`) is not the message's fault: the destination waits
 * with its circuit open, probes with one message at a time, and uses up no attempts (until `expiry`, if set).
 */
export type RetryOptions = {
  readonly attempts?: number
  /** First pause; doubles after each attempt, with jitter. */
  readonly backoff?: Duration
  /** Longest pause. */
  readonly max?: Duration
  readonly on?: readonly ('busy' | 'unavailable')[]
}

export type RetryPolicy = {
  readonly attempts: number
  readonly backoffMs: number
  readonly maxMs: number
  readonly on: readonly ('busy' | 'unavailable')[]
}

export const defaultRetry: RetryPolicy = Object.freeze({
  attempts: 8,
  backoffMs: 500,
  maxMs: 300_000,
  on: Object.freeze(['busy', 'unavailable'] as const),
})

/** What happens to a message whose attempts are used up, or whose failure no attempt can mend. */
export type FailurePolicy = 'dead-letter' | 'hold'
