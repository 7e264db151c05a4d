/**
 * A row of a segment or data type map, in the form of the guide's sheets.
 *
 * `to` is a path from the map's target: `identifier[2]`, `name.given[1]`, `participant[1].individual(Practitioner)`,
 * `performer[2](PractitionerRole.organization(Organization))`. A number in brackets names an occurrence within one segment (rows
 * with the same number write to the same one), and is no position. A type in parentheses is a resource that the reference leads to.
 */
export interface MapRow {
  readonly to: string
  /** `IF OBX-2 EQUALS "NM"`: a condition of the guide's grammar. */
  readonly when?: string
  /** The data type map that makes the value: `CX[Identifier]`. Without it the value is converted to the type of the target. */
  readonly using?: string
  /** The concept map that codes go through: `AdministrativeSex`. */
  readonly vocabulary?: string
  /** A constant (`"official"`) or a composition (`"urn:oid:"+HD.2`) instead of the value. */
  readonly value?: string
}

/** A row of a message map. */
export interface MessageMapRow {
  /** Place in the structure: `ORDER.OBSERVATION_REQUEST.OBR`. */
  readonly at: string
  readonly when?: string
  /** `Observation[2]`: rows with the same name write to the same resource within the group that holds them all. */
  readonly target: string
  /** The segment map: `OBX[Observation]`. */
  readonly using: string
  /** `Observation[2].subject=Patient[1]; DiagnosticReport[1].result=Observation[2]`. */
  readonly references?: string
}

/** Segment or data type map: rows by source (`PID-3`, `CX.4`, `PID` for what the segment as such says). */
export type ElementMap = ReadonlyMap<string, readonly MapRow[]>

export interface MessageMap {
  /** `MSH PATIENT( PID PD1 ) ORDER*( ORC OBR )`: a star repeats. */
  readonly structure: string
  readonly rows: readonly MessageMapRow[]
}

/** Codes of an HL7 table and what they are in FHIR. */
export interface ConceptTable {
  /** `HL70001`; empty for a map of local codes. */
  readonly table: string
  readonly codes: ReadonlyMap<string, MappedCode>
}

export interface MappedCode {
  readonly code: string
  readonly display?: string
  readonly system?: string
}

/** All maps by name. Names of segment, data type and concept maps are looked up without regard to case and signs. */
export interface MapSet {
  readonly messages: ReadonlyMap<string, MessageMap>
  readonly segments: ReadonlyMap<string, ElementMap>
  readonly dataTypes: ReadonlyMap<string, ElementMap>
  readonly concepts: ReadonlyMap<string, ConceptTable>
}

/** `PL[location]` and `PL[Location]` are one map, as are `Yes/NoIndicator` and `YesNoIndicator`. */
export function mapKey(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9[\].-]/g, '')
}
