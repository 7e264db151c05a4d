import { SambandError } from '@samband/errors'
import { type DatabaseClient, idNodeMax } from '@samband/store'
import { engineDeposed, epochsWithSessions, fence, heldLocksSql, nodeKey } from './fence.ts'

export type Identity = {
  readonly tenant: number
  readonly node: number
  readonly epoch: number
}

/** Rows of processes that ended are kept for operators, up to this number. */
const endedRowsMax = 200

/** What the processes of a tenant tell each other; the text does not matter. */
export function channelOf(tenant: number): string {
  return `samband_lanes_${Math.trunc(tenant)}`
}

/**
 * Takes the lowest free node number and writes the row of a new process. The session of `client` holds the number from
 * here on. A number that is free although a process is written with it belonged to one that died: it is marked so.
 *
 * @throws SambandError `nodes-exhausted`, `lane-count-changed`
 */
export async function register(
  client: DatabaseClient,
  { tenant, address, laneCount }: { tenant: number; address: string | undefined; laneCount: number },
): Promise<Identity> {
  await prepareLanes(client, tenant, laneCount)
  const node = await takeNode(client, tenant)
  const epoch = await insertProcess(client, { tenant, node, address })
  const identity = { tenant, node, epoch }
  await fence(client, identity)
  await client.query(`listen ${channelOf(tenant)}`)
  await client.query('select pg_notify($1, $2)', [channelOf(tenant), ''])
  return identity
}

/**
 * After the lease's connection was lost: takes the number again with a new one.
 *
 * @param formerBackend process id of the session that held it: the server may not know yet that it is gone
 * @throws SambandError `engine-deposed`; `node-still-held`, to be tried again
 */
export async function regain(client: DatabaseClient, identity: Identity, formerBackend: number): Promise<void> {
  await fence(client, identity)
  const key = nodeKey(identity.tenant, identity.node)
  if (!(await tryLock(client, key))) {
    await client.query(
      `select pg_terminate_backend(pid) from (${heldLocksSql}) held where key = $1::int8 and pid = $2`,
      [key, formerBackend],
    )
    throw new SambandError({
      code: 'node-still-held',
      category: 'busy',
      message: `the former session of node ${identity.node} has not ended yet`,
    })
  }
  // Who took the number in between has marked this process dead before it let go of it.
  await fence(client, identity)
  await client.query(`listen ${channelOf(identity.tenant)}`)
}

export async function backendOf(client: DatabaseClient): Promise<number> {
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
  return rows[0]?.pid ?? 0
}

/** Counts one more beat. Answers false when this process is not among the living any more. */
export async function beat(client: DatabaseClient, { tenant, epoch }: Identity): Promise<boolean> {
  const { rowCount } = await client.query(
    `update engine.process set beat = beat + 1 where tenant = $1 and epoch = $2 and state = 'alive'`,
    [tenant, epoch],
  )
  return rowCount === 1
}

export async function setTakesLanes(client: DatabaseClient, identity: Identity, takesLanes: boolean): Promise<void> {
  const { rowCount } = await client.query(
    `update engine.process set takes_lanes = $3 where tenant = $1 and epoch = $2 and state = 'alive'`,
    [identity.tenant, identity.epoch, takesLanes],
  )
  if (rowCount !== 1) throw engineDeposed(identity.epoch)
  await client.query('select pg_notify($1, $2)', [channelOf(identity.tenant), ''])
}

/**
 * Answers false when it showed itself since it was looked at.
 *
 * @param seenBeat what the decision rests on; undefined for a process that ends itself
 */
export async function markEnded(
  client: DatabaseClient,
  { tenant, epoch }: { readonly tenant: number; readonly epoch: number },
  state: 'dead' | 'left',
  seenBeat?: number,
): Promise<boolean> {
  const { rowCount } = await client.query(
    `update engine.process set state = $3, takes_lanes = false, ended_at = now()
      where tenant = $1 and epoch = $2 and state = 'alive' and beat = coalesce($4, beat)`,
    [tenant, epoch, state, seenBeat ?? null],
  )
  if (rowCount !== 1) return false
  await client.query('select pg_notify($1, $2)', [channelOf(tenant), ''])
  return true
}

async function prepareLanes(client: DatabaseClient, tenant: number, laneCount: number): Promise<void> {
  const count = async (): Promise<number> => {
    const { rows } = await client.query<{ count: number }>(
      'select count(*)::int4 as count from engine.lane where tenant = $1',
      [tenant],
    )
    return rows[0]?.count ?? 0
  }
  if ((await count()) === 0) {
    await client.query(
      `insert into engine.lane (tenant, lane, token) select $1, lane, 0 from generate_series(0, $2::int4 - 1) lane
       on conflict do nothing`,
      [tenant, laneCount],
    )
  }
  const found = await count()
  if (found === laneCount) return
  throw new SambandError({
    code: 'lane-count-changed',
    category: 'conflict',
    message: `tenant ${tenant} has ${found} lanes and this process is set to ${laneCount}: a key's order hangs on it, so set it back to ${found}`,
  })
}

async function takeNode(client: DatabaseClient, tenant: number): Promise<number> {
  const { rows } = await client.query<{ epoch: number; node: number }>(
    `select epoch, node from engine.process where tenant = $1 and state = 'alive'`,
    [tenant],
  )
  const writing = await epochsWithSessions(
    client,
    rows.map(({ epoch }) => epoch),
  )
  // One whose lease was cut but that still writes will come back for its number: leave it alone.
  const reserved = new Set(rows.filter(({ epoch }) => writing.has(epoch)).map(({ node }) => node))
  for (let node = 0; node <= idNodeMax; node += 1) {
    if (!reserved.has(node) && (await tryLock(client, nodeKey(tenant, node)))) return node
  }
  throw new SambandError({
    code: 'nodes-exhausted',
    category: 'conflict',
    message: `${idNodeMax + 1} processes of tenant ${tenant} run on this database, and there can be no more: stop one`,
  })
}

async function tryLock(client: DatabaseClient, key: string): Promise<boolean> {
  const { rows } = await client.query<{ mine: boolean }>('select pg_try_advisory_lock($1::int8) as mine', [key])
  return rows[0]?.mine === true
}

async function insertProcess(
  client: DatabaseClient,
  { tenant, node, address }: { tenant: number; node: number; address: string | undefined },
): Promise<number> {
  const { rows } = await client.query<{ epoch: number }>(
    `with ended as (
       update engine.process set state = 'dead', takes_lanes = false, ended_at = now()
        where tenant = $1 and node = $2 and state = 'alive' returning epoch)
     select nextval('engine.process_epoch') as epoch, (select count(*) from ended) as ended`,
    [tenant, node],
  )
  const epoch = rows[0]?.epoch ?? 0
  await client.query(
    `insert into engine.process (tenant, epoch, node, address, state, takes_lanes, beat)
     values ($1, $2, $3, $4, 'alive', false, 0)`,
    [tenant, epoch, node, address ?? null],
  )
  await client.query(
    `delete from engine.process p
      where p.tenant = $1 and p.state <> 'alive'
        and p.epoch < (select min(epoch) from (
              select epoch from engine.process where tenant = $1 order by epoch desc limit $2) newest)
        and not exists (select from engine.lane l where l.tenant = $1 and p.epoch in (l.epoch, l.previous))`,
    [tenant, endedRowsMax],
  )
  return epoch
}
