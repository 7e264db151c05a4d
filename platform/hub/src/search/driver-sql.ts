import { plainArray, textArray } from '../storage/array-literal.ts'
import { resourceTable } from '../storage/resource-table.ts'
import type { Condition, RowsCondition } from './condition.ts'
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
  const own = `r.tenant = $1 and r.type = '${type}' and not r.deleted`
  const fenced = (tests: readonly string[]): Source => ({
    from: `(select r.* from ${table} r where ${[own, ...tests].join(' and ')} offset 0) r`,
    where: [],
  })
  switch (driver.kind) {
    case 'tokens':
      return fenced(driver.conditions.map(condition => tokensSql(values, condition)))
    case 'named':
      return fenced([namedSql(values, driver.condition)])
    case 'all':
      return fenced([])
    case 'rows':
      return { from: `${rowsSql(values, driver.rows)} ${lateral(table, own)}`, where: [] }
    case 'walk': {
      const bounds = walkBounds(values, span)
      if (driver.window === undefined) return { from: `${table} r`, where: [own, ...bounds] }
      const [key] = span?.order.keys ?? []
      const down = span !== undefined && span.order.descending !== span.backward ? ' desc' : ''
      const by = key === undefined ? `r.rid${down}` : `r.${key.code === '_id' ? 'id' : 'at'}${down}, r.rid${down}`
      const where = [own, ...bounds].join(' and ')
      return { from: `(select r.* from ${table} r where ${where} order by ${by} limit ${driver.window}) r`, where: [] }
    }
    case 'rows-walk':
      return { from: `${rowsWalkSql(values, driver, span)} ${lateral(table, own)}`, where: dedupe(driver) }
  }
}

function lateral(table: string, own: string): string {
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

/** The rids of a range, each once. */
function rowsSql(values: Values, { table, ranges }: RowsCondition): string {
  const parts = ranges.map(
    range => `select v.rid from hub.${table} v where v.tenant = $1 and ${rangeSql(values, table, range)}`,
  )
  return `(select distinct rid from (${parts.join(' union all ')}) v offset 0) d`
}

type RowsWalk = Driver & { readonly kind: 'rows-walk' }

const sortColumn = { date: 'low', quantity: 'low', string: 'value', position: 'latitude' } as const

/** Values in their order, from where the page before ended. */
function rowsWalkSql(values: Values, { rows, descending }: RowsWalk, span: PageSpan | undefined): string {
  const column = sortColumn[rows.table]
  const [from] = span?.after?.values ?? []
  const up = descending === (span?.backward ?? false)
  const also = rows.table === 'quantity' ? ['v.context = 0'] : []
  const parts = rows.ranges.map(range => {
    const bounds = typeof from === 'string' ? [`v.${column} ${up ? '>=' : '<='} ${values.add(from)}`] : []
    const where = ['v.tenant = $1', rangeSql(values, rows.table, range), ...also, ...bounds].join(' and ')
    const all = rows.table === 'string' ? '' : ', v.high'
    return `select v.${column} as s, v.rid, v.param${all} from hub.${rows.table} v where ${where}`
  })
  return `(${parts.join(' union all ')}) d`
}

/** Of several values of a resource the one counts that the order comes to first. */
function dedupe({ rows, descending }: RowsWalk): readonly string[] {
  if (rows.single) return []
  const column = sortColumn[rows.table]
  const op = descending ? '>' : '<'
  const also = rows.table === 'quantity' ? ' and v.context = 0' : ''
  const before = rows.table === 'string' ? `v.${column} ${op} d.s` : `(v.${column}, v.high) ${op} (d.s, d.high)`
  return [
    `coalesce((select false from hub.${rows.table} v where v.tenant = $1 and v.rid = d.rid and v.param = d.param${also} and ${before} limit 1), true)`,
  ]
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
