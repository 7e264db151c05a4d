import { prunedSetting } from '../feed/change-feed.ts'
import { plainArray, textArray } from '../storage/array-literal.ts'
import type { HubStore } from '../storage/hub-store.ts'
import { resourceTable } from '../storage/resource-table.ts'
import type { ChangeMethod, StoredVersion } from '../storage/stored.ts'
import type { HistoryVersion } from './history.ts'
import { toDatabaseError } from '@samband/store'

export type HistoryRow = HistoryVersion & {
  /** Where a page that ends with this row continues: `seq` of the change, or the version of an instance. */
  readonly place: number
  /** Of a deletion: the version that was deleted. Only where `judged`. */
  readonly contentBefore: string | undefined
  /** The current version, unless it is a deletion. Only where `judged`. */
  readonly contentNow: string | undefined
}

export type HistorySelection = {
  readonly limit: number
  readonly oldestFirst: boolean
  readonly sinceMs?: number
  readonly at?: { readonly lowMs: number; readonly highMs: number }
  readonly after?: number | undefined
  /** Whether to give what the visibility of a row is judged by. */
  readonly judged: boolean
}

type Row = {
  readonly place: number
  readonly type: string
  readonly id: string
  readonly version: number
  readonly at: number
  readonly method: ChangeMethod
  readonly content: string | null
  readonly before: string | null
  readonly now: string | null
}

/** Parameters of a statement that is put together: each value gets its place. */
class Values {
  readonly all: unknown[] = []

  add(value: unknown): string {
    this.all.push(value)
    return `$${this.all.length}`
  }
}

/** Versions of one resource. */
export async function selectVersions(
  store: HubStore,
  selection: HistorySelection & { readonly type: string; readonly id: string },
): Promise<readonly HistoryRow[]> {
  const { type, id, limit, oldestFirst, sinceMs, at, after, judged } = selection
  const values = new Values()
  const tenant = values.add(store.tenant)
  const name = values.add(id)
  const table = resourceTable(type)
  const where = [
    ...(sinceMs === undefined ? [] : [`v.at >= ${values.add(sinceMs)}`]),
    ...(after === undefined ? [] : [`v.version ${oldestFirst ? '>' : '<'} ${values.add(after)}`]),
    ...(at === undefined
      ? []
      : [
          `v.at < ${values.add(at.highMs)}`,
          `coalesce(n.at, m.at, ${values.add(at.lowMs)}::int8 + 1) > ${values.add(at.lowMs)}::int8`,
        ]),
  ]
  const ofThis = (alias: string): string =>
    `${alias}.tenant = ${tenant} and ${alias}.type = '${type}' and ${alias}.id = ${name}`
  const text = `
    select v.version as place, '${type}' as type, ${name}::text as id, v.version, v.at,
           case when v.content is null then 'delete' when v.version = 1 then 'create' else 'update' end as method, v.content,
           ${judged ? 'case when v.content is null then b.content end' : 'null::text'} as before,
           ${judged ? 'c.content' : 'null::text'} as now
      from (select r.version, r.at, r.content from ${table} r where ${ofThis('r')}
            union all
            select h.version, h.at, h.content from hub.history h where ${ofThis('h')}) v
      ${judged ? `left join hub.history b on ${ofThis('b')} and b.version = v.version - 1 left join ${table} c on ${ofThis('c')}` : ''}
      ${at === undefined ? '' : `left join hub.history n on ${ofThis('n')} and n.version = v.version + 1 left join ${table} m on ${ofThis('m')} and m.version = v.version + 1`}
     ${where.length === 0 ? '' : `where ${where.join(' and ')}`}
     order by v.version ${oldestFirst ? 'asc' : 'desc'} limit ${values.add(limit)}`
  return await select(store, text, values)
}

