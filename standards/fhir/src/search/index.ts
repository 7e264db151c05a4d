/**
 * Search (R4 search.html) without a database: what a resource is found by, what a search asks for, and whether the one
 * fits the other.
 */
export type { ListedValueSets } from './code-systems.ts'
export { codeSystemsOf } from './code-systems.ts'
export type { DateRange, LocalZone } from './date-range.ts'
export { dateRange, UTC } from './date-range.ts'
export type { ExtractorSettings, SearchExtractor } from './extract.ts'
export { createSearchExtractor } from './extract.ts'
export { foldText } from './fold-text.ts'
export type { Pair } from './form-encoding.ts'
export { decodePairs, encodePairs } from './form-encoding.ts'
export { formatSearch, searchPairs } from './format-search.ts'
export type {
  CanonicalRange,
  CompositeValue,
  DateValue,
  IndexValue,
  NumberValue,
  PositionValue,
  QuantityValue,
  ReferenceValue,
  SearchIndex,
  StringValue,
  TokenValue,
  UriValue,
} from './index-value.ts'
export {
  FILTER_DEPTH_MAX,
  FILTER_TERMS_MAX,
  NEAR_DISTANCE_KM_DEFAULT,
  SEARCH_BRANCHES_MAX,
  SEARCH_LINKS_MAX,
  SEARCH_PARAMETERS_MAX,
  SEARCH_VALUES_MAX,
} from './limits.ts'
export { matchesCriterion, matchesSearch } from './match.ts'
export type { MatchPorts } from './match-ports.ts'
export { matchValue } from './match-value.ts'
export type { ImpliedRange } from './number-range.ts'
export { impliedRange } from './number-range.ts'
export type { ParsedSearch, ParseSearchSettings } from './parse-search.ts'
export { parseSearch } from './parse-search.ts'
export type {
  ChainCriterion,
  Criterion,
  HasCriterion,
  Include,
  Modifier,
  NumberSearch,
  ParameterCriterion,
  ParameterRef,
  Prefix,
  QuantitySearch,
  ReferenceSearch,
  ResultOptions,
  SearchQuery,
  SearchValue,
  SortKey,
} from './query.ts'
export type { IsOwnBase } from './reference-values.ts'
export type { SearchIssue, SearchIssueCode } from './search-issue.ts'
export type { SearchType } from './search-parameters.ts'
export { SearchParameters } from './search-parameters.ts'
export type { CodeSystemOf } from './token-values.ts'
