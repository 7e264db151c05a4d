import { SambandError } from '@samband/errors'

/** All on the clock of one process (`performance.now()`): no wall clock decides who is alive. */
export type MembershipLimits = {
  /** How often a process shows that it lives, and looks at the others. */
  readonly beatEveryMs: number
  /** Without a confirmed beat for so long a process stops acting by itself. */
  readonly selfFenceAfterMs: number
  /** A process whose beat stands still for so long, as seen by another, is dead. */
  readonly deadAfterMs: number
  /**
   * A process whose session is gone for so long is dead; shorter is a lost connection. Not less than `selfFenceAfterMs`, so
   * that one that lives and does not know that its session is gone has stopped acting.
   */
  readonly sessionGoneMs: number
  /** Pause before connecting again. */
  readonly reconnectPauseMs: number
  /** A hand-over that takes longer is logged. */
  readonly handOverWarnMs: number
}

export const defaultMembershipLimits: MembershipLimits = Object.freeze({
  beatEveryMs: 1_000,
  selfFenceAfterMs: 3_000,
  deadAfterMs: 5_000,
  sessionGoneMs: 3_000,
  reconnectPauseMs: 200,
  handOverWarnMs: 10_000,
})

/** Throws SambandError 'membership-limits-invalid' when they could let two processes act at once. */
export function checkMembershipLimits(limits: MembershipLimits): void {
  const { beatEveryMs, selfFenceAfterMs, deadAfterMs, sessionGoneMs } = limits
  if (
    beatEveryMs > 0 &&
    beatEveryMs * 2 <= selfFenceAfterMs &&
    selfFenceAfterMs < deadAfterMs &&
    selfFenceAfterMs <= sessionGoneMs
  ) {
    return
  }
  throw new SambandError({
    code: 'membership-limits-invalid',
    category: 'incorrect',
    message:
      'limits of membership contradict each other: twice beatEveryMs may not exceed selfFenceAfterMs, and that must be less than deadAfterMs and not more than sessionGoneMs',
  })
}
