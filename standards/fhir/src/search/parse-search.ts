import { type LocalZone, UTC } from './date-range.ts'
import { decodePairs, type Pair } from './form-encoding.ts'
import { SEARCH_PARAMETERS_MAX } from './limits.ts'
import { type CriterionContext, parseCriterion } from './parse-criterion.ts'
import { parseFilter } from './parse-filter.ts'
import { ResultReader } from './parse-result.ts'
import type { Criterion, SearchQuery } from './query.ts'
import type { IsOwnBase } from './reference-values.ts'
import type { SearchIssue } from './search-issue.ts'
import type { SearchParameters } from './search-parameters.ts'

export interface ParseSearchSettings {
  readonly parameters: SearchParameters
  /** The type that is searched, or none for a search of all types. */
  readonly resourceType?: string
  /** For dates without a time zone; UTC unless said. */
  readonly zone?: LocalZone
  /** Which absolute references mean this server; none unless said. */
  readonly isOwnBase?: IsOwnBase
  /** Names that mean something to the server alone, such as the place of the next page: they are passed over. */
  readonly passedOver?: ReadonlySet<string>
}

/**
 * What was understood and everything that was not. A strict server refuses when there are issues; a lenient one (`Prefer:
 * handling=lenient`) goes on with the query, which lacks the parameters that the issues name.
 */
export interface ParsedSearch {
  readonly query: SearchQuery
  readonly issues: readonly SearchIssue[]
}

/**
 * Reads a search: what follows `?` in the URL, the body of a form, or both as pairs (R4 search.html). Every parameter is
 * checked against its definition, and all that is wrong is reported, not the first.
 */
export function parseSearch(search: string | readonly Pair[], settings: ParseSearchSettings): ParsedSearch {
  const issues: SearchIssue[] = []
  const pairs = typeof search === 'string' ? decodePairs(search, issues) : search
  const { parameters, resourceType } = settings
  if (pairs.length > SEARCH_PARAMETERS_MAX) {
    const text = `A search has at most ${SEARCH_PARAMETERS_MAX} parameters, this has ${pairs.length}`
    issues.push({ code: 'search-too-large', parameter: '', text })
    return { query: { resourceTypes: [], criteria: [], result: NOTHING_SAID }, issues }
  }
  const resourceTypes = resourceType === undefined ? typesNamed(pairs, parameters, issues) : [resourceType]
  const context: CriterionContext = {
    parameters,
    zone: settings.zone ?? UTC,
    isOwnBase: settings.isOwnBase ?? ((): boolean => false),
    resourceTypes,
    links: 0,
    branches: { taken: 0 },
    written: '',
  }
  const result = new ResultReader(context, issues)
  const criteria: Criterion[] = []
  for (const [name, value] of pairs) {
    if (settings.passedOver?.has(name) === true || result.take(name, value)) continue
    if (name === '_type') {
      if (resourceType !== undefined)
        issues.push({
          code: 'parameter-misplaced',
          parameter: name,
          text: '_type stands in a search of all types only',
        })
      continue
    }
    const own = { ...context, written: name }
    const criterion = name === '_filter' ? parseFilter(value, own, issues) : parseCriterion(name, value, own, issues)
    if (criterion !== undefined) criteria.push(criterion)
  }
  return { query: { resourceTypes, criteria, result: result.result() }, issues }
}

const NOTHING_SAID = { include: [], revinclude: [], sort: [], elements: [] }

/** The types of `_type`, each once. */
function typesNamed(pairs: readonly Pair[], parameters: SearchParameters, issues: SearchIssue[]): readonly string[] {
  const named = pairs.filter(([name]) => name === '_type')
  if (named.length > 1) issues.push({ code: 'parameter-misplaced', parameter: '_type', text: '_type may stand once' })
  const types = new Set((named[0]?.[1] ?? '').split(',').filter(type => type !== ''))
  for (const type of types) {
    if (parameters.resourceTypes.has(type)) continue
    issues.push({ code: 'type-unknown', parameter: '_type', text: `There is no resource type ${type}` })
    types.delete(type)
  }
  return [...types]
}
