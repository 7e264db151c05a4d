import type { Database, DatabaseClient } from '@samband/store'
import { fence } from './fence.ts'
import type { Claim } from './membership-types.ts'
import { channelOf, type Identity } from './registration.ts'

export type LaneToken = { readonly lane: number; readonly token: number }

/**
 * A connection of its own for one change of owners, fenced: whoever takes this process for dead ends it. Not the lease's, so that a
 * long claim does not hold up the beat; not the pool's, so that long searches do not hold up a takeover.
 */
export async function withFencedClient<T>(
  db: Database,
  identity: Identity,
  work: (client: DatabaseClient) => Promise<T>,
): Promise<T> {
  const client = await db.dedicated('engine-lanes')
  try {
    await fence(client, identity)
    return await work(client)
  } finally {
    await client.end().catch(() => {
      // It is gone already.
    })
  }
}

/**
 * Makes this process the owner of those lanes that nobody else took since they were looked at, and runs `claimWith` for
 * them in the same transaction. Answers them with their new tokens.
 */
export async function claimLanes(
  client: DatabaseClient,
  { tenant, epoch }: Identity,
  wanted: readonly LaneToken[],
  claimWith: (lanes: readonly number[]) => Promise<void>,
): Promise<readonly LaneToken[]> {
  return await inTransaction(client, async () => {
    const lanes = wanted.map(({ lane }) => lane)
    // In one order, so that two takers wait for each other instead of locking each other out.
    await client.query('select lane from engine.lane where tenant = $1 and lane = any($2) order by lane for update', [
      tenant,
      lanes,
    ])
    const { rows } = await client.query<LaneToken>(
      `update engine.lane l set epoch = $2, token = l.token + 1, previous = coalesce(l.epoch, l.previous)
         from unnest($3::int4[], $4::int8[]) as wanted (lane, token)
        where l.tenant = $1 and l.lane = wanted.lane and l.token = wanted.token
          and not exists (select from engine.process p where p.tenant = $1 and p.epoch = l.epoch and p.state = 'alive')
       returning l.lane, l.token`,
      [tenant, epoch, lanes, wanted.map(({ token }) => token)],
    )
    const won = rows.map(({ lane, token }) => ({ lane, token })).sort((a, b) => a.lane - b.lane)
    if (won.length > 0) await claimWith(won.map(({ lane }) => lane))
    await client.query('select pg_notify($1, $2)', [channelOf(tenant), ''])
    return won
  })
}

/** Gives lanes up: they have no owner until another process claims them. Answers them with their new tokens. */
export async function releaseLanes(
  client: DatabaseClient,
  { tenant, epoch }: Identity,
  lanes: readonly number[],
): Promise<readonly LaneToken[]> {
  return await inTransaction(client, async () => {
    await client.query('select lane from engine.lane where tenant = $1 and lane = any($2) order by lane for update', [
      tenant,
      lanes,
    ])
    const { rows } = await client.query<LaneToken>(
      `update engine.lane set epoch = null, previous = epoch, token = token + 1
        where tenant = $1 and lane = any($3) and epoch = $2 returning lane, token`,
      [tenant, epoch, lanes],
    )
    await client.query('select pg_notify($1, $2)', [channelOf(tenant), ''])
    return rows
  })
}

async function inTransaction<T>(client: DatabaseClient, work: () => Promise<T>): Promise<T> {
  await client.query('begin')
  try {
    const result = await work()
    await client.query('commit')
    return result
  } catch (thrown) {
    await client.query('rollback').catch(() => {
      // The connection is gone, and the transaction with it; the first failure is the one to tell.
    })
    throw thrown
  }
}

export type ClaimSource = Pick<Claim, 'from' | 'reason'>
