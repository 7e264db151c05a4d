/** A search parameter of the standard, or of a package (FHIR R4 searchparameter.html). */
export interface SearchParameter {
  readonly resourceType: 'SearchParameter'
  readonly url: string
  readonly name?: string
  readonly derivedFrom?: string
  readonly code: string
  readonly base: readonly string[]
  readonly type: 'number' | 'date' | 'string' | 'token' | 'reference' | 'composite' | 'quantity' | 'uri' | 'special'
  readonly expression?: string
  readonly xpathUsage?: string
  readonly target?: readonly string[]
  readonly multipleOr?: boolean
  readonly multipleAnd?: boolean
  readonly comparator?: readonly string[]
  readonly modifier?: readonly string[]
  readonly chain?: readonly string[]
  readonly component?: readonly { readonly definition: string; readonly expression: string }[]
}

/** An operation of the standard (FHIR R4 operationdefinition.html). */
export interface OperationDefinition {
  readonly resourceType: 'OperationDefinition'
  readonly url: string
  readonly name: string
  readonly title?: string
  readonly kind: 'operation' | 'query'
  readonly description?: string
  readonly affectsState?: boolean
  readonly code: string
  readonly base?: string
  readonly resource?: readonly string[]
  readonly system: boolean
  readonly type: boolean
  readonly instance: boolean
  readonly inputProfile?: string
  readonly outputProfile?: string
  readonly parameter?: readonly OperationParameter[]
}

export interface OperationParameter {
  readonly name: string
  readonly use: 'in' | 'out'
  readonly min: number
  readonly max: string
  readonly documentation?: string
  readonly type?: string
  readonly targetProfile?: readonly string[]
  readonly searchType?: string
  readonly part?: readonly OperationParameter[]
}

/** Which resources belong to a patient, an encounter and so on, and by which search parameters (FHIR R4 compartmentdefinition.html). */
export interface CompartmentDefinition {
  readonly resourceType: 'CompartmentDefinition'
  readonly url: string
  readonly name: string
  readonly code: string
  readonly search: boolean
  readonly resource: readonly { readonly code: string; readonly param?: readonly string[] }[]
}
