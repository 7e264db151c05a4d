import { fetchMatches, type TypeSearch } from './fetch-matches.ts'
import { planSearch, shareOf } from './plan.ts'
import type { SearchScope } from './scope.ts'
import { countStatement } from './statement.ts'
import { typeStatisticsOf } from './statistics.ts'

/** Below this an estimate is not worth its doubt: so many are counted. */
const countedAnyway = 1_000

const unordered = { keys: [], descending: false } as const

/**
 * How many resources match. Accurate up to `totalMax`, beyond it and for an estimate of many what the statistics say.
 *
 * @throws HubError `search-too-costly` where counting takes longer than a search may
 */
export async function totalOf(
  scope: SearchScope,
  searches: readonly TypeSearch[],
  kind: 'estimate' | 'accurate',
): Promise<{ readonly count: number; readonly exact: boolean }> {
  let count = 0
  let exact = true
  const max = kind === 'accurate' ? scope.context.limits.totalMax : countedAnyway
  for (const each of searches) {
    const one = await countType(scope, each, max)
    count += one.count
    exact &&= one.exact
  }
  return { count, exact }
}

async function countType(
  scope: SearchScope,
  search: TypeSearch,
  max: number,
): Promise<{ readonly count: number; readonly exact: boolean }> {
  const { type, condition } = search
  const counted = await countUpTo(scope, search, max + 1)
  if (counted <= max) return { count: counted, exact: true }
  const statistics = await typeStatisticsOf(scope, type)
  const parts = condition.kind === 'and' ? condition.parts : [condition]
  const share = parts.reduce((product, part) => product * shareOf(part, statistics), 1)
  return { count: Math.max(counted, Math.round(statistics.rows * share)), exact: false }
}

async function countUpTo(scope: SearchScope, search: TypeSearch, max: number): Promise<number> {
  const { type, condition, compared, see } = search
  if (compared.length > 0 || see !== undefined) {
    const span = { order: unordered, backward: false, limit: max }
    return (await fetchMatches(scope, search, span)).length
  }
  const plan = await planSearch(scope, type, condition, { order: unordered, limit: undefined })
  const [row] = await scope.runner.query<{ count: number }>(countStatement(scope, type, plan, max))
  return row?.count ?? 0
}
