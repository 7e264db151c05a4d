import type { IndexValue, SearchIndex } from './index-value.ts'
import type { MatchPorts } from './match-ports.ts'
import { matchValue } from './match-value.ts'
import type { ChainCriterion, Criterion, HasCriterion, ParameterCriterion, SearchQuery } from './query.ts'

/**
 * Whether a resource is found by a search: `undefined` when that hangs on a port that is absent or does not know. Paging
 * and what is included are not looked at. Serves subscriptions, and tests what a database answers.
 */
export function matchesSearch(query: SearchQuery, resource: SearchIndex, ports: MatchPorts = {}): boolean | undefined {
  if (query.resourceTypes.length > 0 && !query.resourceTypes.includes(resource.resourceType)) return false
  return all(query.criteria, criterion => matchesCriterion(criterion, resource, ports))
}

const NONE: readonly IndexValue[] = []

/** Whether one condition holds for a resource. */
export function matchesCriterion(criterion: Criterion, resource: SearchIndex, ports: MatchPorts): boolean | undefined {
  switch (criterion.kind) {
    case 'parameter':
      return matchesParameter(criterion, resource, ports)
    case 'missing':
      return resource.values.has(criterion.parameter.code) !== criterion.missing
    case 'chain':
      return matchesChain(criterion, resource, ports)
    case 'has':
      return matchesHas(criterion, resource, ports)
    case 'fulltext':
      return any(criterion.values, words => ports.hasWords?.(resource, criterion.scope, words))
    case 'list':
      return any(criterion.lists, list => ports.inList?.(resource, list))
    case 'filter':
      return matchesCriterion(criterion.criterion, resource, ports)
    case 'and':
      return all(criterion.criteria, each => matchesCriterion(each, resource, ports))
    case 'or':
      return any(criterion.criteria, each => matchesCriterion(each, resource, ports))
    case 'not':
      return not(matchesCriterion(criterion.criterion, resource, ports))
  }
}

/** `:not` and `:not-in` find what has none of the values, also what has nothing at all (R4 search.html#modifiers). */
function matchesParameter(
  criterion: ParameterCriterion,
  resource: SearchIndex,
  ports: MatchPorts,
): boolean | undefined {
  const values = resource.values.get(criterion.parameter.code) ?? NONE
  const { modifier } = criterion
  const positive = modifier === 'not' ? undefined : modifier === 'not-in' ? 'in' : modifier
  const found = any(criterion.values, wanted => any(values, value => matchValue(value, wanted, positive, ports)))
  return modifier === 'not' || modifier === 'not-in' ? not(found) : found
}

function matchesChain(criterion: ChainCriterion, resource: SearchIndex, ports: MatchPorts): boolean | undefined {
  const values = resource.values.get(criterion.parameter.code) ?? NONE
  return any(values, value => {
    if (value.type !== 'reference') return false
    if (value.targetType !== undefined && !criterion.targets.some(each => each.resourceType === value.targetType))
      return false
    const target = ports.target?.(value)
    if (target === undefined) return undefined
    const meant =
      target === null ? undefined : criterion.targets.find(each => each.resourceType === target.resourceType)
    return target === null || meant === undefined ? false : matchesCriterion(meant.criterion, target, ports)
  })
}

function matchesHas(criterion: HasCriterion, resource: SearchIndex, ports: MatchPorts): boolean | undefined {
  const referrers = ports.referrers?.(criterion.resourceType, criterion.parameter.code, resource)
  if (referrers === undefined) return undefined
  return any(referrers, referrer => matchesCriterion(criterion.criterion, referrer, ports))
}

function not(value: boolean | undefined): boolean | undefined {
  return value === undefined ? undefined : !value
}

function any<T>(items: readonly T[], test: (item: T) => boolean | undefined): boolean | undefined {
  let unknown = false
  for (const item of items) {
    const result = test(item)
    if (result === true) return true
    if (result === undefined) unknown = true
  }
  return unknown ? undefined : false
}

function all<T>(items: readonly T[], test: (item: T) => boolean | undefined): boolean | undefined {
  return not(any(items, item => not(test(item))))
}
