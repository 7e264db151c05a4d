import type { Database, DatabaseClient, Queryable } from '@samband/store'
import type { Log } from '../ports.ts'
import type { MembershipLimits } from './limits.ts'

/** A process that lives, as far as this one knows. */
export type Member = {
  /** Unique for ever: a process that starts again has another one. */
  readonly epoch: number
  /** 0..31, unique among those that live; becomes part of the ids that it gives. */
  readonly node: number
  /** Where its peers reach it (see `peers/`); undefined when it takes no calls. */
  readonly address: string | undefined
  /** Takes its share of the lanes: it has started and does not leave. */
  readonly takesLanes: boolean
}

/** Lanes that this process has just come to own, all from the same owner. */
export type Claim = {
  readonly lanes: readonly number[]
  /**
   * The owner before; undefined when there never was one. It can be this very process: lanes that it gave up for one which then
   * did not live to take them.
   */
  readonly from: { readonly epoch: number; readonly node: number } | undefined
  /**
   * 'first': never owned. 'handed-over': the owner before drained them or left. 'taken-over': it died, was stopped from writing,
   * and what it had under way is to be found in the journal.
   */
  readonly reason: 'first' | 'handed-over' | 'taken-over'
}

export type MembershipOptions = {
  readonly db: Database
  readonly tenant: number
  readonly address: string | undefined
  /** The same for every process of a tenant, for ever: a key's lane follows from it. */
  readonly laneCount: number
  readonly limits?: Partial<MembershipLimits>
  readonly log: Log
  /**
   * Runs in the transaction that makes this process the owner, before it commits. May run again for the same lanes when
   * the transaction fails.
   */
  readonly claimWith: (client: DatabaseClient, claim: Claim) => Promise<void>
  /**
   * The lanes are this process's: resume what is under way in them; `admits` answers true once this resolves. When it
   * rejects it is called again, so it must first undo what it began.
   */
  readonly onGained: (claim: Claim) => Promise<void>
  /**
   * Stop admitting for these lanes, let what is under way end (within the engine's own limit), flush. Resolves when nothing
   * about them will be written any more. When it rejects, the lanes stay, and it is asked again later.
   */
  readonly onLosing: (lanes: readonly number[]) => Promise<void>
  /** Once: others took this process for dead. Nothing that it writes is accepted any more; it must stop. */
  readonly onDeposed: () => void
}

/**
 * This process among those that share a tenant's lanes.
 *
 * A process: *registered* (has a node number and an epoch, beats, takes no lanes) -> `start()` -> *active* -> `leave()` ->
 * *left*. From registered or active -> *deposed* when others took it for dead. While it cannot confirm its beat it is not
 * `valid`: a state on top, that ends by a beat or by being deposed.
 */
export type Membership = {
  readonly node: number
  readonly epoch: number
  /**
   * False while this process may have been taken for dead. Look at it in the same turn as each act on the outside world, such as
   * a send; what is written to the database is guarded by `fence` whatever this says.
   */
  readonly valid: boolean
  /**
   * Takes its share of the lanes. Resolves when those that are free to it are claimed and `onGained` has resolved for them; what others
   * have to hand over first comes later. Waits for a database that is away.
   *
   * @throws SambandError `engine-deposed`, `membership-left`
   */
  readonly start: () => Promise<void>
  /** This process is the lane's owner. */
  readonly owns: (lane: number) => boolean
  /** It is, has resumed what was under way, and is not giving the lane away: new messages may come. */
  readonly admits: (lane: number) => boolean
  /** Who owns the lane now; undefined between two owners. */
  readonly ownerOf: (lane: number) => Member | undefined
  /** In order of epoch, this one among them. */
  readonly members: () => readonly Member[]
  /**
   * Makes a connection one that may write for this process, or that is ended. Call it right after each connect, and end the
   * connection when it rejects;
   * 'transaction' is for connections of a pool (isolation: read committed).
   *
   * @throws SambandError `engine-deposed`
   */
  readonly fence: (client: Queryable, scope?: 'session' | 'transaction') => Promise<void>
  /** Calls back after each change of owners, members or what `admits` answers. Answers how to end that. */
  readonly onChange: (listener: () => void) => () => void
  /**
   * Gives all lanes away (by `onLosing`) and ends. Never rejects. When that takes longer than `limitMs`, or the database is away, it
   * ends without: the others then take over what is left.
   */
  readonly leave: (limitMs?: number) => Promise<void>
}
