import { resourceTable } from '../storage/resource-table.ts'
import type { RowRange } from './condition.ts'
import type { Position } from './cursor.ts'
import { lateral, ownSql, whereSql } from './driver-sql.ts'
import { sortType } from './order.ts'
import type { Driver, Plan } from './plan.ts'
import { filterSql, rangeSql, Values } from './render-sql.ts'
import type { Statement } from './run-statement.ts'
import type { SearchScope } from './scope.ts'
import type { PageSpan } from './statement.ts'

export type RowsWalk = Driver & { readonly kind: 'rows-walk' }

const sortColumn = { date: 'low', quantity: 'low', string: 'value', position: 'latitude' } as const

/**
 * One page along the values of a narrow table, each range by itself: values in their order behind a fence, their resources
 * looked up one after the other until the page is full. In one piece the planner would look up everything and then sort.
 */
export function walkStatement(scope: SearchScope, type: string, plan: Plan, walk: RowsWalk, span: PageSpan): Statement {
  const values = new Values(scope.context.store.tenant)
  const down = walk.descending !== span.backward ? ' desc' : ''
  const limit = values.add(span.limit)
  const branches = walk.rows.ranges.map(range => branchSql(values, type, plan, { walk, range, span, down, limit }))
  const [only] = branches
  if (branches.length === 1 && only !== undefined) return { text: only, values: values.list }
  const union = branches.map(branch => `(${branch})`).join(' union all ')
  const text = `select rid, id, version, at, content, sorted from (${union}) q order by s0${down}, rid${down} limit ${limit}`
  return { text, values: values.list }
}

type Branch = {
  readonly walk: RowsWalk
  readonly range: RowRange
  readonly span: PageSpan
  readonly down: string
  readonly limit: string
}

function branchSql(values: Values, type: string, plan: Plan, branch: Branch): string {
  const { walk, span, down, limit } = branch
  const { after } = span
  const filters = [...dedupe(walk), ...plan.filters.map(filter => filterSql(values, filter, 'r'))]
  const bounds = after === undefined ? [] : [keysetSql(values, after, span)]
  return `select q.rid, q.id, q.version, q.at, q.content, array[q.s0::text] as sorted, q.s0
    from (select d.rid, r.id, r.version, r.at, r.content, d.s as s0 from (${valuesSql(values, branch)}) d
          ${lateral(resourceTable(type), ownSql(type))} ${whereSql(filters)}) q
    ${whereSql(bounds)} order by q.s0${down}, q.rid${down} limit ${limit}`
}

/** Values in their order, from where the page before ended. */
function valuesSql(values: Values, { walk: { rows }, range, span, down }: Branch): string {
  const column = sortColumn[rows.table]
  const from = span.after?.values[0]
  const tests = [
    'v.tenant = $1',
    rangeSql(values, rows.table, range),
    ...(typeof from === 'string' ? [`v.${column} ${down === '' ? '>=' : '<='} ${values.add(from)}`] : []),
  ]
  const high = rows.table === 'string' ? '' : ', v.high'
  return `select v.${column} as s, v.rid, v.param${high} from hub.${rows.table} v where ${tests.join(' and ')}
    order by v.${column}${down}, v.rid${down} offset 0`
}

/** Of several values of a resource the one counts that the order comes to first. */
function dedupe({ rows, descending }: RowsWalk): readonly string[] {
  if (rows.single) return []
  const op = descending ? '>' : '<'
  const before =
    rows.table === 'string' ? `v.value ${op} d.s` : `(v.${sortColumn[rows.table]}, v.high) ${op} (d.s, d.high)`
  return [
    `coalesce((select false from hub.${rows.table} v where v.tenant = $1 and v.rid = d.rid and v.param = d.param and ${before} limit 1), true)`,
  ]
}

/** Nothing is null here: what has no value is not in the table. */
function keysetSql(values: Values, { values: [value], rid }: Position, { order, backward }: PageSpan): string {
  const [key] = order.keys
  const op = order.descending === backward ? '>' : '<'
  if (key === undefined || value === undefined || value === null) throw new Error('no value to go on from')
  return `(q.s0, q.rid) ${op} (${values.add(value)}::${sortType(key)}, ${values.add(rid)})`
}
