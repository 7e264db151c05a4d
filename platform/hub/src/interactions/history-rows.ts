import { textArray } from '../storage/array-literal.ts'
import type { HubStore } from '../storage/hub-store.ts'
import { resourceTable } from '../storage/resource-table.ts'
import type { ChangeMethod } from '../storage/stored.ts'
import type { HistoryVersion } from './history.ts'
import { withContents } from './history-contents.ts'
import { seqAround } from './history-place.ts'
import { ask, Values } from './history-statement.ts'

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

export type ChangeRow = {
  readonly place: number
  readonly type: string
  readonly id: string
  readonly version: number
  readonly at: number
  readonly method: ChangeMethod
}

type Row = ChangeRow & {
  readonly content: string | null
  readonly before: string | null
  readonly now: string | null
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
  const rows = await ask<Row>(store, text, values.all)
  return rows.map(({ content, before, now, ...row }) => ({
    ...row,
    content: content ?? undefined,
    contentBefore: before ?? undefined,
    contentNow: now ?? undefined,
  }))
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
  const changes = await ask<ChangeRow>(
    store,
    `select c.seq as place, c.type, c.id, c.version, c.at, c.method from hub.change c
      where ${where.join(' and ')} order by c.seq ${order} limit ${values.add(limit)}`,
    values.all,
  )
  return await withContents(store, changes, judged)
}
