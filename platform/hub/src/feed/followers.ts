import { toDatabaseError } from '@samband/store'
import type { FeedContext } from './change-feed.ts'

export type FollowerState = {
  readonly name: string
  /** All up to it has been handled. */
  readonly seq: number
  /** Age of the oldest change that has not been handled (of any type), milliseconds; 0 when there is none. */
  readonly lagMs: number
  /** Whether a process handles its changes now. */
  readonly active: boolean
}

/** The durable followers and how far behind each is, the slowest first. */
export async function listFollowers(
  { store }: FeedContext,
  { now }: { readonly now: number },
): Promise<readonly FollowerState[]> {
  try {
    const { rows } = await store.db.pool.query<{ name: string; seq: number; oldest: number | null; active: boolean }>(
      `select f.name, f.seq, coalesce(f.lease_until > now(), false) as active,
              (select c.at from hub.change c where c.tenant = $1 and c.seq > f.seq order by c.seq limit 1) as oldest
         from hub.follower f where f.tenant = $1 order by f.seq, f.name`,
      [store.tenant],
    )
    return rows.map(({ name, seq, oldest, active }) => ({
      name,
      seq,
      active,
      lagMs: oldest === null ? 0 : Math.max(0, now - oldest),
    }))
  } catch (thrown) {
    throw toDatabaseError(thrown, 'listing followers')
  }
}

/** Forgets a follower that will not come back, so that it holds up no pruning. False when there is none. */
export async function removeFollower({ store }: FeedContext, name: string): Promise<boolean> {
  const { rowCount } = await store.db.pool.query('delete from hub.follower where tenant = $1 and name = $2', [
    store.tenant,
    name,
  ])
  return (rowCount ?? 0) > 0
}
