import type { Criterion, SearchQuery } from '@samband/fhir/search'
import type { AccessKind } from '../access/caller.ts'
import type { ResourceName } from '../storage/stored.ts'
import { compileCriterion, compileExactly, isComparable } from './compile-criterion.ts'
import { and, type Condition } from './condition.ts'
import type { TypeSearch } from './fetch-matches.ts'
import { impliedCriteria } from './implied-criteria.ts'
import type { SearchScope } from './scope.ts'
import { typesWithRows } from './types-with-rows.ts'
import { pageVisibility } from './visibility-criteria.ts'

/** What a search asks of each type that it is about and that the caller may see any of. */
export async function compileSearch(
  scope: SearchScope,
  query: SearchQuery,
  kind: AccessKind,
  compartment?: ResourceName,
): Promise<readonly TypeSearch[]> {
  const types = query.resourceTypes.length > 0 ? query.resourceTypes : await typesWithRows(scope)
  const searches: TypeSearch[] = []
  for (const type of types) {
    const found = await compileType(scope, type, query.criteria, kind, compartment)
    if (found.condition.kind !== 'never') searches.push(found)
  }
  return searches
}

async function compileType(
  scope: SearchScope,
  type: string,
  criteria: readonly Criterion[],
  kind: AccessKind,
  compartment: ResourceName | undefined,
): Promise<TypeSearch> {
  const visible = await pageVisibility(scope, kind, type)
  if (visible.condition.kind === 'never') return { type, condition: visible.condition, compared: [] }
  const conditions: Condition[] = [visible.condition]
  const compared: Criterion[] = []
  if (compartment !== undefined) {
    const { keys } = scope.context.store
    const own = keys.compartment(compartment.type, keys.resource(compartment.type, compartment.id))
    conditions.push({ kind: 'tokens', keys: [own] })
  }
  for (const criterion of criteria) {
    if (!isComparable(criterion)) {
      conditions.push(await compileExactly(scope, type, criterion))
      continue
    }
    const { condition, exact } = await compileCriterion(scope, type, criterion)
    conditions.push(condition)
    if (!exact) compared.push(criterion)
  }
  // Their answer is part of the others': there is nothing to compare.
  for (const criterion of impliedCriteria(type, criteria)) {
    conditions.push((await compileCriterion(scope, type, criterion)).condition)
  }
  return { type, condition: and(conditions), compared, see: visible.see }
}
