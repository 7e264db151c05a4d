import {
  type Criterion,
  type ParameterCriterion,
  parseSearch,
  type SearchExtractor,
  type SearchParameters,
  type SearchQuery,
} from '@samband/fhir/search'

/** Queries of filters that are kept read, for one set of search parameters. */
export const visibilityQueriesMax = 2_000

/** A filter's query as data, or why it cannot be one. No value of the query stands in the text. */
export type VisibilityQuery =
  | { readonly ok: true; readonly query: SearchQuery }
  | { readonly ok: false; readonly reason: string }

/** What the reading of a query needs: a `HubContext` has it. */
export type VisibilityQueryContext = {
  readonly baseUrl: string
  searchParameters(): SearchParameters
  extractor(): Pick<SearchExtractor, 'unsupported'>
}

/** A new set of search parameters begins with nothing known: what was no query may be one now. */
const read = new WeakMap<SearchParameters, Map<string, VisibilityQuery>>()

/**
 * Reads the query of a `VisibilityFilter` for a type. It has to be decidable from the resource alone, since it is asked of
 * every resource that is given out or written: parameters of the type itself, without chains, lists, full text and value
 * sets, and nothing about the result.
 */
export function visibilityQuery(context: VisibilityQueryContext, type: string, query: string): VisibilityQuery {
  const parameters = context.searchParameters()
  let known = read.get(parameters)
  if (known === undefined || known.size >= visibilityQueriesMax) {
    known = new Map()
    read.set(parameters, known)
  }
  const key = `${context.baseUrl} ${type}?${query}`
  let found = known.get(key)
  if (found === undefined) {
    found = readQuery(context, type, query)
    known.set(key, found)
  }
  return found
}

function readQuery(context: VisibilityQueryContext, resourceType: string, text: string): VisibilityQuery {
  const { query, issues } = parseSearch(text, {
    parameters: context.searchParameters(),
    resourceType,
    isOwnBase: base => base === context.baseUrl,
  })
  const [issue] = issues
  if (issue !== undefined) return { ok: false, reason: issue.text }
  if (query.criteria.length === 0) return { ok: false, reason: 'A query needs a condition' }
  if (saysSomething(query)) return { ok: false, reason: 'A query that restricts says nothing about the result' }
  const undecidable = reasonIn(query.criteria, blindCodes(context, resourceType))
  return undecidable === undefined ? { ok: true, query } : { ok: false, reason: undecidable }
}

/** Whether the query has a word about what is given back. */
function saysSomething({ result }: SearchQuery): boolean {
  return Object.values(result).some(value => (Array.isArray(value) ? value.length > 0 : value !== undefined))
}

/** Codes of the parameters that no value is computed for: nothing can be said of them, and least of all that they are missing. */
function blindCodes(context: VisibilityQueryContext, type: string): ReadonlySet<string> {
  const blind = new Set(
    context
      .extractor()
      .unsupported(type)
      .map(({ parameter }) => parameter),
  )
  for (const { code, expression } of context.searchParameters().forType(type).values()) {
    if (expression === undefined) blind.add(code)
  }
  return blind
}

function reasonIn(criteria: readonly Criterion[], blind: ReadonlySet<string>): string | undefined {
  return criteria.map(criterion => undecidableIn(criterion, blind)).find(reason => reason !== undefined)
}

/** Why a condition cannot be decided from one resource. */
function undecidableIn(criterion: Criterion, blind: ReadonlySet<string>): string | undefined {
  switch (criterion.kind) {
    case 'parameter':
      return undecidableParameter(criterion, blind)
    case 'missing':
      return blindness(criterion.parameter.code, blind)
    case 'chain':
    case 'has':
      return 'A query that restricts has no chains'
    case 'fulltext':
      return 'A query that restricts has no _text and no _content'
    case 'list':
      return 'A query that restricts has no _list'
    case 'filter':
    case 'not':
      return undecidableIn(criterion.criterion, blind)
    case 'and':
    case 'or':
      return reasonIn(criterion.criteria, blind)
  }
}

function undecidableParameter(
  { modifier, parameter }: ParameterCriterion,
  blind: ReadonlySet<string>,
): string | undefined {
  const hierarchical = (modifier === 'above' || modifier === 'below') && parameter.type !== 'uri'
  if (modifier === 'in' || modifier === 'not-in' || hierarchical) {
    return `A query that restricts has no modifier :${modifier} on parameters of type ${parameter.type}`
  }
  return blindness(parameter.code, blind)
}

function blindness(code: string, blind: ReadonlySet<string>): string | undefined {
  return blind.has(code) ? `The server has no values of ${code}` : undefined
}
