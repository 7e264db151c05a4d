import type { JsonNode } from './json-node.ts'

/** Whether a code is in a value set; `unknown` where the terminology cannot tell. */
export type CodeAnswer = 'yes' | 'no' | 'unknown'

/** Who knows codes. Synchronous, since a validation must not wait for a network; a server answers from what it has loaded. */
export interface TerminologyPort {
  /** `system` is absent for a `code` element, whose system its binding implies. */
  validateCode(system: string | undefined, code: string, valueSet: string): CodeAnswer
  /** Whether a system has a code, whatever it is bound to. Without this no code of an unbound element is looked at. */
  hasCode?(system: string, code: string): CodeAnswer
}

/** The resources that a rule's FHIRPath may speak of (FHIR R4 fhirpath.html#variables). */
export interface InvariantContext {
  /** `%resource`: the resource that the element is of. */
  readonly resource: unknown
  /** `%rootResource`: the one that contains it, or itself. */
  readonly rootResource: unknown
  /** The resource that a reference means, where it is contained or in the same Bundle. */
  readonly resolve: (reference: string) => JsonNode | undefined
}

/** Whether a rule holds for a node; `undefined` where it cannot be told. */
export type Invariant = (node: unknown, context: InvariantContext) => boolean | undefined

/** Who evaluates FHIRPath. */
export interface InvariantPort {
  /**
   * Compiles the expression of a rule for nodes of a type: `Observation`, `Observation.component`, `Quantity`. Nothing where the engine
   * cannot evaluate it. The result is kept, so it may cost.
   */
  compile(expression: string, type: string): Invariant | undefined
}
