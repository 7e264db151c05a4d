/** What may delay the writing down of a delivery: while one lasts, nothing that was delivered counts as settled. */
export type Trouble = { readonly begun: number; ended: number }

type Kill = { readonly since: number; readonly until: number }

/** Settling a delivery takes milliseconds; a machine that is busy with everything else at once gets a second. */
const settleMs = 1_000
/** What a process sent before it was killed may be read a little later. */
const readLateMs = 500

/**
 * Which deliveries a kill may repeat: those that arrived within `settleMs` before it, or during troubles of the database or
 * pauses of the engine that touch that time. Times are of `performance.now()`.
 */
export class FaultLog {
  readonly #settlement: Trouble[] = []
  readonly #receiver: Trouble[] = []
  readonly #kills: Kill[] = []
  readonly counts: Map<string, number> = new Map()
  readonly #timeline: { readonly kind: string; readonly at: number }[] = []

  count(kind: string): void {
    this.#timeline.push({ kind, at: performance.now() })
    this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1)
  }

  /** What was broken in a stretch of time: for the one who looks for the cause of what should not be. */
  between(from: number, to: number): string {
    return this.#timeline
      .filter(({ at }) => at >= from && at <= to)
      .map(({ kind, at }) => `${kind} at ${Math.round(at)}`)
      .join(', ')
  }

  /** The database cannot be reached, or the engine stands still; set `ended` when it is over. */
  settlementTrouble(): Trouble {
    return begin(this.#settlement)
  }

  /** The receiver or the line to it is not as it should be; set `ended` when it is over. */
  receiverTrouble(): Trouble {
    return begin(this.#receiver)
  }

  /** An engine process ends now, or another takes over its lanes between now and `until`. */
  killed(until: number = performance.now()): void {
    let since = performance.now() - settleMs
    for (const { begun, ended } of this.#settlement.toReversed()) {
      if (ended + settleMs >= since) since = Math.min(since, begun - settleMs)
    }
    this.#kills.push({ since, until: until + readLateMs })
  }

  /** Whether what arrived at that time may have been unsettled at a kill. */
  unsettledAtKill(arrivedAt: number): boolean {
    return this.#kills.some(({ since, until }) => arrivedAt >= since && arrivedAt <= until)
  }

  /** Whether the receiver was in trouble at some time between the two. */
  receiverTroubled(from: number, to: number): boolean {
    return this.#receiver.some(({ begun, ended }) => begun <= to && ended + settleMs >= from)
  }
}

function begin(list: Trouble[]): Trouble {
  const trouble = { begun: performance.now(), ended: Number.POSITIVE_INFINITY }
  list.push(trouble)
  return trouble
}
