import type { Condition } from './condition.ts'
import type { TypeSearch } from './fetch-matches.ts'
import type { Order } from './order.ts'
import { planSearch } from './plan.ts'
import type { SearchScope } from './scope.ts'
import { typeStatisticsOf } from './statistics.ts'

/** Fewer resources are sorted by anything in no time. */
const rowsMin = 5_000

/** A search that finds and sorts its matches for less keeps the usual order. Microseconds. */
const cheapEnough = 15_000

/**
 * A broad search by date, without an order of its own, goes along the dates. In the order of creation it might walk past
 * everything that is older first: what is new has been created late. Undefined: the usual order.
 */
export async function chooseOrder(
  scope: SearchScope,
  searches: readonly TypeSearch[],
  order: Order,
): Promise<Order | undefined> {
  const [only] = searches
  if (order.keys.length > 0 || searches.length !== 1 || only === undefined) return undefined
  const code = rangeOf(only.condition)
  if (code === undefined) return undefined
  const { rows } = await typeStatisticsOf(scope, only.type)
  if (rows < rowsMin) return undefined
  const plan = await planSearch(scope, only.type, only.condition, { order, limit: undefined })
  if (plan.driver.kind !== 'all' && plan.cost < cheapEnough) return undefined
  return { keys: [{ code, type: 'date', descending: false }], descending: false }
}

/** The date that a search is bounded by. */
function rangeOf(condition: Condition): string | undefined {
  const parts = condition.kind === 'and' ? condition.parts : [condition]
  for (const part of parts) if (part.kind === 'rows' && part.table === 'date' && part.single) return part.code
  return parts.some(part => part.kind === 'updated') ? '_lastUpdated' : undefined
}
