import { toDatabaseError } from '@samband/store'
import { HubError } from '../hub-error.ts'
import type { FeedLimits } from './limits.ts'
import { textArray } from '../storage/array-literal.ts'
import type { HubStore } from '../storage/hub-store.ts'
import type { Change } from '../storage/stored.ts'

/** What reading the feed needs of the hub's context. */
export type FeedContext = { readonly store: HubStore; readonly limits: FeedLimits }

/** The setting that tells up to which seq changes have been pruned. */
export const prunedSetting = 'feed-pruned'

export type ReadChanges = {
  /** Only changes with a larger seq; 0 is from the beginning. */
  readonly after: number
  /** Only of these types; all unless given. */
  readonly types?: Iterable<string>
  /** At most `limits.feedBatchMax`, which is the default. */
  readonly limit?: number
}

/** What a read has found: all changes (of these types) after the one asked for and up to `through`. */
export type ChangePage = { readonly changes: readonly Change[]; readonly through: number }

/**
 * Committed changes in the order of their commits. Who has seen a `seq` has seen all that were before it, also with
 * several processes that write: no gap closes later.
 *
 * @throws HubError 410 `feed-pruned` when changes after `after` are not kept any more
 */
export async function readChanges(context: FeedContext, read: ReadChanges): Promise<readonly Change[]> {
  return (await readFeed(context, read)).changes
}

/** The newest committed change; 0 when there is none. */
export async function feedHead({ store }: FeedContext): Promise<number> {
  try {
    const { rows } = await store.db.pool.query<{ head: number }>({
      name: 'hub-feed-head',
      text: 'select coalesce(max(seq), 0) as head from hub.change where tenant = $1',
      values: [store.tenant],
    })
    return rows[0]?.head ?? 0
  } catch (thrown) {
    throw toDatabaseError(thrown, 'reading the change feed')
  }
}

type Row = { readonly pruned: number; readonly head: number } & (Change | { readonly seq: null })

// One statement, so one snapshot: what is committed up to `head` is all in it.
const readSql = `
  select (select coalesce(max(value::int8), 0) from hub.setting where tenant = $1 and name = '${prunedSetting}') as pruned,
         h.head, c.seq, c.at, c.version, c.method, c.type, c.id
    from (select coalesce(max(seq), 0) as head from hub.change where tenant = $1) h
    left join lateral (
      select seq, at, version, method, type, id from hub.change where tenant = $1 and seq > $2 order by seq limit $3
    ) c on true order by c.seq`

// Each type by its own index: one that changes seldom is not searched for among those that change often.
const readTypesSql = `
  select (select coalesce(max(value::int8), 0) from hub.setting where tenant = $1 and name = '${prunedSetting}') as pruned,
         h.head, c.seq, c.at, c.version, c.method, c.type, c.id
    from (select coalesce(max(seq), 0) as head from hub.change where tenant = $1) h
    left join lateral (
      select o.* from unnest($4::text[]) as t (type) cross join lateral (
        select seq, at, version, method, type, id from hub.change n
         where n.tenant = $1 and n.type = t.type and n.seq > $2 order by n.seq limit $3
      ) o order by o.seq limit $3
    ) c on true order by c.seq`

/** The same, and how far it is complete: a follower of few types moves on although nothing of them changed. */
export async function readFeed({ store, limits }: FeedContext, read: ReadChanges): Promise<ChangePage> {
  const { after, types } = read
  const limit = Math.max(1, Math.min(read.limit ?? limits.feedBatchMax, limits.feedBatchMax))
  const values = [store.tenant, after, limit]
  let rows: readonly Row[]
  try {
    const answer = await store.db.pool.query<Row>(
      types === undefined
        ? { name: 'hub-feed', text: readSql, values }
        : { name: 'hub-feed-types', text: readTypesSql, values: [...values, textArray([...new Set(types)])] },
    )
    rows = answer.rows
  } catch (thrown) {
    throw toDatabaseError(thrown, 'reading the change feed')
  }
  const { pruned = 0, head = 0 } = rows[0] ?? {}
  if (after < pruned) throw prunedError()
  const changes = rows.flatMap(row => (row.seq === null ? [] : [changeOf(row)]))
  const last = changes.at(-1)
  return { changes, through: changes.length >= limit && last !== undefined ? last.seq : Math.max(head, after) }
}

function changeOf({ seq, at, version, method, type, id }: Change): Change {
  return { seq, at, version, method, type, id }
}

function prunedError(): HubError {
  return new HubError({
    code: 'feed-pruned',
    category: 'not-found',
    status: 410,
    message: 'changes after that one are not kept any more: read the resources themselves, then follow from now on',
  })
}
