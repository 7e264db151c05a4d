import { plainArray, textArray } from '../storage/array-literal.ts'
import type { HubStore } from '../storage/hub-store.ts'
import { resourceTable } from '../storage/resource-table.ts'
import type { StoredVersion } from '../storage/stored.ts'
import type { ChangeRow, HistoryRow } from './history-rows.ts'
import { ask, Values } from './history-statement.ts'

type ContentRow = {
  readonly type: string
  readonly id: string
  readonly version: number
  /** Whether it is the current version. */
  readonly current: boolean
  readonly content: string | null
}

/**
 * The contents of versions, and where `judged` what their visibility is judged by. One statement, so that a version that is
 * replaced meanwhile is found among the current ones or among those before, and an arm for each type, so that only its
 * partition is looked at whatever the planner thinks of a join over all of them.
 */
export async function withContents(
  store: HubStore,
  changes: readonly ChangeRow[],
  judged: boolean,
): Promise<readonly HistoryRow[]> {
  if (changes.length === 0) return []
  const values = new Values()
  const tenant = values.add(store.tenant)
  const versions = plainArray([...new Set(changes.map(({ version }) => version))])
  const arms = [...Map.groupBy(changes, ({ type }) => type)].map(([type, ofType]) => {
    const ids = values.add(textArray([...new Set(ofType.map(({ id }) => id))]))
    // Of a current version that is on no page the content is not read: it may be large.
    const content = judged
      ? 'r.content'
      : `case when r.version = any(${values.add(versions)}::int4[]) then r.content end`
    return `select r.type, r.id, r.version, true as current, ${content} as content from ${resourceTable(type)} r
             where r.tenant = ${tenant} and r.type = '${type}' and r.id = any(${ids}::text[])`
  })
  const past = changes.flatMap(({ type, id, version, method }) => [
    { type, id, version },
    ...(judged && method === 'delete' ? [{ type, id, version: version - 1 }] : []),
  ])
  const [types, ids, numbers] = [
    values.add(textArray(past.map(({ type }) => type))),
    values.add(textArray(past.map(({ id }) => id))),
    values.add(plainArray(past.map(({ version }) => version))),
  ]
  const rows = await ask<ContentRow>(
    store,
    `${arms.join(' union all ')} union all
     select h.type, h.id, h.version, false, h.content from unnest(${types}::text[], ${ids}::text[], ${numbers}::int4[]) as w (type, id, version)
       join hub.history h on h.tenant = ${tenant} and h.type = w.type and h.id = w.id and h.version = w.version`,
    values.all,
  )
  const byVersion = new Map(rows.map(row => [`${row.type}/${row.id}/${row.version}`, row.content ?? undefined]))
  const current = new Map(
    rows.flatMap(row => (row.current ? [[`${row.type}/${row.id}`, row.content ?? undefined]] : [])),
  )
  return changes.map(change => {
    const name = `${change.type}/${change.id}`
    return {
      ...change,
      content: byVersion.get(`${name}/${change.version}`),
      contentBefore: judged ? byVersion.get(`${name}/${change.version - 1}`) : undefined,
      contentNow: judged ? current.get(name) : undefined,
    }
  })
}

/** What deletions of a type deleted: the contents of the versions before them. */
export async function selectDeleted(
  store: HubStore,
  type: string,
  deletions: readonly Pick<StoredVersion, 'id' | 'version'>[],
): Promise<readonly string[]> {
  if (deletions.length === 0) return []
  const rows = await ask<{ content: string | null }>(
    store,
    `select h.content from unnest($3::text[], $4::int4[]) as d (id, version)
       join hub.history h on h.tenant = $1 and h.type = $2 and h.id = d.id and h.version = d.version - 1`,
    [store.tenant, type, textArray(deletions.map(({ id }) => id)), plainArray(deletions.map(({ version }) => version))],
  )
  return rows.flatMap(({ content }) => content ?? [])
}
