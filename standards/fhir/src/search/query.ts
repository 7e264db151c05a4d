import type { SearchType } from './search-parameters.ts'

/** How a value is compared where its type has an order (R4 search.html#prefix). */
export type Prefix = 'eq' | 'ne' | 'gt' | 'lt' | 'ge' | 'le' | 'sa' | 'eb' | 'ap'

/**
 * What a parameter's name may end in. `overlaps`, `starts` and `ends` come from `_filter` only, whose operators `po`, `sw`
 * and `ew` they are; `equal` is its `eq` on strings.
 */
export type Modifier =
  | 'exact'
  | 'contains'
  | 'not'
  | 'text'
  | 'in'
  | 'not-in'
  | 'above'
  | 'below'
  | 'of-type'
  | 'identifier'
  | 'overlaps'
  | 'starts'
  | 'ends'
  | 'equal'

/** A parameter as a search names it. */
export interface ParameterRef {
  readonly code: string
  readonly type: SearchType
}

/** One of the values that a parameter may have; several are alternatives. */
export type SearchValue =
  | { readonly type: 'string'; readonly text: string }
  /** `system|code`: a system of `''` asks for none, an absent one for any; without a code, for any code of the system. */
  | { readonly type: 'token'; readonly system?: string; readonly code?: string }
  | { readonly type: 'of-type'; readonly system: string; readonly code: string; readonly value: string }
  | { readonly type: 'value-set'; readonly url: string }
  /** `low` up to `high` by the digits written, for `eq` and `ne`; the other prefixes compare `value`. */
  | NumberSearch
  | QuantitySearch
  | {
      readonly type: 'date'
      readonly prefix: Prefix
      readonly text: string
      readonly lowMs: number
      readonly highMs: number
    }
  | ReferenceSearch
  | { readonly type: 'uri'; readonly uri: string }
  | { readonly type: 'composite'; readonly components: readonly SearchValue[] }
  | { readonly type: 'near'; readonly latitude: number; readonly longitude: number; readonly distanceKm: number }

export interface NumberSearch {
  readonly type: 'number'
  readonly prefix: Prefix
  /** As written, without the prefix. */
  readonly text: string
  readonly value: number
  readonly low: number
  readonly high: number
}

export interface QuantitySearch extends Omit<NumberSearch, 'type'> {
  readonly type: 'quantity'
  readonly system?: string
  /** A code of the system; without a system, a code or a unit as it is written. */
  readonly code?: string
}

/** A reference by id, by type and id, or by URL. */
export interface ReferenceSearch {
  readonly type: 'reference'
  readonly targetType?: string
  readonly targetId?: string
  readonly version?: string
  readonly url?: string
}

/** One condition on a resource. The conditions of a search all have to hold. */
export type Criterion =
  | ParameterCriterion
  | { readonly kind: 'missing'; readonly parameter: ParameterRef; readonly missing: boolean }
  | ChainCriterion
  | HasCriterion
  /** `_text` and `_content`: words in the narrative, or anywhere. The values are alternatives. */
  | { readonly kind: 'fulltext'; readonly scope: 'narrative' | 'content'; readonly values: readonly string[] }
  /** `_list`: an id of a List, or a name such as `$current-problems`. */
  | { readonly kind: 'list'; readonly lists: readonly string[] }
  | { readonly kind: 'filter'; readonly criterion: Criterion }
  | { readonly kind: 'and' | 'or'; readonly criteria: readonly Criterion[] }
  | { readonly kind: 'not'; readonly criterion: Criterion }

export interface ParameterCriterion {
  readonly kind: 'parameter'
  readonly parameter: ParameterRef
  readonly modifier?: Modifier
  readonly values: readonly SearchValue[]
}

/** `subject:Patient.name=x`: what the reference leads to meets a condition, which may differ by its type. */
export interface ChainCriterion {
  readonly kind: 'chain'
  readonly parameter: ParameterRef
  /** The type that the client named, if it did. */
  readonly targetType?: string
  readonly targets: readonly { readonly resourceType: string; readonly criterion: Criterion }[]
}

/** `_has:Observation:patient:code=x`: a resource of the type refers to this one by the parameter and meets the condition. */
export interface HasCriterion {
  readonly kind: 'has'
  readonly resourceType: string
  readonly parameter: ParameterRef
  readonly criterion: Criterion
}

/** `_include=Observation:subject:Patient`. `*` for all references of a type, or of all. */
export interface Include {
  readonly sourceType: string
  readonly code: string
  readonly targetType?: string
  readonly iterate: boolean
}

export interface SortKey {
  readonly code: string
  readonly type: SearchType
  readonly descending: boolean
}

/** What the client wants back, and in which order (R4 search.html#return). What was not said is not there. */
export interface ResultOptions {
  readonly include: readonly Include[]
  readonly revinclude: readonly Include[]
  readonly sort: readonly SortKey[]
  readonly count?: number
  readonly total?: 'none' | 'estimate' | 'accurate'
  readonly summary?: 'true' | 'text' | 'data' | 'count' | 'false'
  readonly elements: readonly string[]
  readonly contained?: 'true' | 'false' | 'both'
  readonly containedType?: 'container' | 'contained'
  readonly format?: string
  readonly pretty?: boolean
}

/** A search, read and checked. */
export interface SearchQuery {
  /** The types that are searched; empty for all. */
  readonly resourceTypes: readonly string[]
  readonly criteria: readonly Criterion[]
  readonly result: ResultOptions
}
