import { SambandError } from '@samband/errors'
import type { Membership } from '../membership/membership-types.ts'
import type { Receipt } from '../ports.ts'

/** The same for every process of a tenant, for ever: a key's lane follows from it. */
export const laneCount = 64

const waitStepMs = 100
/** What an owner answers when nothing was done and the lane has to be looked for again. */
const movedCodes: ReadonlySet<string> = new Set(['lane-not-here', 'peer-unreachable', 'peer-stopping'])

/**
 * Where messages belong when several processes share a tenant. A lane is `hash(route, ordering key) mod 64`; its owner
 * alone stores, runs and delivers what belongs to it, so that ids, order and duplicates of a key are decided in one place.
 * A message that arrives elsewhere is handed to the owner before it is stored, and its sender is answered after the owner
 * has stored it.
 */
export class LaneDesk {
  readonly #membership: Membership
  readonly #deadlineMs: number
  /** Routes that run whole in one process, with whom they share it. */
  #pinned: ReadonlyMap<string, string> = new Map()
  readonly #seeds = new Map<string, number>()
  #alone = false
  readonly #storing = new Set<Promise<unknown>>()

  constructor(membership: Membership, deadlineMs: number) {
    this.#membership = membership
    this.#deadlineMs = deadlineMs
    membership.onChange(() => this.#look())
    this.#look()
  }

  #look(): void {
    const all = Array.from({ length: laneCount }, (_, lane) => lane)
    this.#alone = this.#membership.members().length <= 1 && all.every(lane => this.#membership.admits(lane))
  }

  /**
   * Nobody shares the tenant, and every lane is admitted here: no message has to be asked for its key before it is stored.
   * While what a dead process left in some lanes is being found, new messages of those lanes have to wait for it.
   */
  get alone(): boolean {
    return this.#alone
  }

  /** False while this process may have been taken for dead: nothing may be sent. */
  get valid(): boolean {
    return this.#membership.valid
  }

  /** All messages of these routes share a lane, whatever their key, with the routes of the same group. */
  pin(groups: ReadonlyMap<string, string>): void {
    this.#pinned = groups
  }

  laneOf(route: string, key: number): number {
    const group = this.#pinned.get(route)
    return (group === undefined ? mixed(this.#seed(route), key) : mixed(this.#seed(group), 0)) % laneCount
  }

  /** Where a message belongs; null: in any lane, because nothing orders it. */
  laneFor(route: string, key: number | undefined): number | null {
    return key === undefined && !this.#pinned.has(route) ? null : this.laneOf(route, key ?? 0)
  }

  /** It may be stored here. */
  admits(lane: number): boolean {
    return this.#membership.admits(lane)
  }

  owns(lane: number): boolean {
    return this.#membership.owns(lane)
  }

  ownerAddress(lane: number): string | undefined {
    const owner = this.#membership.ownerOf(lane)
    return owner === undefined || owner.epoch === this.#membership.epoch ? undefined : owner.address
  }

  /** Addresses of the other processes. */
  others(): readonly string[] {
    return this.#membership
      .members()
      .flatMap(({ epoch, address }) => (epoch === this.#membership.epoch || address === undefined ? [] : [address]))
  }

  /** Any lane that is admitted here; undefined: none is. */
  anyLane(): number | undefined {
    for (let lane = 0; lane < laneCount; lane += 1) if (this.#membership.admits(lane)) return lane
    return undefined
  }

  /**
   * Does it here or at the owner's, wherever the lane is by then. Throws SambandError 'lane-unowned' (busy) when nobody has
   * the lane for too long, and what `here` or `there` throw.
   */
  async place(
    lane: number,
    here: () => Promise<Receipt>,
    there: (address: string) => Promise<Receipt>,
  ): Promise<Receipt> {
    const end = performance.now() + this.#deadlineMs
    for (;;) {
      if (this.#membership.admits(lane)) return await this.during(here())
      const address = this.ownerAddress(lane)
      if (address !== undefined) {
        try {
          return await there(address)
        } catch (thrown) {
          if (!(thrown instanceof SambandError && movedCodes.has(thrown.code))) throw thrown
        }
      }
      if (performance.now() > end) throw unowned()
      await this.changed()
    }
  }

  /** Keeps account of what is being stored here. */
  async during<T>(storing: Promise<T>): Promise<T> {
    this.#storing.add(storing)
    try {
      return await storing
    } finally {
      this.#storing.delete(storing)
    }
  }

  /** Resolves when everything that is being stored now has been stored or refused. */
  async stored(): Promise<void> {
    await Promise.allSettled(this.#storing)
  }

  /** Resolves at the next change of owners, or after a moment. */
  async changed(): Promise<void> {
    await new Promise<void>(resolve => {
      const done = (): void => {
        clearTimeout(timer)
        stop()
        resolve()
      }
      const timer = setTimeout(done, waitStepMs)
      const stop = this.#membership.onChange(done)
    })
  }

  #seed(route: string): number {
    let seed = this.#seeds.get(route)
    if (seed === undefined) {
      seed = 0
      for (let at = 0; at < route.length; at += 1) seed = (Math.imul(seed, 31) + route.charCodeAt(at)) | 0
      this.#seeds.set(route, seed)
    }
    return seed
  }
}

/** Spreads 53-bit keys and small numbers alike (the finaliser of MurmurHash3, which is in the public domain). */
function mixed(seed: number, key: number): number {
  let hash = seed ^ (key | 0) ^ Math.floor(key / 0x1_0000_0000)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

function unowned(): SambandError {
  return new SambandError({
    code: 'lane-unowned',
    category: 'busy',
    message: 'another process is taking over what this message belongs to: send it again in a moment',
  })
}
