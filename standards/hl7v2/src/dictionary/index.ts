export type { FieldDeclaration, FieldDeclarations, SegmentDeclaration } from './define-segment.ts'
export { DECLARED_FIELD_NUMBER_MAX, defineSegment } from './define-segment.ts'
export type {
  AnyNode,
  CodeDefinition,
  ComponentDefinition,
  DataTypeDefinition,
  ElementDefinition,
  FieldDefinition,
  GroupNode,
  Optionality,
  SegmentDefinition,
  SegmentNode,
  StructureDefinition,
  StructureNode,
  TableDefinition,
} from './definition.ts'
export { Dictionary } from './dictionary.ts'
export type { DictionaryErrorCode } from './dictionary-error.ts'
export { DictionaryError } from './dictionary-error.ts'
export { loadDictionary, loadedDictionary } from './load.ts'
export { formatNodes, parseNodes } from './structure-text.ts'
export type {
  DataTypeDeclaration,
  StructureAddition,
  TableDeclaration,
  VersionChanges,
  VersionExtension,
} from './version-extension.ts'
export { extendVersion } from './version-extension.ts'
export type { Hl7Version } from './version-id.ts'
export { HL7_VERSION_DEFAULT, HL7_VERSIONS, isHl7Version, nearestVersion } from './version-id.ts'
