import { toDatabaseError } from '@samband/store'
import { assignLanes } from './assignment.ts'
import { endSessionsOf } from './fence.ts'
import { type ClaimSource, claimLanes, type LaneToken, releaseLanes, withFencedClient } from './lane-table.ts'
import type { MembershipLimits } from './limits.ts'
import type { Claim, MembershipOptions } from './membership-types.ts'
import type { Identity } from './registration.ts'
import type { LaneRow, View } from './view.ts'

/**
 * A lane, as its owner sees it:
 *
 * - *gaining*: claimed; what was under way is being resumed (`onGained`). -> *held*
 * - *held*: admits messages. -> *losing* when another should have it
 * - *losing*: drains (`onLosing`). -> *releasing*, or back to *held* when the drain failed
 * - *releasing*: nothing more is written; the row is being given up. -> not ours
 *
 * Not ours and free (no owner, or one that is not alive) -> *gaining* when we should have it: the sessions of a dead owner are
 * ended first, then one transaction takes the row and runs `claimWith`.
 *
 * Whoever dies in the middle leaves the row either as its own (dead owner: free) or without owner (free): there is no
 * third state, so nothing has to be undone.
 */
type Phase = 'gaining' | 'held' | 'losing' | 'releasing'

type Held = { token: number; phase: Phase }

export type LaneChangesOptions = Pick<
  MembershipOptions,
  'db' | 'laneCount' | 'log' | 'claimWith' | 'onGained' | 'onLosing'
> & {
  readonly limits: MembershipLimits
  readonly identity: Identity
  readonly onChange: () => void
  readonly onDeposed: () => void
}

/** Brings the lanes of this process to what they should be, one step after another, from each new look at the tables. */
export class LaneChanges {
  readonly #options: LaneChangesOptions
  readonly #held = new Map<number, Held>()
  /** Where lanes come from whose claim was sent and not confirmed: it may have been committed. */
  readonly #claimed = new Map<number, ClaimSource>()
  #rows: LaneRow[] = []
  #takers: readonly number[] = []
  #active = false
  #leaving = false
  #stopped = false
  #working = false
  #again = false
  #handingOver = false
  #waiting: { readonly done: () => boolean; readonly resolve: () => void }[] = []

  constructor(options: LaneChangesOptions) {
    this.#options = options
  }

  get count(): number {
    return this.#held.size
  }

  ownerOf(lane: number): number | undefined {
    return this.#rows[lane]?.owner
  }

  /** Resolves when what the newest look asked for has been done, and nothing is being resumed. */
  quiet(): Promise<void> {
    return this.#until(() => !this.#working && !this.#phases().has('gaining'))
  }

  /** Resolves when this process owns no lane. */
  empty(): Promise<void> {
    return this.#until(() => !this.#working && this.#held.size === 0)
  }

  owns(lane: number): boolean {
    const held = this.#held.get(lane)
    return held !== undefined && held.phase !== 'releasing'
  }

  admits(lane: number): boolean {
    return this.#held.get(lane)?.phase === 'held'
  }

  /** From now on lanes are claimed and given away. */
  activate(): void {
    this.#active = true
  }

  /** From now on every lane is given away, and none is claimed. */
  giveAll(): void {
    this.#leaving = true
    this.kick()
  }

  stop(): void {
    this.#stopped = true
    this.#check()
  }

  /**
   * A new look at the tables. A row counts only when it is not older than what is known: tokens grow. Answers false when
   * another process has a lane that is held here.
   */
  update({ members, lanes }: View): boolean {
    for (const row of lanes) {
      const known = this.#rows[row.lane]
      if (known === undefined || row.token >= known.token) this.#rows[row.lane] = row
      const held = this.#held.get(row.lane)
      if (held === undefined || row.token <= held.token) continue
      if (held.phase !== 'releasing') return false
      this.#held.delete(row.lane)
    }
    this.#takers = members.filter(({ takesLanes }) => takesLanes).map(({ epoch }) => epoch)
    this.kick()
    return true
  }