/** Versions of a type's resources, or of all, in the order of commits. */
export async function selectChanges(
  store: HubStore,
  selection: HistorySelection & { readonly types: readonly string[] | undefined },
): Promise<readonly HistoryRow[]> {
  const { types, limit, oldestFirst, sinceMs, at, after, judged } = selection
  const values = new Values()
  const tenant = values.add(store.tenant)
  const [onlyType, ...otherTypes] = types ?? []
  const where = [`c.tenant = ${tenant}`]
  if (onlyType !== undefined)
    where.push(
      otherTypes.length === 0
        ? `c.type = ${values.add(onlyType)}`
        : `c.type = any(${values.add(textArray(types ?? []))}::text[])`,
    )
  if (after !== undefined) where.push(`c.seq ${oldestFirst ? '>' : '<'} ${values.add(after)}`)
  if (sinceMs !== undefined)
    where.push(`c.at >= ${values.add(sinceMs)}`, `c.seq >= ${values.add(await seqAround(store, sinceMs))}`)
  if (at !== undefined) {
    const [low, high] = [`${values.add(at.lowMs)}::int8`, values.add(at.highMs)]
    where.push(
      `c.at < ${high}`,
      `coalesce((select n.at from hub.history n where n.tenant = c.tenant and n.type = c.type and n.id = c.id and n.version = c.version + 1),
                (select m.at from hub.resource m where m.tenant = c.tenant and m.type = c.type and m.id = c.id and m.version = c.version + 1),
                ${low} + 1) > ${low}`,
    )
  }
  const order = oldestFirst ? 'asc' : 'desc'
  // The rows first, their content then: the limit must not depend on what the planner thinks of the joins.
  const text = `
    select c.seq as place, c.type, c.id, c.version, c.at, c.method,
           case when r.version = c.version then r.content else h.content end as content,
           ${judged ? 'b.content' : 'null::text'} as before,
           ${judged ? 'r.content' : 'null::text'} as now
      from (select c.seq, c.type, c.id, c.version, c.at, c.method from hub.change c
             where ${where.join(' and ')} order by c.seq ${order} limit ${values.add(limit)}) c
      left join hub.resource r on r.tenant = ${tenant} and r.type = c.type and r.id = c.id
      left join hub.history h on h.tenant = ${tenant} and h.type = c.type and h.id = c.id and h.version = c.version
      ${judged ? `left join hub.history b on c.method = 'delete' and b.tenant = ${tenant} and b.type = c.type and b.id = c.id and b.version = c.version - 1` : ''}
     order by c.seq ${order}`
  return await select(store, text, values)
}

/** What deletions of a type deleted: the contents of the versions before them. */
export async function selectDeleted(
  { db, tenant }: HubStore,
  type: string,
  deletions: readonly Pick<StoredVersion, 'id' | 'version'>[],
): Promise<readonly string[]> {
  if (deletions.length === 0) return []
  try {
    const { rows } = await db.pool.query<{ content: string | null }>({
      name: 'hub-history-deleted',
      text: `select h.content from unnest($3::text[], $4::int4[]) as d (id, version)
               join hub.history h on h.tenant = $1 and h.type = $2 and h.id = d.id and h.version = d.version - 1`,
      values: [
        tenant,
        type,
        textArray(deletions.map(({ id }) => id)),
        plainArray(deletions.map(({ version }) => version)),
      ],
    })
    return rows.flatMap(({ content }) => content ?? [])
  } catch (thrown) {
    throw toDatabaseError(thrown, 'reading the history')
  }
}

/** Whether changes have been taken out of the feed. */
export async function isPruned({ db, tenant }: HubStore): Promise<boolean> {
  try {
    const { rows } = await db.pool.query<{ one: number }>({
      name: 'hub-history-pruned',
      text: `select 1 as one from hub.setting where tenant = $1 and name = $2 and value <> '0'`,
      values: [tenant, prunedSetting],
    })
    return rows.length > 0
  } catch (thrown) {
    throw toDatabaseError(thrown, 'reading the history')
  }
}

async function select(store: HubStore, text: string, values: Values): Promise<readonly HistoryRow[]> {
  try {
    const { rows } = await store.db.pool.query<Row>(text, values.all)
    return rows.map(({ content, before, now, ...row }) => ({
      ...row,
      content: content ?? undefined,
      contentBefore: before ?? undefined,
      contentNow: now ?? undefined,
    }))
  } catch (thrown) {
    throw toDatabaseError(thrown, 'reading the history')
  }
}

/** A transaction may take this long between its time stamp and its commit, and clocks of processes may be this far apart. */
const stampSkewMs = 600_000
const seqSpanMin = 256

/**
 * A change before which there is none of that time or later: stamps grow with `seq` but for what runs at once, so that a few
 * looks find it, and no index by time is needed.
 */
async function seqAround(store: HubStore, ms: number): Promise<number> {
  const { db, tenant } = store
  try {
    const { rows } = await db.pool.query<{ low: number | null; high: number | null }>({
      name: 'hub-change-ends',
      text: `select (select min(seq) from hub.change where tenant = $1) as low, (select max(seq) from hub.change where tenant = $1) as high`,
      values: [tenant],
    })
    let low = rows[0]?.low ?? 0
    let high = rows[0]?.high ?? 0
    while (high - low > seqSpanMin) {
      const middle = Math.floor((low + high) / 2)
      const { rows: found } = await db.pool.query<{ seq: number; at: number }>({
        name: 'hub-change-from',
        text: 'select seq, at from hub.change where tenant = $1 and seq >= $2 order by seq limit 1',
        values: [tenant, middle],
      })
      const [row] = found
      if (row !== undefined && row.at < ms - stampSkewMs) low = row.seq + 1
      else high = middle
    }
    return low
  } catch (thrown) {
    throw toDatabaseError(thrown, 'reading the history')
  }
}
