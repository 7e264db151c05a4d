import type { Invariant } from './ports.ts'
import type { PrimitiveCheck } from './primitive-values.ts'

/** A rule in FHIRPath, ready to run. */
export interface Rule {
  readonly key: string
  readonly severity: 'error' | 'warning'
  readonly human: string
  readonly isBestPractice: boolean
  /** Nothing where no engine could compile it; that is said when the rule would have been looked at. */
  readonly holds: Invariant | undefined
}

/** What a coded element is bound to. */
export interface Binding {
  readonly strength: 'required' | 'extensible'
  /** Whether a text without a code breaks it: not where only the largest value set is laid down. */
  readonly isCodeRequired: boolean
  readonly valueSet: string
  /** Codes outside this one are errors, however weak the binding (elementdefinition-maxValueSet). */
  readonly largest: string | undefined
}

/** One of the types that an element may have, and the JSON member that it then has. */
export interface Variant {
  readonly key: string
  readonly type: string
  readonly check: PrimitiveCheck | undefined
  /** Resource types that a reference may point at; nothing where any may stand. */
  readonly targetTypes: ReadonlySet<string> | undefined
  /** Profiles that the type is narrowed to, of which one must hold. */
  readonly profiles: readonly string[]
}

/** An element of a data type or resource, as the standard defines it. */
export interface ElementShape {
  /** `Observation.component.value[x]` */
  readonly path: string
  /** Without `[x]`: what FHIRPath calls it. */
  readonly name: string
  readonly isChoice: boolean
  readonly min: number
  readonly isList: boolean
  readonly variants: readonly Variant[]
  readonly binding: Binding | undefined
  readonly rules: readonly Rule[]
  /** The element's own children: a backbone element has them, a data type's element has its type's. */
  readonly inner: NodeShape | undefined
}

/** A JSON member of an object: which element it is, as which type; `isExtra` for `_birthDate`. */
export interface Member {
  readonly element: ElementShape
  readonly variant: Variant
  readonly isExtra: boolean
}

/** What an object of a type may hold. */
export interface NodeShape {
  /** For FHIRPath: `Observation`, `Observation.component`, `Period`. */
  readonly type: string
  readonly kind: 'resource' | 'complex-type' | 'primitive-type' | 'backbone'
  readonly members: ReadonlyMap<string, Member>
  readonly required: readonly ElementShape[]
  /** Rules of the type itself. */
  readonly rules: readonly Rule[]
}
