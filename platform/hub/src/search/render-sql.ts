import { plainArray, textArray } from '../storage/array-literal.ts'
import { instant } from '../storage/write-rows.ts'
import { resourceTable } from '../storage/resource-table.ts'
import { matchedSql } from './driver-sql.ts'
import type { Condition, NarrowTable, RowRange, RowsCondition, RowTest } from './condition.ts'
import { wideDateMs } from './range-criteria.ts'

/** Parameters of a statement under construction; the first is always the tenant. */
export class Values {
  readonly list: unknown[]

  constructor(tenant: number) {
    this.list = [tenant]
  }

  /** The place of a value in the statement: '$3'. */
  add(value: unknown): string {
    this.list.push(value)
    return `$${this.list.length}`
  }
}

/**
 * A condition on the resource row `r` as something that is asked of each row: functions instead of operators for tokens, and
 * scalar subqueries instead of `exists`, which the planner could neither turn into a scan of an index of tokens nor into a
 * join. Which index is used is decided in plan.ts.
 */
export function filterSql(values: Values, condition: Condition, r: string): string {
  switch (condition.kind) {
    case 'always':
      return 'true'
    case 'never':
      return 'false'
    case 'tokens':
      return `arraycontains(${r}.tokens, ${values.add(plainArray(condition.keys))}::int8[])`
    case 'any-token':
      return `arrayoverlap(${r}.tokens, ${values.add(plainArray(condition.keys))}::int8[])`
    case 'rows':
      return rowsFilter(values, condition, r)
    case 'ids':
      return `${r}.id = any(${values.add(textArray(condition.ids))}::text[])`
    case 'keys':
      return `${r}.key = any(${values.add(plainArray(condition.keys))}::int8[])`
    case 'rids':
      return `${r}.rid = any(${values.add(plainArray(condition.rids))}::int8[])`
    case 'updated':
      return alternatives(
        condition.alternatives.map(tests => tests.map(test => testSql(values, test, r)).join(' and ')),
      )
    case 'refers':
      return refersFilter(values, condition, r)
    case 'referred':
      return referredFilter(values, condition, r)
    case 'and':
      return condition.parts.map(part => filterSql(values, part, r)).join(' and ')
    case 'or':
      return alternatives(condition.parts.map(part => filterSql(values, part, r)))
    case 'not':
      return `not (${filterSql(values, condition.part, r)})`
  }
}

function alternatives(parts: readonly string[]): string {
  return parts.length === 0 ? 'false' : `(${parts.map(part => `(${part})`).join(' or ')})`
}

function rowsFilter(values: Values, { table, ranges }: RowsCondition, r: string): string {
  const tests = ranges.map(range => rangeSql(values, table, range))
  return `coalesce((select true from hub.${table} v where v.tenant = $1 and v.rid = ${r}.rid and ${alternatives(tests)} limit 1), false)`
}

/** A range of a narrow table, whose alias is `v`. */
export function rangeSql(values: Values, table: NarrowTable, { param, tests, wide }: RowRange): string {
  return [
    `v.param = ${values.add(param)}`,
    ...tests.map(test => testSql(values, test, 'v')),
    ...(wide === undefined ? [] : [wideSql(table, wide)]),
  ].join(' and ')
}

/** The predicates of the partial indexes, and their opposites. */
function wideSql(table: NarrowTable, wide: boolean): string {
  if (table === 'date') return wide ? `v.high > v.low + ${wideDateMs}` : `v.high <= v.low + ${wideDateMs}`
  return wide ? 'v.high > v.low' : 'v.high = v.low'
}

function testSql(values: Values, { column, op, value, place }: RowTest, alias: string): string {
  if (column === 'length') return `length(${alias}.value) ${op} ${values.add(value)}`
  if (column === 'distance' && place !== undefined) {
    return `${distanceSql(values, place, alias)} ${op} ${values.add(value)}`
  }
  return `${alias}.${column} ${op} ${values.add(typeof value === 'number' ? numberText(column, value) : value)}`
}

/** Instants are integers with ends; everything else is a double as JavaScript writes it. */
function numberText(column: RowTest['column'], value: number): string {
  return column === 'at' || (Number.isInteger(value) && Math.abs(value) > 1e15) ? instant(value) : String(value)
}

/** Great-circle distance in km on the matcher's sphere (haversine). */
function distanceSql(
  values: Values,
  { latitude, longitude }: { readonly latitude: number; readonly longitude: number },
  v: string,
): string {
  const lat = `${values.add(latitude)}::float8`
  const lon = `${values.add(longitude)}::float8`
  return `2 * 6371.0088 * asin(least(1, sqrt(
    power(sin(radians(${lat} - ${v}.latitude) / 2), 2)
    + cos(radians(${v}.latitude)) * cos(radians(${lat})) * power(sin(radians(${lon} - ${v}.longitude) / 2), 2))))`
}

function refersFilter(values: Values, condition: Condition & { readonly kind: 'refers' }, r: string): string {
  const param = values.add(condition.param)
  const found = condition.targets.map(({ type, condition: inner, gathered }) => {
    if (gathered !== undefined) {
      // Uncorrelated, and not a bare `in`, which would become a join: the keys are gathered once, into a hash table.
      return `coalesce((select true from generate_subscripts(${r}.refs, 1) i where i % 2 = 1 and ${r}.refs[i] = ${param}
        and coalesce(${r}.refs[i + 1] in (${matchedSql(values, type, gathered, 'r.key')}), false) limit 1), false)`
    }
    const p = `p${values.list.length}`
    return `coalesce((select true from generate_subscripts(${r}.refs, 1) i
      cross join lateral (select ${p}.* from ${resourceTable(type)} ${p} where ${p}.tenant = $1 and ${p}.key = ${r}.refs[i + 1] and not ${p}.deleted offset 0) ${p}
      where i % 2 = 1 and ${r}.refs[i] = ${param} and ${filterSql(values, inner, p)} limit 1), false)`
  })
  return alternatives(found)
}

function referredFilter(values: Values, condition: Condition & { readonly kind: 'referred' }, r: string): string {
  const p = `p${values.list.length}`
  if (condition.gathered !== undefined) {
    const param = values.add(condition.param)
    const refs = matchedSql(values, condition.type, condition.gathered, 'r.refs')
    // Not a bare `in`, which the planner would make a join of.
    return `coalesce(${r}.key in (select k.refs[i + 1] from (${refs}) k
      cross join lateral generate_subscripts(k.refs, 1) i where i % 2 = 1 and k.refs[i] = ${param}), false)`
  }
  const tokens = `array[${values.add(condition.param)}::int8 # ${r}.key]`
  // Sorted, so that the planner does not hope to meet one early in a scan of the table.
  return `coalesce((select true from (select ${p}.* from ${resourceTable(condition.type)} ${p}
    where ${p}.tenant = $1 and ${p}.tokens @> ${tokens} and not ${p}.deleted offset 0) ${p}
    where ${filterSql(values, condition.condition, p)} order by ${p}.rid limit 1), false)`
}
