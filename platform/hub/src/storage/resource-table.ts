import type { Queryable } from '@samband/store'

const typeName = /^[A-Z][A-Za-z]{1,60}$/

/** The partition of a type: naming it spares the planner 148 others. `type` is one of the standard's, never a client's text. */
export function resourceTable(type: string): string {
  if (!typeName.test(type)) throw new Error('no resource type')
  return `hub.resource_${type.toLowerCase()}`
}

/**
 * A partition for each type that is missing one. Tokens get statistics that remember 10,000 of their values instead of
 * 1,000: which ones are frequent decides how a search is planned.
 */
export async function ensureResourceTables(client: Queryable, types: Iterable<string>): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = 'hub.resource'::regclass`,
  )
  const there = new Set(rows.map(({ name }) => `hub.${name}`))
  const missing = [...types].filter(type => !there.has(resourceTable(type)))
  if (missing.length === 0) return
  await client.query(
    missing
      .map(type => {
        const table = resourceTable(type)
        return `create table if not exists ${table} partition of hub.resource for values in ('${type}');
          alter table ${table} alter column tokens set statistics 1000, set (toast_tuple_target = 512, autovacuum_analyze_scale_factor = 0.05);`
      })
      .join('\n'),
  )
}
