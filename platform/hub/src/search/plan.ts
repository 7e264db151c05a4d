import type { Condition, RowRange, RowsCondition } from './condition.ts'
import { isColumn, type Order } from './order.ts'
import { rangeSql, Values } from './render-sql.ts'
import type { SearchScope } from './scope.ts'
import { typeStatisticsOf, type TypeStatistics } from './statistics.ts'

/**
 * From where a search's rows come. README.md has the table of query shapes and what each becomes.
 *
 * - tokens: the index of tokens gives all that have them; they are filtered and sorted. For what is rare.
 * - named: rows by id, key or rid.
 * - rows: a range of a narrow table gives rids, whose resources are looked up, filtered and sorted. For what is rare.
 * - walk: resources in their order, each asked whether it fits, until the page is full. For what is frequent. With a window
 *   it gives up after so many, and the search goes on with `otherwise`: what is frequent may lie far away.
 * - rows-walk: values of a narrow table in their order. For `_sort` by a date, number or string, and broad ranges of dates.
 * - lazy: rids are sorted before their resources are looked at, one by one until the page is full: for an order that needs
 *   no look at them, where each look costs.
 * - all: everything of the type, filtered and sorted.
 */
export type Driver =
  | { readonly kind: 'tokens'; readonly conditions: readonly Condition[]; readonly lazy?: boolean }
  | { readonly kind: 'named'; readonly condition: Condition }
  | { readonly kind: 'rows'; readonly rows: RowsCondition; readonly lazy?: boolean }
  | { readonly kind: 'walk'; readonly window?: number }
  | { readonly kind: 'rows-walk'; readonly rows: RowsCondition; readonly descending: boolean }
  | { readonly kind: 'all' }

export type Plan = {
  readonly driver: Driver
  /** What the driver has not seen to. */
  readonly filters: readonly Condition[]
  /** Microseconds, roughly: to choose by. */
  readonly cost: number
  /** When a walk's window did not fill the page. */
  readonly otherwise?: Plan
}

/** Measured on one machine with a warm cache; only their proportions matter. Microseconds a row. */
const perRow = { tokens: 8, named: 10, rows: 12, walk: 4, rowsWalk: 12, all: 8, test: 1, lookup: 7, link: 25 } as const

/** Rows of a range that are counted before it is used; with more it counts as broad. */
export const probeMax = 3_000

/** Below this a search is not worth a look at the ranges. Microseconds. */
const cheapEnough = 2_500

/** Rows that a walk looks at at least before it gives up. */
const windowMin = 10_000

/** A token that more have is not looked up beside one that is rarer: its list is longer than the rows that it spares. */
const indexedFrequencyMax = 0.1

const defaultShare = 0.3

export type PlanRequest = {
  readonly order: Order
  /** Rows that are wanted; undefined: all (counts, keys). */
  readonly limit: number | undefined
}

/** How a condition on a type is run. Asks the database only where the statistics leave doubt. */
export async function planSearch(
  scope: SearchScope,
  type: string,
  condition: Condition,
  request: PlanRequest,
): Promise<Plan> {
  const { plans, share, rows } = await candidatePlans(scope, type, condition, request)
  const best = plans.reduce((one, other) => (other.cost < one.cost ? other : one))
  return withWindow(best, plans, request.limit, share, rows)
}

