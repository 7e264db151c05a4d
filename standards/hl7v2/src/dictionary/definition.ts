/**
 * How a field or component is to be sent: required, optional, conditional on others, kept for backward compatibility only,
 * withdrawn (not to be sent), or not supported (HL7 v2.9 §2.5.3.3). Versions before 2.6 are known as required or optional only.
 */
export type Optionality = 'R' | 'O' | 'C' | 'B' | 'W' | 'X'

/** What a field and a component have in common. */
export interface ElementDefinition {
  /** 1-based, as in paths. */
  readonly number: number
  /** The standard's name, such as `Patient Identifier List`. */
  readonly name: string
  /**
   * Id of the data type, such as `CX`. `varies` where another field decides it (OBX-5 by OBX-2), `''` where the standard gives none:
   * withdrawn and reserved elements.
   */
  readonly dataType: string
  readonly optionality: Optionality
  /** Longest value in characters: the standard's normative length, or its recommendation in versions before 2.7. */
  readonly lengthMax?: number
  /** Table that the values come from: four digits, such as `0001`. */
  readonly table?: string
}

/** A field of a segment. */
export interface FieldDefinition extends ElementDefinition {
  /** Most repetitions; `Infinity` where the standard sets no limit, 1 for a field that does not repeat. */
  readonly repetitionsMax: number
}

/** A component of a data type. */
export type ComponentDefinition = ElementDefinition

/** A segment, such as PID. */
export interface SegmentDefinition {
  readonly id: string
  /** Such as `Patient Identification`. */
  readonly name: string
  readonly fields: readonly FieldDefinition[]
}

/** A data type; one without components is primitive. */
export interface DataTypeDefinition {
  readonly id: string
  /** Such as `Extended Composite ID with Check Digit`. */
  readonly name: string
  readonly components: readonly ComponentDefinition[]
}

/** A code of a table. */
export interface CodeDefinition {
  readonly code: string
  /** What it means; `''` where the dictionary does not say. */
  readonly meaning: string
}

/** A table of codes. */
export interface TableDefinition {
  /** Four digits, such as `0001`; a local table may have any id. */
  readonly id: string
  readonly name: string
  /**
   * `hl7`: the codes are the standard's, others are wrong. `user`: the codes are suggestions, sites have their own. `local`: declared
   * by `extendVersion`.
   */
  readonly kind: 'hl7' | 'user' | 'local'
  readonly codes: readonly CodeDefinition[]
}

interface Cardinality {
  readonly min: number
  /** `Infinity` where the standard sets no limit. */
  readonly max: number
}

/** A segment's place in a message structure. */
export interface SegmentNode extends Cardinality {
  readonly kind: 'segment'
  readonly id: string
}

/** A group of a message structure: its nodes in order (`group`), or one of them (`choice`). */
export interface GroupNode extends Cardinality {
  readonly kind: 'group' | 'choice'
  /** Without the structure's id: `PATIENT_RESULT`. HL7 v2 XML calls it `ORU_R01.PATIENT_RESULT`. */
  readonly name: string
  readonly nodes: readonly StructureNode[]
}

/** A place where any segment may stand: `Hxx` of master files and queries. */
export interface AnyNode extends Cardinality {
  readonly kind: 'any'
}

export type StructureNode = SegmentNode | GroupNode | AnyNode

/** A message structure, such as ORU_R01. */
export interface StructureDefinition {
  readonly id: string
  /** Whether the version withdrew the message; the nodes are those of the last version that had it. */
  readonly withdrawn: boolean
  readonly nodes: readonly StructureNode[]
}
