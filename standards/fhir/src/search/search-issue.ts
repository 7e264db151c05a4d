/** What can be wrong with a search. The codes are stable. */
export type SearchIssueCode =
  /** No parameter of that name for the type. */
  | 'parameter-unknown'
  /** The parameter is known, and may not stand here or more than once. */
  | 'parameter-misplaced'
  /** A modifier that does not exist, or not for the type of the parameter. */
  | 'modifier-invalid'
  /** A value that is not of the parameter's type. */
  | 'value-malformed'
  /** A prefix such as `gt` where the type has none, or none of that name. */
  | 'prefix-invalid'
  /** A resource type that does not exist, or that a reference does not lead to. */
  | 'type-unknown'
  /** A chain through what is no reference, or that leads to nothing with the last parameter. */
  | 'chain-invalid'
  | 'filter-invalid'
  | 'encoding-invalid'
  /** More parameters, values or links than the limits. */
  | 'search-too-large'
  /** The expression of a parameter uses what the compiler does not know. */
  | 'expression-unsupported'
  | 'expression-failed'

/** One finding. `parameter` is as the client wrote it; the text holds no value, since values may tell of patients. */
export interface SearchIssue {
  readonly code: SearchIssueCode
  readonly parameter: string
  readonly text: string
}
