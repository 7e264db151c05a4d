import type { SearchType, SortKey } from '@samband/fhir/search'
import type { HubContext } from '../hub-context.ts'
import { resourceTable } from '../storage/resource-table.ts'
import { unsupported } from './refused.ts'
import type { Values } from './render-sql.ts'
import { quantityParameters } from '../storage/united-parameters.ts'

/**
 * The order of a search's matches. After its keys comes `rid`, in the direction of the first key: without keys the order of
 * creation. What has no value of a key comes last, in both directions.
 */
export type Order = {
  readonly keys: readonly OrderKey[]
  readonly descending: boolean
}

export type OrderKey = {
  readonly code: string
  readonly type: SearchType
  readonly descending: boolean
}

export const orderKeysMax = 8

/** @throws HubError 400 for what has no order */
export function orderOf(sort: readonly SortKey[]): Order {
  // All matches fit as well as each other, so that there is nothing to sort by their score.
  const keys = sort.filter(({ code }) => code !== '_score').slice(0, orderKeysMax)
  for (const { code, type } of keys) {
    if (type === 'composite' || type === 'special') throw unsupported(`_sort: ${code} has no order`)
  }
  return { keys, descending: keys[0]?.descending ?? false }
}

export function isColumn({ code }: OrderKey): boolean {
  return code === '_id' || code === '_lastUpdated'
}

/** Whether every resource has a value: then the row of values can be compared as a whole. */
export function hasNulls(key: OrderKey): boolean {
  return !isColumn(key)
}

/** The type that a value in a cursor is cast to. */
export function sortType({ code, type }: OrderKey): 'int8' | 'float8' | 'text' {
  if (code === '_lastUpdated' || type === 'date') return 'int8'
  return type === 'number' || type === 'quantity' ? 'float8' : 'text'
}

/** References to more types than these are looked for among all resources. */
const targetTypesMax = 8

/**
 * The value of a resource `r` that it is sorted by: the least of several, or the greatest when descending. An expression
 * inside the aggregate keeps the planner from walking an index of all resources for it.
 */
export function sortExpression(context: HubContext, values: Values, type: string, key: OrderKey, r: string): string {
  const { keys } = context.store
  const pick = key.descending ? 'max' : 'min'
  const { code } = key
  const of = (table: string, column: string, param: string): string =>
    `(select ${pick}(${column}) from hub.${table} v where v.tenant = $1 and v.rid = ${r}.rid and v.param = ${values.add(param)})`
  const term = (kind: 'code' | 'uri'): string =>
    `(select ${pick}(v.value || '') from hub.term v where v.tenant = $1 and v.param = ${values.add(keys.param(type, code))} and v.kind = '${kind}' and v.hash = any(${r}.tokens))`
  if (code === '_id') return `${r}.id`
  if (code === '_lastUpdated') return `${r}.at`
  switch (key.type) {
    case 'date':
      return of('date', 'v.low + 0', keys.param(type, code))
    case 'string':
      return of('string', `v.value || ''`, keys.param(type, code))
    case 'number':
      return of('quantity', 'v.low + 0', keys.param(type, code))
    case 'quantity': {
      const each = quantityParameters(type, code).map(kept => {
        const canonical = of('quantity', 'v.low + 0', keys.canonicalParam(type, kept))
        return `coalesce(${canonical}, ${of('quantity', 'v.low + 0', keys.param(type, kept))})`
      })
      // Both pass over what is null.
      return `${key.descending ? 'greatest' : 'least'}(${each.join(', ')})`
    }
    case 'uri':
      return term('uri')
    case 'reference':
      return targetExpression(context, values, type, key, r)
    default:
      return term('code')
  }
}

/** References are sorted by what they lead to: `Type/id`. */
function targetExpression(context: HubContext, values: Values, type: string, key: OrderKey, r: string): string {
  const parameters = context.searchParameters()
  const parameter = parameters.find(type, key.code)
  const targets = parameter === undefined ? [] : parameters.targetsOf(parameter)
  const tables = targets.length > targetTypesMax ? ['hub.resource'] : targets.map(resourceTable)
  const param = values.add(context.store.keys.referenceParam(type, key.code))
  const names = tables.map(
    table => `select p.type || '/' || p.id as name from generate_subscripts(${r}.refs, 1) i
      cross join lateral (select p.type, p.id from ${table} p where p.tenant = $1 and p.key = ${r}.refs[i + 1] offset 0) p
      where i % 2 = 1 and ${r}.refs[i] = ${param}`,
  )
  return `(select ${key.descending ? 'max' : 'min'}(name) from (${names.join(' union all ')}) n)`
}
