import type { Criterion, Include, SearchQuery } from '@samband/fhir/search'
import type { HubContext } from '../hub-context.ts'
import { HubError, type HubIssue } from '../hub-error.ts'
import type { ParameterState } from './parameter-state.ts'
import { parameterName } from './parameter-state.ts'

type Unready = Map<string, { readonly code: string; readonly state: Exclude<ParameterState, 'ready'> }>

/**
 * A search by a parameter that not all resources are indexed by would find too little: it is refused, and says how far the
 * indexing is. A lenient client's search goes on without what uses such a parameter, with a warning for each.
 *
 * @throws HubError 503 `parameter-not-ready`
 */
export function withoutUnready(
  context: Pick<HubContext, 'reindexing' | 'resourceTypes' | 'limits'>,
  query: SearchQuery,
  lenient: boolean,
): { readonly query: SearchQuery; readonly warnings: readonly HubIssue[] } {
  const { reindexing, limits } = context
  if (reindexing.allReady) return { query, warnings: [] }
  const all: Unready = new Map()
  const types = query.resourceTypes.length > 0 ? query.resourceTypes : [...context.resourceTypes]
  const uses = (find: (unready: Unready) => void): boolean => {
    const unready: Unready = new Map()
    find(unready)
    for (const [name, each] of unready) all.set(name, each)
    return unready.size === 0
  }
  const { include, revinclude, sort } = query.result
  const criteria = query.criteria.filter(each => uses(unready => inCriterion(context, types, each, unready)))
  const isReady = (each: Include): boolean => uses(unready => look(context, [each.sourceType], each.code, unready))
  const result = {
    ...query.result,
    include: include.filter(isReady),
    revinclude: revinclude.filter(isReady),
    sort: sort.filter(({ code }) => uses(unready => look(context, types, code, unready))),
  }
  if (all.size === 0) return { query, warnings: [] }
  const issues = [...all].slice(0, limits.issuesMax)
  if (lenient) {
    return {
      query: { ...query, criteria, result },
      warnings: issues.map(([name, { state }]) => issueOf(name, state, 'warning')),
    }
  }
  throw new HubError({
    code: 'parameter-not-ready',
    category: 'unavailable',
    status: 503,
    message: 'the search has parameters that not all resources are indexed by yet',
    issues: issues.map(([name, { state }]) => issueOf(name, state, 'error')),
  })
}

type States = Pick<HubContext, 'reindexing'>

function look({ reindexing }: States, types: readonly string[], code: string, unready: Unready): void {
  for (const type of types) {
    const state = reindexing.state(type, code)
    if (state !== 'ready') unready.set(parameterName(type, code), { code, state })
  }
}

function inCriterion(context: States, types: readonly string[], criterion: Criterion, unready: Unready): void {
  switch (criterion.kind) {
    case 'parameter':
    case 'missing':
      look(context, types, criterion.parameter.code, unready)
      break
    case 'chain':
      look(context, types, criterion.parameter.code, unready)
      for (const target of criterion.targets) {
        inCriterion(context, [target.resourceType], target.criterion, unready)
      }
      break
    case 'has':
      look(context, [criterion.resourceType], criterion.parameter.code, unready)
      inCriterion(context, [criterion.resourceType], criterion.criterion, unready)
      break
    case 'filter':
    case 'not':
      inCriterion(context, types, criterion.criterion, unready)
      break
    case 'and':
    case 'or':
      for (const each of criterion.criteria) inCriterion(context, types, each, unready)
      break
    case 'fulltext':
    case 'list':
      break
  }
}

function issueOf(
  name: string,
  { progress, cancelled }: Exclude<ParameterState, 'ready'>,
  severity: 'error' | 'warning',
): HubIssue {
  const percent = Math.floor(progress * 100)
  const text = cancelled
    ? `${name}: the parameter is not indexed: that was cancelled when ${percent} % were done`
    : `${name}: the parameter is being indexed: ${percent} % done`
  return { severity, type: cancelled ? 'not-supported' : 'transient', code: 'parameter-not-ready', text }
}