/** Every way to run it, each of which finds the same. */
export async function candidatePlans(
  scope: SearchScope,
  type: string,
  condition: Condition,
  { order, limit }: PlanRequest,
): Promise<{ readonly plans: readonly Plan[]; readonly share: number; readonly rows: number }> {
  const statistics = await typeStatisticsOf(scope, type)
  const parts = mergeRows(condition.kind === 'and' ? condition.parts : condition.kind === 'always' ? [] : [condition])
  const plans = [namedPlan(parts), tokensPlan(parts, statistics, order, limit)].filter(plan => plan !== undefined)
  const known = Math.min(...plans.map(({ cost }) => cost))
  const probed = known > cheapEnough ? await probeRows(scope, parts) : new Map<Condition, number>()
  for (const [part, rows] of probed)
    if (rows <= probeMax) plans.push(rowsPlan(parts, part, rows, statistics, order, limit))
  const share = parts.reduce((product, part) => product * shareOf(part, statistics, probed), 1)
  const walk = limit === undefined ? undefined : walkPlan(scope, type, parts, order, limit, share, statistics)
  if (walk !== undefined) plans.push(walk)
  plans.push(allPlan(parts, statistics))
  return { plans, share, rows: statistics.rows }
}

/** Conditions on the one value of a parameter are one range. */
function mergeRows(parts: readonly Condition[]): readonly Condition[] {
  const merged: Condition[] = []
  for (const part of parts) {
    const index = merged.findIndex(
      other => part.kind === 'rows' && part.single && other.kind === 'rows' && other.single && other.code === part.code,
    )
    const other = merged[index]
    if (part.kind !== 'rows' || other?.kind !== 'rows') merged.push(part)
    else merged[index] = { ...part, ranges: crossed(other.ranges, part.ranges) }
  }
  return merged
}

function crossed(some: readonly RowRange[], others: readonly RowRange[]): readonly RowRange[] {
  return some.flatMap(one =>
    others.flatMap((other): readonly RowRange[] => {
      if (one.param !== other.param) return []
      if (one.wide !== undefined && other.wide !== undefined && one.wide !== other.wide) return []
      const wide = one.wide ?? other.wide
      return [{ param: one.param, tests: [...one.tests, ...other.tests], ...(wide === undefined ? {} : { wide }) }]
    }),
  )
}

function without(parts: readonly Condition[], ...used: readonly Condition[]): readonly Condition[] {
  return parts.filter(part => !used.includes(part))
}

function filterCost(parts: readonly Condition[]): number {
  return parts.reduce((sum, part) => sum + costOf(part), 0)
}

function costOf(part: Condition): number {
  switch (part.kind) {
    case 'rows':
      return perRow.lookup
    case 'refers':
      return part.targets.every(({ gathered }) => gathered !== undefined) ? perRow.test : perRow.link
    case 'referred':
      return part.gathered === undefined ? perRow.link : perRow.test
    case 'and':
    case 'or':
      return filterCost(part.parts)
    case 'not':
      return costOf(part.part)
    case 'any-token':
    case 'keys':
    case 'rids':
      return perRow.test * (1 + (part.kind === 'rids' ? part.rids : part.keys).length / 8)
    default:
      return perRow.test
  }
}

function namedPlan(parts: readonly Condition[]): Plan | undefined {
  const named = parts
    .filter(part => part.kind === 'ids' || part.kind === 'keys' || part.kind === 'rids')
    .toSorted((one, other) => countOf(one) - countOf(other))[0]
  if (named === undefined) return undefined
  const filters = without(parts, named)
  return {
    driver: { kind: 'named', condition: named },
    filters,
    cost: countOf(named) * (perRow.named + filterCost(filters)),
  }
}

function countOf(part: Condition): number {
  if (part.kind === 'ids') return part.ids.length
  if (part.kind === 'keys') return part.keys.length
  return part.kind === 'rids' ? part.rids.length : 0
}

