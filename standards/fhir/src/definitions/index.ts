/** `@samband/fhir/definitions`: what the standard defines, packed, and the port by which others add to it. */
export type {
  CompartmentDefinition,
  OperationDefinition,
  OperationParameter,
  SearchParameter,
} from './conformance-resources.ts'
export type { DefinitionSource } from './definition-source.ts'
export { FHIR_STRUCTURE_BASE, firstKnown, splitCanonical, versionMatches } from './definition-source.ts'
export {
  loadCompartments,
  loadDefinitions,
  loadOperations,
  loadSearchParameters,
  loadTypes,
  loadValueSets,
} from './load.ts'
export type { StandardLines } from './standard-definitions.ts'
export { StandardDefinitions } from './standard-definitions.ts'
export type { Membership } from './standard-value-sets.ts'
export { StandardValueSets } from './standard-value-sets.ts'
export type {
  DefinitionExtension,
  Discriminator,
  ElementBinding,
  ElementConstraint,
  ElementDefinition,
  ElementType,
  ExtensionContext,
  Slicing,
  StructureDefinition,
} from './structure-definition.ts'
export { elementName, typeName, valueOfChoice } from './structure-definition.ts'
