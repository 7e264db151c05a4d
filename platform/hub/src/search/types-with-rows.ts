import { resourceTable } from '../storage/resource-table.ts'
import type { SearchScope } from './scope.ts'

/**
 * Types that have a resource, or had one: a search of all types, and a chain that may lead anywhere, need ask no others. Asked
 * of the sizes of the tables each time, so that the first resource of a type is found at once.
 */
export async function typesWithRows({ context, runner }: SearchScope): Promise<readonly string[]> {
  const types = [...context.resourceTypes]
  const rows = await runner.query<{ name: string }>({
    text: `select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
            where i.inhparent = 'hub.resource'::regclass and pg_relation_size(c.oid) > 0`,
    values: [],
  })
  const names = new Set(rows.map(({ name }) => `hub.${name}`))
  return types.filter(type => names.has(resourceTable(type)))
}
