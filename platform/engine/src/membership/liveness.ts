import type { MembershipLimits } from './limits.ts'

/** What is seen of another process at one look. */
export type Sign = {
  readonly epoch: number
  readonly beat: number
  /** Whether a session holds its node number. */
  readonly session: boolean
}

type Observed = { beat: number; silentMs: number; session: boolean; goneMs: number }

/**
 * Decides on this process's own clock which of the others are dead. Only time in which this process itself was looking counts:
 * after it was stopped, or the database was away, the others get the time to show themselves.
 */
export class Liveness {
  readonly #limits: MembershipLimits
  #observed = new Map<number, Observed>()
  #lookedAt: number | undefined

  constructor(limits: MembershipLimits) {
    this.#limits = limits
  }

  /** Some other's session is gone, and it is not decided yet what that means: worth a look before the next beat is due. */
  get inDoubt(): boolean {
    return [...this.#observed.values()].some(({ session }) => !session)
  }

  /** Answers those that are dead. `nowMs` is monotonic. */
  look(signs: readonly Sign[], nowMs: number): readonly Sign[] {
    const { beatEveryMs, deadAfterMs, sessionGoneMs } = this.#limits
    const elapsed = this.#lookedAt === undefined ? 0 : Math.min(nowMs - this.#lookedAt, beatEveryMs * 2)
    this.#lookedAt = nowMs
    this.#observed = new Map(signs.map(sign => [sign.epoch, next(this.#observed.get(sign.epoch), sign, elapsed)]))
    return signs.filter(({ epoch }) => {
      const seen = this.#observed.get(epoch)
      return seen !== undefined && (seen.silentMs >= deadAfterMs || seen.goneMs >= sessionGoneMs)
    })
  }
}

function next(before: Observed | undefined, sign: Sign, elapsed: number): Observed {
  const { beat, session } = sign
  const silentMs = before === undefined || before.beat !== beat ? 0 : before.silentMs + elapsed
  // The session may have ended just before this look: its time counts from the first look that misses it.
  const goneMs = session || before === undefined || before.session ? 0 : before.goneMs + elapsed
  return { beat, silentMs, session, goneMs }
}