/** The rarest token and those that are not much more frequent; the others are asked of each row. */
function tokensPlan(
  parts: readonly Condition[],
  statistics: TypeStatistics,
  order: Order,
  limit: number | undefined,
): Plan | undefined {
  const single = parts.flatMap(part => (part.kind === 'tokens' ? part.keys : []))
  const groups = [
    ...single.map(key => ({
      part: { kind: 'tokens', keys: [key] } as Condition,
      frequency: statistics.frequency(key),
    })),
    ...parts.flatMap(part => (part.kind === 'any-token' ? [{ part, frequency: shareOf(part, statistics) }] : [])),
  ].toSorted((one, other) => one.frequency - other.frequency)
  const [rarest] = groups
  if (rarest === undefined) return undefined
  const indexed = groups.filter((group, index) => index === 0 || group.frequency <= indexedFrequencyMax)
  const asked = groups.filter(group => !indexed.includes(group)).map(({ part }) => part)
  // Conditions go together more often than chance would have it: each further one counts for less.
  const expected = indexed.reduce((rows, { frequency }, index) => rows * frequency ** (1 / 2 ** index), statistics.rows)
  const lists = indexed.reduce((sum, { frequency }) => sum + frequency * statistics.rows, 0)
  const rest = parts.filter(part => part.kind !== 'tokens' && part.kind !== 'any-token')
  const filters = [...mergedTokens(asked), ...rest]
  const conditions = mergedTokens(indexed.map(({ part }) => part))
  const start = 50 + lists * 0.05 + expected * perRow.tokens
  const [key, ...more] = order.keys
  const lazy = (key === undefined || isColumn(key)) && more.length === 0 && filterCost(filters) >= perRow.lookup
  if (!lazy || limit === undefined) {
    return { driver: { kind: 'tokens', conditions }, filters, cost: start + expected * filterCost(filters) }
  }
  const looked = lookedAt(filters, expected, limit, statistics)
  return {
    driver: { kind: 'tokens', conditions, lazy },
    filters,
    cost: start + looked * (perRow.named + filterCost(filters)),
  }
}

/** Rows that are looked at one by one until enough of them pass the filters. */
function lookedAt(filters: readonly Condition[], rows: number, limit: number, statistics: TypeStatistics): number {
  const share = filters.reduce((product, part) => product * shareOf(part, statistics), 1)
  return Math.min(rows, limit / Math.max(share, 1e-9))
}

function mergedTokens(parts: readonly Condition[]): readonly Condition[] {
  const keys = parts.flatMap(part => (part.kind === 'tokens' ? part.keys : []))
  const others = parts.filter(part => part.kind !== 'tokens')
  return keys.length === 0 ? others : [{ kind: 'tokens', keys }, ...others]
}

function rowsPlan(
  parts: readonly Condition[],
  rows: Condition,
  count: number,
  statistics: TypeStatistics,
  order: Order,
  limit: number | undefined,
): Plan {
  if (rows.kind !== 'rows') throw new Error('no rows')
  const filters = without(parts, rows)
  const lazy = order.keys.length === 0 && limit !== undefined
  const looked = lazy ? lookedAt(filters, count, limit, statistics) : count
  const cost = 100 + count * 0.5 + looked * (perRow.rows + filterCost(filters))
  return { driver: { kind: 'rows', rows, ...(lazy ? { lazy } : {}) }, filters, cost }
}

function allPlan(parts: readonly Condition[], { rows }: TypeStatistics): Plan {
  return { driver: { kind: 'all' }, filters: parts, cost: 100 + rows * (perRow.all + filterCost(parts)) }
}

function walkPlan(
  scope: SearchScope,
  type: string,
  parts: readonly Condition[],
  order: Order,
  limit: number,
  share: number,
  { rows }: TypeStatistics,
): Plan | undefined {
  const looked = Math.min(rows, limit / Math.max(share, 1e-9))
  const [key, ...more] = order.keys
  if (key === undefined || (more.length === 0 && isColumn(key))) {
    return { driver: { kind: 'walk' }, filters: parts, cost: 50 + looked * (perRow.walk + filterCost(parts)) }
  }
  if (more.length > 0 || (key.type !== 'date' && key.type !== 'string' && key.type !== 'number')) return undefined
  const table = key.type === 'number' ? 'quantity' : key.type
  const own = parts.find(
    (part): part is RowsCondition =>
      part.kind === 'rows' && part.single && part.code === key.code && part.table === table,
  )
  const param = scope.context.store.keys.param(type, key.code)
  const whole: RowsCondition = { kind: 'rows', table, code: key.code, ranges: [{ param, tests: [] }], single: false }
  const filters = own === undefined ? parts : without(parts, own)
  return {
    driver: { kind: 'rows-walk', rows: own ?? whole, descending: key.descending },
    filters,
    cost: 80 + looked * (perRow.rowsWalk + filterCost(filters)),
  }
}

