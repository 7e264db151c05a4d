import { plainArray, textArray } from '../storage/array-literal.ts'
import { resourceTable } from '../storage/resource-table.ts'
import type { Condition, RowsCondition } from './condition.ts'
import type { Position } from './cursor.ts'
import { hasNulls, type Order, type OrderKey, sortExpression, sortType } from './order.ts'
import type { Driver, Plan } from './plan.ts'
import { filterSql, rangeSql, Values } from './render-sql.ts'
import type { Statement } from './run-statement.ts'
import type { SearchScope } from './scope.ts'

export type PageRow = {
  readonly rid: number
  readonly id: string
  readonly version: number
  readonly at: number
  readonly content: string
  readonly sorted: readonly (string | null)[]
}

export type PageSpan = {
  readonly order: Order
  readonly after?: Position | undefined
  readonly backward: boolean
  readonly limit: number
}

/** The statement of one page of one type: plan.ts says from where its rows come, here is how that is written. */
export function pageStatement(scope: SearchScope, type: string, plan: Plan, span: PageSpan): Statement {
  const values = new Values(scope.context.store.tenant)
  const { order, after, backward, limit } = span
  const walked = plan.driver.kind === 'rows-walk'
  const source = driverSql(values, type, plan.driver, span)
  const filters = plan.filters.map(filter => filterSql(values, filter, 'r'))
  const sorts = order.keys.map((key, index) =>
    walked && index === 0 ? 'd.s' : sortExpression(scope.context, values, type, key, 'r'),
  )
  const bounds = after === undefined ? [] : [keyset(values, order, after, backward, walked)]
  const columns = sorts.map((sql, index) => `, ${sql} as s${index}`).join('')
  const texts = sorts.map((_, index) => `q.s${index}::text`).join(', ')
  const directions = order.keys.map((key, index) => direction(key, `q.s${index}`, backward, walked))
  const last = `q.rid${order.descending === backward ? '' : ' desc'}`
  const text = `select q.rid, q.id, q.version, q.at, q.content, array[${texts}]::text[] as sorted
    from (select ${walked ? 'd.rid' : 'r.rid'}, r.id, r.version, r.at, r.content${columns} from ${source.from}
          ${whereSql([...source.where, ...filters])}) q
    ${whereSql(bounds)} order by ${[...directions, last].join(', ')} limit ${values.add(limit)}`
  return { text, values: values.list }
}

/** How many match: counted up to a limit. */
export function countStatement(scope: SearchScope, type: string, plan: Plan, limit: number): Statement {
  const values = new Values(scope.context.store.tenant)
  const source = driverSql(values, type, plan.driver, undefined)
  const filters = plan.filters.map(filter => filterSql(values, filter, 'r'))
  const text = `select count(*)::int as count from (select 1 from ${source.from} ${whereSql([...source.where, ...filters])} limit ${values.add(limit)}) q`
  return { text, values: values.list }
}

/** Keys of what matches, or what it refers to. */
export function keysStatement(scope: SearchScope, type: string, plan: Plan, columns: string, limit: number): Statement {
  const values = new Values(scope.context.store.tenant)
  const source = driverSql(values, type, plan.driver, undefined)
  const filters = plan.filters.map(filter => filterSql(values, filter, 'r'))
  const text = `select ${columns} from ${source.from} ${whereSql([...source.where, ...filters])} limit ${values.add(limit)}`
  return { text, values: values.list }
}

function whereSql(parts: readonly string[]): string {
  return parts.length === 0 ? '' : `where ${parts.join(' and ')}`
}

type Source = { readonly from: string; readonly where: readonly string[] }

/**
 * Where rows `r` come from. `offset 0` is a fence: what is inside is done as it stands there, whatever the planner believes
 * of the conditions outside.
 */
function driverSql(values: Values, type: string, driver: Driver, span: PageSpan | undefined): Source {
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

function direction(key: OrderKey, column: string, backward: boolean, walked: boolean): string {
  const down = key.descending !== backward
  // Indexes are read as they stand; where nothing is null, nothing need be said of it.
  if (walked || !hasNulls(key)) return `${column}${down ? ' desc' : ''}`
  return `${column}${down ? ' desc' : ''} nulls ${backward ? 'first' : 'last'}`
}

/** What comes after a position: greater in the first key that differs; nulls are last. */
function keyset(values: Values, order: Order, after: Position, backward: boolean, walked: boolean): string {
  const rid = `q.rid ${order.descending === backward ? '>' : '<'} ${values.add(after.rid)}`
  return order.keys.reduceRight((rest, key, index) => {
    const column = `q.s${index}`
    const value = after.values[index] ?? null
    if (value === null) {
      return backward ? `(${column} is not null or (${column} is null and ${rest}))` : `(${column} is null and ${rest})`
    }
    const at = `${values.add(value)}::${sortType(key)}`
    const op = key.descending === backward ? '>' : '<'
    const beyond = `${column} ${op} ${at}`
    const nulls = !backward && !walked && hasNulls(key) ? ` or ${column} is null` : ''
    return `(${beyond}${nulls} or (${column} = ${at} and ${rest}))`
  }, rid)
}
