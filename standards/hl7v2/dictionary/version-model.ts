import type {
  DataTypeDefinition,
  SegmentDefinition,
  StructureNode,
  TableDefinition,
} from '../src/dictionary/definition.ts'
import type { Hl7Version } from '../src/dictionary/version-id.ts'

/** One version of the standard while the generator reads and repairs it; repairs replace entries of the maps. */
export interface VersionModel {
  readonly version: Hl7Version
  readonly segments: Map<string, SegmentDefinition>
  readonly dataTypes: Map<string, DataTypeDefinition>
  readonly tables: Map<string, TableDefinition>
  readonly structures: Map<string, readonly StructureNode[]>
  /** Ids of structures that the version withdrew: they are in `structures` as an older version has them. */
  readonly withdrawnStructures: Set<string>
  /** Structure by message code and trigger event: `events.get('ADT')?.get('A04')` is ADT_A01. */
  readonly events: Map<string, Map<string, string>>
}

/** All versions, oldest first. */
export type Models = ReadonlyMap<Hl7Version, VersionModel>

export function emptyModel(version: Hl7Version): VersionModel {
  return {
    version,
    segments: new Map(),
    dataTypes: new Map(),
    tables: new Map(),
    structures: new Map(),
    withdrawnStructures: new Set(),
    events: new Map(),
  }
}

export function modelOf(models: Models, version: Hl7Version): VersionModel {
  const model = models.get(version)
  if (model === undefined) throw new Error(`HL7 v${version} was not read`)
  return model
}

/** Names as the dictionary writes them: hyphens for dashes, straight quotes, one space. */
export function tidyName(name: string): string {
  return name
    .replace(/[\u2010-\u2015]/g, '-')
    .replace(/[\u2018\u2019]/g, "'")
    .replace(/[\u201c\u201d]/g, '"')
    .replace(/\s+/g, ' ')
    .trim()
}
