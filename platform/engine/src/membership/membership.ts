import { SambandError, toSambandError } from '@samband/errors'
import { type Queryable, toDatabaseError } from '@samband/store'
import { engineDeposed, fence } from './fence.ts'
import { LaneChanges } from './lane-changes.ts'
import { Lease } from './lease.ts'
import { checkMembershipLimits, defaultMembershipLimits } from './limits.ts'
import type { Member, Membership, MembershipOptions } from './membership-types.ts'
import { setTakesLanes } from './registration.ts'
import type { View } from './view.ts'

const leaveLimitMs = 10_000

/**
 * Registers this process among those that share the tenant's lanes. It takes none before `start()`, so that what the callbacks
 * need can be opened in between: none of them runs earlier, except `onDeposed`.
 *
 * @throws SambandError `membership-limits-invalid`, `nodes-exhausted`, `lane-count-changed`, and those of the database
 */
export async function openMembership(options: MembershipOptions): Promise<Membership> {
  const limits = { ...defaultMembershipLimits, ...options.limits }
  checkMembershipLimits(limits)
  let membership: RunningMembership | undefined
  const lease = await Lease.open({ ...options, limits }, leaseOpened => {
    const { identity } = leaseOpened
    const changes = new LaneChanges({
      ...options,
      limits,
      identity,
      onChange: () => membership?.changed(),
      onDeposed: () => leaseOpened.depose(),
    })
    membership = new RunningMembership(options, leaseOpened, changes)
    return membership
  })
  if (membership === undefined) throw engineDeposed(lease.identity.epoch)
  return membership
}

class RunningMembership implements Membership {
  readonly node: number
  readonly epoch: number
  readonly #options: MembershipOptions
  readonly #lease: Lease
  readonly #changes: LaneChanges
  readonly #listeners = new Set<() => void>()
  #members: ReadonlyMap<number, Member> = new Map()
  #seen = ''
  #deposed = false
  #leaving: Promise<void> | undefined

  constructor(options: MembershipOptions, lease: Lease, changes: LaneChanges) {
    this.node = lease.identity.node
    this.epoch = lease.identity.epoch
    this.#options = options
    this.#lease = lease
    this.#changes = changes
  }

  get valid(): boolean {
    return this.#lease.valid
  }

  async start(): Promise<void> {
    this.#changes.activate()
    while (!(await this.#announce())) {
      this.#checkGoing()
      await this.#lease.round()
    }
    await this.#lease.round()
    await this.#changes.quiet()
    this.#checkGoing()
  }

  owns(lane: number): boolean {
    return !this.#deposed && this.#changes.owns(lane)
  }

  admits(lane: number): boolean {
    return !this.#deposed && this.#changes.admits(lane)
  }

  ownerOf(lane: number): Member | undefined {
    const owner = this.#changes.ownerOf(lane)
    return owner === undefined ? undefined : this.#members.get(owner)
  }

  members(): readonly Member[] {
    return [...this.#members.values()]
  }

  async fence(client: Queryable, scope: 'session' | 'transaction' = 'session'): Promise<void> {
    try {
      await fence(client, this.#lease.identity, scope)
    } catch (thrown) {
      if (thrown instanceof SambandError && thrown.code === 'engine-deposed' && this.#leaving === undefined) {
        this.#lease.depose()
      }
      throw toDatabaseError(thrown, 'making sure that this process may write')
    }
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  leave(limitMs: number = leaveLimitMs): Promise<void> {
    this.#leaving ??= this.#leave(limitMs)
    return this.#leaving
  }

  changed(): void {
    for (const listener of this.#listeners) {
      try {
        listener()
      } catch (thrown) {
        this.#options.log.error('membership-listener-failed', { code: toSambandError(thrown).code })
      }
    }
  }

  /** For the lease. */
  onView(view: View): boolean {
    this.#members = new Map(
      view.members.map(({ epoch, node, address, takesLanes }) => [epoch, { epoch, node, address, takesLanes }]),
    )
    const ok = this.#changes.update(view)
    const members = view.members.map(({ epoch, takesLanes }) => `${epoch}${takesLanes ? '+' : '-'}`)
    // Tokens only grow: the sum tells whether any lane changed.
    const seen = `${members.join()} ${view.lanes.reduce((sum, { token }) => sum + token, 0)}`
    if (seen !== this.#seen) {
      this.#seen = seen
      this.changed()
    }
    return ok
  }

  /** For the lease. */
  onDeposed(): void {
    this.#deposed = true
    this.#changes.stop()
    this.changed()
    this.#options.onDeposed()
  }

  /** Answers false when the database could not be told; the lease logs why, and connects again. */
  async #announce(): Promise<boolean> {
    try {
      const told = await this.#lease.use(async client => {
        await setTakesLanes(client, this.#lease.identity, true)
        return true
      })
      return told === true
    } catch (thrown) {
      const error = toDatabaseError(thrown, 'announcing that this process takes lanes')
      if (error.code === 'engine-deposed') this.#lease.depose()
      return false
    }
  }

  #checkGoing(): void {
    if (this.#deposed) throw engineDeposed(this.epoch)
    if (this.#leaving === undefined) return
    const message = 'this process was told to leave while it started'
    throw new SambandError({ code: 'membership-left', category: 'conflict', message })
  }

  async #leave(limitMs: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    const limit = new Promise<false>(resolve => {
      timer = setTimeout(resolve, limitMs, false)
    })
    const all = this.#deposed || (await Promise.race([this.#giveAll(), limit]))
    clearTimeout(timer)
    if (!all) this.#options.log.warn('leave-cut-short', { lanes: this.#changes.count })
    this.#changes.stop()
    // As dead, what could not be given away is free at once, instead of after the time that a silent process has.
    await this.#lease.close(all ? 'left' : 'dead')
  }

  async #giveAll(): Promise<boolean> {
    this.#changes.giveAll()
    // So that the others reckon without this process; those whom it does not reach find the lanes free all the same.
    await this.#lease
      .use(client => setTakesLanes(client, this.#lease.identity, false))
      .catch((thrown: unknown) => {
        this.#options.log.warn('leave-not-announced', { code: toDatabaseError(thrown, 'leaving').code })
      })
    this.#lease.poke()
    await this.#changes.empty()
    return true
  }
}
