import type { Match, Span } from './fetch-matches.ts'
import { type OrderKey, sortType } from './order.ts'

/** Matches of several types in one order. */
export function mergeMatches(found: readonly (readonly Match[])[], span: Span): readonly Match[] {
  const [only] = found
  if (found.length <= 1) return only ?? []
  return found
    .flat()
    .toSorted((one, other) => compareMatches(one, other, span))
    .slice(0, span.limit)
}

function compareMatches(one: Match, other: Match, { order, backward }: Span): number {
  for (const [index, key] of order.keys.entries()) {
    const difference = compareValues(key, one.position.values[index] ?? null, other.position.values[index] ?? null)
    if (difference !== 0) return backward ? -difference : difference
  }
  const difference = one.position.rid - other.position.rid
  return order.descending === backward ? difference : -difference
}

/** Nulls last, in both directions. */
function compareValues(key: OrderKey, one: string | null, other: string | null): number {
  if (one === null || other === null) return one === other ? 0 : one === null ? 1 : -1
  const difference =
    sortType(key) === 'text' ? Buffer.compare(Buffer.from(one), Buffer.from(other)) : compareNumbers(one, other)
  return key.descending ? -difference : difference
}

function compareNumbers(one: string, other: string): number {
  const difference = Number(one) - Number(other)
  // Open ends are infinite in one table and the ends of int8 in the other: equal ones have no difference.
  return Number.isNaN(difference) ? 0 : difference
}
