import type { Key } from '../storage/keys.ts'
import type { Position } from './cursor.ts'
import { driverSql, matchedSql, whereSql } from './driver-sql.ts'
import { hasNulls, type Order, type OrderKey, sortExpression, sortType } from './order.ts'
import type { Plan } from './plan.ts'
import { filterSql, Values } from './render-sql.ts'
import type { Statement } from './run-statement.ts'
import type { SearchScope } from './scope.ts'
import { walkStatement } from './walk-statement.ts'

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
  if (plan.driver.kind === 'rows-walk') return walkStatement(scope, type, plan, plan.driver, span)
  const values = new Values(scope.context.store.tenant)
  const { order, after, backward, limit } = span
  const source = driverSql(values, type, plan.driver, span)
  const filters = plan.filters.map(filter => filterSql(values, filter, 'r'))
  // Of what came in its order the planner knows that order.
  const first = (plan.driver.kind === 'tokens' || plan.driver.kind === 'rows') && plan.driver.lazy === true ? 'd' : 'r'
  const sorts = order.keys.map(key => sortExpression(scope.context, values, type, key, first))
  const bounds = after === undefined ? [] : [keyset(values, order, after, backward)]
  const columns = sorts.map((sql, index) => `, ${sql} as s${index}`).join('')
  const texts = sorts.map((_, index) => `q.s${index}::text`).join(', ')
  const directions = order.keys.map((key, index) => direction(key, `q.s${index}`, backward))
  const last = `q.rid${order.descending === backward ? '' : ' desc'}`
  const text = `select q.rid, q.id, q.version, q.at, q.content, array[${texts}]::text[] as sorted
    from (select ${first}.rid, r.id, r.version, r.at, r.content${columns} from ${source.from}
          ${whereSql([...source.where, ...filters])}) q
    ${whereSql(bounds)} order by ${[...directions, last].join(', ')} limit ${values.add(limit)}`
  return { text, values: values.list }
}

/** How many match: counted up to a limit. */
export function countStatement(scope: SearchScope, type: string, plan: Plan, limit: number): Statement {
  const values = new Values(scope.context.store.tenant)
  const matched = matchedSql(values, type, plan, '1')
  return { text: `select count(*)::int as count from (${matched} limit ${values.add(limit)}) q`, values: values.list }
}

/** Keys of what matches. */
export function keysStatement(scope: SearchScope, type: string, plan: Plan, limit: number): Statement {
  const values = new Values(scope.context.store.tenant)
  const matched = matchedSql(values, type, plan, 'r.key::text as key')
  return { text: `${matched} limit ${values.add(limit)}`, values: values.list }
}

/** How many match, up to a limit, and the keys of what they refer to by a parameter. */
export function referencesStatement(
  scope: SearchScope,
  type: string,
  plan: Plan,
  param: Key,
  limit: number,
): Statement {
  const values = new Values(scope.context.store.tenant)
  const matched = matchedSql(values, type, plan, 'r.refs')
  const text = `with m as materialized (${matched} limit ${values.add(limit)})
    select (select count(*)::int from m) as count,
           array(select distinct m.refs[i + 1]::text from m cross join lateral generate_subscripts(m.refs, 1) i
                  where i % 2 = 1 and m.refs[i] = ${values.add(param)}) as keys`
  return { text, values: values.list }
}

function direction(key: OrderKey, column: string, backward: boolean): string {
  const down = key.descending !== backward
  // Indexes are read as they stand; where nothing is null, nothing need be said of it.
  if (!hasNulls(key)) return `${column}${down ? ' desc' : ''}`
  return `${column}${down ? ' desc' : ''} nulls ${backward ? 'first' : 'last'}`
}

/** What comes after a position: greater in the first key that differs; nulls are last. */
function keyset(values: Values, order: Order, after: Position, backward: boolean): string {
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
    const nulls = !backward && hasNulls(key) ? ` or ${column} is null` : ''
    return `(${beyond}${nulls} or (${column} = ${at} and ${rest}))`
  }, rid)
}
