import { prunedSetting } from '../feed/change-feed.ts'
import type { HubStore } from '../storage/hub-store.ts'
import { ask } from './history-statement.ts'

/** Whether changes have been taken out of the feed. */
export async function isPruned(store: HubStore): Promise<boolean> {
  const rows = await ask<{ one: number }>(
    store,
    `select 1 as one from hub.setting where tenant = $1 and name = $2 and value <> '0'`,
    [store.tenant, prunedSetting],
  )
  return rows.length > 0
}

/** A transaction may take this long between its time stamp and its commit, and clocks of processes may be this far apart. */
const stampSkewMs = 600_000
const seqSpanMin = 256

/**
 * A change before which there is none of that time or later: stamps grow with `seq` but for what runs at once, so that a few
 * looks find it, and no index by time is needed.
 */
export async function seqAround(store: HubStore, ms: number): Promise<number> {
  const { tenant } = store
  const [ends] = await ask<{ low: number | null; high: number | null }>(
    store,
    `select (select min(seq) from hub.change where tenant = $1) as low, (select max(seq) from hub.change where tenant = $1) as high`,
    [tenant],
  )
  let low = ends?.low ?? 0
  let high = ends?.high ?? 0
  while (high - low > seqSpanMin) {
    const middle = Math.floor((low + high) / 2)
    const [row] = await ask<{ seq: number; at: number }>(
      store,
      'select seq, at from hub.change where tenant = $1 and seq >= $2 order by seq limit 1',
      [tenant, middle],
    )
    if (row !== undefined && row.at < ms - stampSkewMs) low = row.seq + 1
    else high = middle
  }
  return low
}