  kick(): void {
    if (!this.#active || this.#stopped) return
    this.#again = true
    if (!this.#working) void this.#work()
  }

  /** Never rejects: what fails is logged and tried again after the next look. */
  async #work(): Promise<void> {
    this.#working = true
    while (this.#again && !this.#stopped) {
      this.#again = false
      try {
        await this.#step()
      } catch (thrown) {
        this.#failed('lanes-not-changed', thrown)
      }
    }
    this.#working = false
    this.#check()
  }

  async #step(): Promise<void> {
    const { epoch } = this.#options.identity
    this.#adopt()
    const current = this.#rows.map(row => (row.owner === undefined || row.last?.alive !== true ? undefined : row.owner))
    const takers = this.#leaving ? this.#takers.filter(taker => taker !== epoch) : this.#takers
    const wanted = assignLanes(takers, current)
    const free = this.#rows.filter((_, lane) => current[lane] === undefined && wanted[lane] === epoch)
    for (const group of groupBySource(free).values()) {
      try {
        await this.#claim(group)
      } catch (thrown) {
        // What comes from other owners does not wait for this one.
        this.#failed('lanes-not-claimed', thrown)
      }
    }
    const surplus = [...this.#held].filter(([lane, { phase }]) => phase === 'held' && wanted[lane] !== epoch)
    const releasing = [...this.#held].filter(([, { phase }]) => phase === 'releasing')
    if (this.#handingOver || surplus.length + releasing.length === 0) return
    this.#handingOver = true
    void this.#handOver(surplus.map(([lane]) => lane))
  }

  /** Lanes that a claim took although its answer was lost. */
  #adopt(): void {
    const { epoch } = this.#options.identity
    const ours = this.#rows.filter(row => row.owner === epoch && !this.#held.has(row.lane))
    for (const rows of groupBySource(ours, row => this.#claimed.get(row.lane) ?? sourceOf(row)).values()) {
      this.#gain(rows.rows, rows.source)
    }
  }

  async #claim({ rows, source }: SourceGroup): Promise<void> {
    const { db, identity, claimWith, log } = this.#options
    const begun = performance.now()
    const won = await withFencedClient(db, identity, async client => {
      const owner = rows[0]?.owner
      if (owner !== undefined) await endSessionsOf(client, owner)
      for (const { lane } of rows) this.#claimed.set(lane, source)
      return await claimLanes(client, identity, rows, lanes => claimWith(client, { lanes, ...source }))
    })
    // Those that were not won stay noted: an earlier claim, whose answer was lost, may be what took them.
    if (won.length === 0) return
    log.info('lanes-claimed', {
      lanes: won.length,
      reason: source.reason,
      ...(source.from === undefined ? {} : { from: source.from.epoch }),
      ms: Math.round(performance.now() - begun),
    })
    this.#gain(won, source)
  }

  #gain(won: readonly LaneToken[], source: ClaimSource): void {
    const { epoch, node } = this.#options.identity
    for (const { lane, token } of won) {
      this.#claimed.delete(lane)
      this.#held.set(lane, { token, phase: 'gaining' })
      const known = this.#rows[lane]
      if (known === undefined || known.token <= token) {
        this.#rows[lane] = { lane, token, owner: epoch, last: { epoch, node, alive: true } }
      }
    }
    this.#options.onChange()
    void this.#resume({ lanes: won.map(({ lane }) => lane), ...source })
  }

  async #resume(claim: Claim): Promise<void> {
    const { onGained, limits } = this.#options
    while (!this.#stopped) {
      try {
        await onGained(claim)
        this.#turn(claim.lanes, 'gaining', 'held')
        this.kick()
        return
      } catch (thrown) {
        this.#failed('lanes-not-resumed', thrown)
        if (this.#leaving) {
          this.#turn(claim.lanes, 'gaining', 'releasing')
          return this.kick()
        }
        await new Promise(resolve => setTimeout(resolve, limits.reconnectPauseMs))
      }
    }
  }

