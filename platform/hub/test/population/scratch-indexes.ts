import type { Queryable } from '@samband/store'

/**
 * Building indexes over what is there is several times faster than keeping them up to date while a million rows come. For
 * databases that are filled once, before anyone uses them.
 */
export async function withoutIndexes(
  client: Queryable,
  tables: readonly string[],
  fill: () => Promise<void>,
): Promise<void> {
  const { rows } = await client.query<{ readonly name: string; readonly drop: string; readonly create: string }>(
    `select i.indexrelid::regclass::text as name,
            case when c.oid is null then format('drop index %s', i.indexrelid::regclass)
                 else format('alter table %s drop constraint %I', i.indrelid::regclass, c.conname) end as drop,
            case when c.oid is null then replace(pg_get_indexdef(i.indexrelid), ' ON ONLY ', ' ON ')
                 else format('alter table %s add constraint %I %s', i.indrelid::regclass, c.conname, pg_get_constraintdef(c.oid)) end as create
       from pg_index i left join pg_constraint c on c.conindid = i.indexrelid and c.contype = 'p'
      where i.indrelid = any ($1::text[]::regclass[])
      order by 1`,
    [tables],
  )
  for (const { drop } of rows) await client.query(drop)
  await fill()
  // A gigabyte, so that the sort of a million arrays stays in memory.
  await client.query(`select set_config('maintenance_work_mem', '1GB', false)`)
  for (const { create } of rows) await client.query(create)
  await client.query(`select set_config('maintenance_work_mem', '64MB', false)`)
}
