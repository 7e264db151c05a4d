import type { Queryable } from '@samband/store'
import { heldLocksSql, nodeKey } from './fence.ts'
import type { Member } from './membership-types.ts'

export type MemberRow = Member & {
  readonly beat: number
  /** Whether a session holds its node number. */
  readonly session: boolean
}

export type LaneRow = {
  readonly lane: number
  readonly token: number
  /** Undefined: between two owners, or never owned. */
  readonly owner: number | undefined
  /** The owner, or else the one before. */
  readonly last: { readonly epoch: number; readonly node: number; readonly alive: boolean } | undefined
}

/** What the two tables said at one look; the lanes a moment after the members. */
export type View = {
  readonly members: readonly MemberRow[]
  readonly lanes: readonly LaneRow[]
}

type ProcessRow = {
  epoch: number
  node: number
  address: string | null
  takes_lanes: boolean
  beat: number
}

type StoredLane = {
  lane: number
  token: number
  epoch: number | null
  last_epoch: number | null
  last_node: number
  last_state: string
}

export async function readView(client: Queryable, tenant: number): Promise<View> {
  const processes = await client.query<ProcessRow>(
    `select epoch, node, address, takes_lanes, beat from engine.process
      where tenant = $1 and state = 'alive' order by epoch`,
    [tenant],
  )
  const keys = processes.rows.map(({ node }) => nodeKey(tenant, node))
  const held = await client.query<{ key: string }>(
    `select key::text as key from (${heldLocksSql}) held where key = any($1::int8[])`,
    [keys],
  )
  const heldKeys = new Set(held.rows.map(({ key }) => key))
  const lanes = await client.query<StoredLane>(
    `select l.lane, l.token, l.epoch, p.epoch as last_epoch, p.node as last_node, p.state as last_state
       from engine.lane l
       left join engine.process p on p.tenant = l.tenant and p.epoch = coalesce(l.epoch, l.previous)
      where l.tenant = $1 order by l.lane`,
    [tenant],
  )
  return {
    members: processes.rows.map(row => ({
      epoch: row.epoch,
      node: row.node,
      address: row.address ?? undefined,
      takesLanes: row.takes_lanes,
      beat: row.beat,
      session: heldKeys.has(nodeKey(tenant, row.node)),
    })),
    lanes: lanes.rows.map(toLaneRow),
  }
}

function toLaneRow(row: StoredLane): LaneRow {
  const last =
    row.last_epoch === null
      ? undefined
      : { epoch: row.last_epoch, node: row.last_node, alive: row.last_state === 'alive' }
  return { lane: row.lane, token: row.token, owner: row.epoch ?? undefined, last }
}