/** A walk past many rows is bounded: should the rows that fit lie together somewhere else, the next best plan finds them. */
function withWindow(best: Plan, plans: readonly Plan[], limit: number | undefined, share: number, rows: number): Plan {
  if (best.driver.kind !== 'walk' || limit === undefined || best.filters.length === 0) return best
  const window = Math.ceil(Math.max(windowMin, (4 * limit) / Math.max(share, 1e-9)))
  const others = plans.filter(plan => plan !== best && plan.driver.kind !== 'all')
  if (window >= rows || others.length === 0) return best
  const otherwise = others.reduce((one, other) => (other.cost < one.cost ? other : one))
  return { ...best, driver: { kind: 'walk', window }, otherwise }
}

/** The part of a type's resources that a condition leaves, as far as that is known. */
export function shareOf(
  part: Condition,
  statistics: TypeStatistics,
  probed: ReadonlyMap<Condition, number> = new Map(),
): number {
  const rows = Math.max(1, statistics.rows)
  switch (part.kind) {
    case 'always':
      return 1
    case 'never':
      return 0
    case 'tokens':
      return part.keys.reduce((product, key) => product * statistics.frequency(key), 1)
    case 'any-token':
      return Math.min(
        1,
        part.keys.reduce((sum, key) => sum + statistics.frequency(key), 0),
      )
    case 'ids':
    case 'keys':
    case 'rids':
      return Math.min(1, countOf(part) / rows)
    case 'rows': {
      const count = probed.get(part)
      return count === undefined || count > probeMax ? defaultShare : Math.min(1, count / rows)
    }
    case 'updated':
      return defaultShare
    case 'refers':
    case 'referred':
      return part.share
    case 'and':
      return part.parts.reduce((product, each) => product * shareOf(each, statistics, probed), 1)
    case 'or':
      return Math.min(
        1,
        part.parts.reduce((sum, each) => sum + shareOf(each, statistics, probed), 0),
      )
    case 'not':
      return Math.max(0.001, 1 - shareOf(part.part, statistics, probed))
  }
}

/** How many rows each range has, counted up to a bound: histograms cannot tell, since they are of all parameters together. */
async function probeRows(scope: SearchScope, parts: readonly Condition[]): Promise<ReadonlyMap<Condition, number>> {
  const ranges = parts.filter((part): part is RowsCondition => part.kind === 'rows' && isBounded(part))
  const counts = new Map<Condition, number>()
  for (const part of ranges) {
    const key = JSON.stringify([part.table, part.ranges])
    const known = scope.probed.get(key)
    if (known !== undefined) {
      counts.set(part, known)
      continue
    }
    const values = new Values(scope.context.store.tenant)
    const found = part.ranges.map(
      range => `select 1 from hub.${part.table} v where v.tenant = $1 and ${rangeSql(values, part.table, range)}`,
    )
    const [row] = await scope.runner.query<{ count: number }>({
      text: `select count(*)::int as count from (${found.join(' union all ')} limit ${values.add(probeMax + 1)}) v`,
      values: values.list,
    })
    const count = row?.count ?? 0
    scope.probed.set(key, count)
    counts.set(part, count)
  }
  return counts
}

/** Whether an index finds each of the ranges without reading all values of the parameter. */
function isBounded({ ranges }: RowsCondition): boolean {
  return ranges.every(({ tests, wide }) =>
    tests.some(({ column, op }) => {
      if (op === 'like') return false
      return column === 'low' || column === 'value' || column === 'latitude' || (wide === true && column === 'high')
    }),
  )
}
