import { plainArray, textArray } from '../storage/array-literal.ts'
import { resourceTable } from '../storage/resource-table.ts'
import type { Condition } from './condition.ts'
import { sortType } from './order.ts'
import type { Driver, Plan } from './plan.ts'
import { filterSql, rangeSql, type Values } from './render-sql.ts'
import type { PageSpan } from './statement.ts'

export function whereSql(parts: readonly string[]): string {
  return parts.length === 0 ? '' : `where ${parts.join(' and ')}`
}

/** Columns of the rows `r` that match, in no order. */
export function matchedSql(values: Values, type: string, plan: Plan, columns: string): string {
  const source = driverSql(values, type, plan.driver, undefined)
  const filters = plan.filters.map(filter => filterSql(values, filter, 'r'))
  return `select ${columns} from ${source.from} ${whereSql([...source.where, ...filters])}`
}

type Source = { readonly from: string; readonly where: readonly string[] }

/**
 * Where rows `r` come from. `offset 0` is a fence: what is inside is done as it stands there, whatever the planner believes
 * of the conditions outside.
 */
export function driverSql(values: Values, type: string, driver: Driver, span: PageSpan | undefined): Source {
  const table = resourceTable(type)
  const own = ownSql(type)
  const fenced = (tests: readonly string[]): Source => ({
    from: `(select r.* from ${table} r where ${[own, ...tests].join(' and ')} offset 0) r`,
    where: [],
  })
  switch (driver.kind) {
    case 'tokens':
      if (driver.lazy === true && span !== undefined) {
        const tests = [own, ...driver.conditions.map(each => tokensSql(values, each)), ...walkBounds(values, span)]
        const rids = `select r.rid, r.at, r.id from ${table} r where ${tests.join(' and ')} order by ${orderSql('r', span)} offset 0`
        return { from: `(${rids}) d ${lateral(table, own)}`, where: [] }
      }
      return fenced(driver.conditions.map(condition => tokensSql(values, condition)))
    case 'named':
      return fenced([namedSql(values, driver.condition)])
    case 'all':
      return fenced([])
    case 'rows':
      return { from: `${rowsSql(values, driver, span)} ${lateral(table, own)}`, where: [] }
    case 'walk': {
      const bounds = walkBounds(values, span)
      if (driver.window === undefined) return { from: `${table} r`, where: [own, ...bounds] }
      const by = span === undefined ? 'r.rid' : orderSql('r', span)
      const where = [own, ...bounds].join(' and ')
      return { from: `(select r.* from ${table} r where ${where} order by ${by} limit ${driver.window}) r`, where: [] }
    }
    case 'rows-walk':
      throw new Error('a walk along values has statements of its own')
  }
}

/** Current resources of a type, which is one of the standard's names. */
export function ownSql(type: string): string {
  return `r.tenant = $1 and r.type = '${type}' and not r.deleted`
}

/** The resource of each row `d`, looked up by itself. */
export function lateral(table: string, own: string): string {
  return `cross join lateral (select r.* from ${table} r where ${own} and r.rid = d.rid offset 0) r`
}

/** Operators that the index of tokens answers. The subselect makes one plan of all values, which is prepared once. */
function tokensSql(values: Values, condition: Condition): string {
  if (condition.kind === 'tokens') return `r.tokens @> (select ${values.add(plainArray(condition.keys))}::int8[])`
  if (condition.kind === 'any-token') return `r.tokens && (select ${values.add(plainArray(condition.keys))}::int8[])`
  throw new Error('no tokens')
}

function namedSql(values: Values, condition: Condition): string {
  switch (condition.kind) {
    case 'ids':
      return `r.id = any(${values.add(textArray(condition.ids))}::text[])`
    case 'keys':
      return `r.key = any(${values.add(plainArray(condition.keys))}::int8[])`
    case 'rids':
      return `r.rid = any(${values.add(plainArray(condition.rids))}::int8[])`
    default:
      throw new Error('no names')
  }
}

/** The rids of a range, each once; lazily: in their order, from where the page before ended. */
function rowsSql(
  values: Values,
  { rows: { table, ranges }, lazy }: Driver & { readonly kind: 'rows' },
  span: PageSpan | undefined,
): string {
  const inOrder = lazy === true && span !== undefined
  const bounds = inOrder
    ? walkBounds(values, span)
        .map(bound => ` and ${bound.replace('r.rid', 'v.rid')}`)
        .join('')
    : ''
  const parts = ranges.map(
    range => `select v.rid from hub.${table} v where v.tenant = $1 and ${rangeSql(values, table, range)}${bounds}`,
  )
  const order = inOrder ? `order by ${orderSql('v', span)}` : ''
  return `(select distinct v.rid from (${parts.join(' union all ')}) v ${order} offset 0) d`
}

/** The order of a column and rid, or rid alone. */
function orderSql(alias: string, { order, backward }: PageSpan): string {
  const down = order.descending !== backward ? ' desc' : ''
  const [key] = order.keys
  const rid = `${alias}.rid${down}`
  return key === undefined ? rid : `${alias}.${key.code === '_id' ? 'id' : 'at'}${down}, ${rid}`
}

/** Where a walk begins, in terms of the index that it walks. */
function walkBounds(values: Values, span: PageSpan | undefined): readonly string[] {
  const after = span?.after
  if (span === undefined || after === undefined) return []
  const op = span.order.descending === span.backward ? '>' : '<'
  const [key] = span.order.keys
  if (key === undefined) return [`r.rid ${op} ${values.add(after.rid)}`]
  const column = key.code === '_id' ? 'id' : 'at'
  return [`(r.${column}, r.rid) ${op} (${values.add(after.values[0])}::${sortType(key)}, ${values.add(after.rid)})`]
}
