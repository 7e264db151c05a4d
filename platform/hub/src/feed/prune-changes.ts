import { type FeedContext, prunedSetting } from './change-feed.ts'

export type PruneChanges = {
  /** Changes committed before it go, milliseconds since 1970. */
  readonly before: number
  /** Milliseconds since 1970. */
  readonly now: number
}

/**
 * Takes old changes out of the feed: those before a time, never what the slowest durable follower has still to handle, and
 * never what is younger than `feedKeepMsMin`. The resources and their history stay. Answers how many went.
 *
 * Who asks for changes that have gone is told so (410 `feed-pruned`), never given a feed with a hole.
 */
export async function pruneChanges({ store, limits }: FeedContext, { before, now }: PruneChanges): Promise<number> {
  const batch = Math.max(1, limits.feedPruneBatch)
  const end = Math.min(before, now - limits.feedKeepMsMin)
  let pruned = 0
  for (;;) {
    const gone = await store.db.transaction(async client => {
      // Followers that begin while this runs wait for it, and find what is kept.
      await client.query('lock table hub.follower in share mode')
      const { rows } = await client.query<{ through: number | null }>(
        `select max(seq) as through from (
           select seq, bool_or(at >= $2) over (order by seq) as young from (
             select seq, at from hub.change where tenant = $1
                and seq <= coalesce((select min(seq) from hub.follower where tenant = $1), 9223372036854775807)
              order by seq limit $3
           ) c
         ) d where not young`,
        [store.tenant, end, batch],
      )
      const through = rows[0]?.through
      if (through === null || through === undefined) return 0
      await client.query(
        `insert into hub.setting (tenant, name, value) values ($1, '${prunedSetting}', $2)
         on conflict (tenant, name) do update set value = excluded.value`,
        [store.tenant, String(through)],
      )
      const { rowCount } = await client.query('delete from hub.change where tenant = $1 and seq <= $2', [
        store.tenant,
        through,
      ])
      return rowCount ?? 0
    })
    pruned += gone
    if (gone < batch) return pruned
  }
}