  /** At most one at a time; claims go on meanwhile. */
  async #handOver(lanes: readonly number[]): Promise<void> {
    const { db, identity, log, limits } = this.#options
    try {
      if (lanes.length > 0) await this.#drain(lanes)
      const going = [...this.#held].filter(([, { phase }]) => phase === 'releasing').map(([lane]) => lane)
      if (going.length === 0 || this.#stopped) return
      const released = await withFencedClient(db, identity, client => releaseLanes(client, identity, going))
      for (const { lane, token } of released) {
        this.#held.delete(lane)
        const { epoch, node } = identity
        this.#rows[lane] = { lane, token, owner: undefined, last: { epoch, node, alive: true } }
      }
      log.info('lanes-released', { lanes: released.length })
      this.#options.onChange()
    } catch (thrown) {
      this.#failed('lanes-not-released', thrown)
      await new Promise(resolve => setTimeout(resolve, limits.reconnectPauseMs))
    } finally {
      this.#handingOver = false
      this.kick()
    }
  }

  async #drain(lanes: readonly number[]): Promise<void> {
    const { onLosing, log, limits } = this.#options
    const begun = performance.now()
    const late = setTimeout(
      () => log.warn('lanes-slow-to-drain', { lanes: lanes.length, ms: limits.handOverWarnMs }),
      limits.handOverWarnMs,
    )
    this.#turn(lanes, 'held', 'losing')
    try {
      await onLosing(lanes)
      this.#turn(lanes, 'losing', 'releasing')
      log.info('lanes-drained', { lanes: lanes.length, ms: Math.round(performance.now() - begun) })
    } catch (thrown) {
      this.#turn(lanes, 'losing', 'held')
      throw thrown
    } finally {
      clearTimeout(late)
    }
  }

  #turn(lanes: readonly number[], from: Phase, to: Phase): void {
    for (const lane of lanes) {
      const held = this.#held.get(lane)
      if (held?.phase === from) held.phase = to
    }
    this.#options.onChange()
    this.#check()
  }

  #phases(): ReadonlySet<Phase> {
    return new Set([...this.#held.values()].map(({ phase }) => phase))
  }

  #until(done: () => boolean): Promise<void> {
    return new Promise(resolve => {
      this.#waiting.push({ done, resolve })
      this.#check()
    })
  }

  #check(): void {
    this.#waiting = this.#waiting.filter(({ done, resolve }) => {
      if (!this.#stopped && !done()) return true
      resolve()
      return false
    })
  }

  #failed(event: string, thrown: unknown): void {
    if (this.#stopped) return
    const error = toDatabaseError(thrown, 'changing the owner of lanes')
    if (error.code === 'engine-deposed') this.#options.onDeposed()
    else this.#options.log.warn(event, { code: error.code, text: error.message })
  }
}

type SourceGroup = { readonly rows: readonly LaneRow[]; readonly source: ClaimSource }

function sourceOf({ owner, last }: LaneRow): ClaimSource {
  if (last === undefined) return { from: undefined, reason: 'first' }
  const from = { epoch: last.epoch, node: last.node }
  return { from, reason: owner === undefined ? 'handed-over' : 'taken-over' }
}

function groupBySource(
  rows: readonly LaneRow[],
  sourceFor: (row: LaneRow) => ClaimSource = sourceOf,
): ReadonlyMap<string, SourceGroup> {
  const groups = new Map<string, { rows: LaneRow[]; source: ClaimSource }>()
  for (const row of rows) {
    const source = sourceFor(row)
    const key = `${source.reason} ${source.from?.epoch}`
    const group = groups.get(key) ?? { rows: [], source }
    group.rows.push(row)
    groups.set(key, group)
  }
  return groups
}
