/**
 * What a resource is found by: the values that its search parameters have, each in the form that searches compare
 * (R4 search.html#ptypes). A database keeps these; the matcher of this package compares them in memory.
 */
export type IndexValue =
  | TokenValue
  | StringValue
  | DateValue
  | NumberValue
  | QuantityValue
  | ReferenceValue
  | UriValue
  | CompositeValue
  | PositionValue

/** A code, a flag, an identifier or a contact point (R4 search.html#token). */
export interface TokenValue {
  readonly type: 'token'
  /**
   * The system of the code; for a `code` the one that the value set of its element tells. `''`: it has none. Absent: it is
   * not known, or there is none to speak of, as for a contact point; any system fits.
   */
  readonly system?: string
  readonly code?: string
  /** What `:text` looks in, folded: display, text of the concept, text of the identifier's type. */
  readonly text?: string
  /** Types of an identifier, for `:of-type`. */
  readonly identifierTypes?: readonly { readonly system: string; readonly code: string }[]
}

export interface StringValue {
  readonly type: 'string'
  /** As written, for `:exact`. */
  readonly exact: string
  /** Folded by `foldText`, for everything else. */
  readonly folded: string
}

/** From `lowMs` up to, not including, `highMs`, in milliseconds since 1970 UTC; infinite where a period is open. */
export interface DateValue {
  readonly type: 'date'
  readonly lowMs: number
  readonly highMs: number
}

/** From `low` to `high`, both included: the same for a number, the bounds of a Range. */
export interface NumberValue {
  readonly type: 'number'
  readonly low: number
  readonly high: number
}

export interface QuantityValue {
  readonly type: 'quantity'
  readonly low: number
  readonly high: number
  readonly system?: string
  readonly code?: string
  readonly unit?: string
  /** The same in the base unit of its kind, where the unit is UCUM's and a port knew it. */
  readonly canonical?: CanonicalRange
}

export interface CanonicalRange {
  readonly low: number
  readonly high: number
  readonly unit: string
}

/** What refers to another resource: by type and id, by URL, by identifier, or all (R4 search.html#reference). */
export interface ReferenceValue {
  readonly type: 'reference'
  readonly targetType?: string
  readonly targetId?: string
  /** Version of a versioned reference, or what follows `|` in a canonical. */
  readonly version?: string
  /** An absolute URL, a canonical or `urn:uuid:…`, without version. Absent for a reference within the server. */
  readonly url?: string
  /** Id of a contained resource. */
  readonly fragment?: string
  readonly identifier?: { readonly system: string; readonly value: string }
}

export interface UriValue {
  readonly type: 'uri'
  readonly uri: string
}

/** What belongs together: for each component the values that it has at one place of the resource. */
export interface CompositeValue {
  readonly type: 'composite'
  readonly components: readonly (readonly IndexValue[])[]
}

/** Degrees, WGS 84. */
export interface PositionValue {
  readonly type: 'position'
  readonly latitude: number
  readonly longitude: number
}

/** Everything that a resource is found by. */
export interface SearchIndex {
  readonly resourceType: string
  readonly resourceId: string | undefined
  /** By code of the parameter. A parameter without a value is not there. */
  readonly values: ReadonlyMap<string, readonly IndexValue[]>
}
