import { type Database, type TestDatabase, testDatabase } from '@samband/store'
import type { Log } from '../../ports.ts'
import type { MembershipLimits } from '../limits.ts'
import { openMembership } from '../membership.ts'
import type { Claim, Membership, MembershipOptions } from '../membership-types.ts'
import { membershipTablesSql } from '../tables.ts'

export const laneCount = 64
export const tenant = 7

/** A tenth of the real times. */
export const fastLimits: MembershipLimits = {
  beatEveryMs: 100,
  selfFenceAfterMs: 400,
  deadAfterMs: 2_000,
  sessionGoneMs: 400,
  reconnectPauseMs: 20,
  handOverWarnMs: 2_000,
}

export async function membershipDatabase(): Promise<TestDatabase> {
  const t = await testDatabase()
  await t.db.pool.query(`create schema engine; ${membershipTablesSql}`)
  return t
}

export type TestMember = {
  readonly membership: Membership
  readonly claims: Claim[]
  readonly lost: number[][]
  readonly events: string[]
  deposed: number
}

export async function openMember(db: Database, options: Partial<MembershipOptions> = {}): Promise<TestMember> {
  const claims: Claim[] = []
  const lost: number[][] = []
  const events: string[] = []
  const note = (event: string): void => void events.push(event)
  const log: Log = { info: note, warn: note, error: note }
  const member = { claims, lost, events, deposed: 0 }
  const membership = await openMembership({
    db,
    tenant,
    address: undefined,
    laneCount,
    limits: fastLimits,
    log,
    claimWith: async () => {},
    onGained: async claim => void claims.push(claim),
    onLosing: async lanes => void lost.push([...lanes]),
    onDeposed: () => {
      member.deposed += 1
    },
    ...options,
  })
  return Object.assign(member, { membership })
}

export async function startMember(db: Database, options: Partial<MembershipOptions> = {}): Promise<TestMember> {
  const member = await openMember(db, options)
  await member.membership.start()
  return member
}

export function owned({ membership }: TestMember): number[] {
  return Array.from({ length: laneCount }, (_, lane) => lane).filter(lane => membership.admits(lane))
}

export async function eventually(
  what: string,
  holds: () => boolean | Promise<boolean>,
  limitMs = 4_000,
): Promise<void> {
  const end = performance.now() + limitMs
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`still not so after ${limitMs} ms: ${what}`)
    await new Promise(resolve => setTimeout(resolve, 5))
  }
}

export type OwnerRow = { lane: number; epoch: number | null; previous: number | null; token: number }

export async function owners(db: Database): Promise<OwnerRow[]> {
  const { rows } = await db.pool.query<OwnerRow>(
    'select lane, epoch, previous, token from engine.lane where tenant = $1 order by lane',
    [tenant],
  )
  return rows
}
