/**
 * FHIRPath 2.0 with R4's additions, compiled once into closures and evaluated over plain JSON. What is not supported is
 * said when an expression is compiled, so that a caller can use another engine for it.
 */
export { Decimal } from './decimal.ts'
export type {
  CompileOptions,
  CompileResult,
  ConditionResult,
  Environment,
  EvaluationResult,
  FhirPathCompiler,
  FhirPathExpression,
} from './expression.ts'
export { createFhirPathCompiler } from './expression.ts'
export type { FhirPathIssue, FhirPathIssueCode } from './issue.ts'
export type { Collection, Item, SystemValue } from './item.ts'
export { systemValue, TypeReflection } from './item.ts'
export {
  COLLECTION_ITEMS_MAX,
  EXPRESSION_CHARACTERS_MAX,
  EXPRESSION_DEPTH_MAX,
  MATCHED_CHARACTERS_MAX,
} from './limits.ts'
export type {
  ElementInfo,
  FhirPathModel,
  PropertyInfo,
  StructureDefinitionLike,
  SystemType,
  TypeInfo,
} from './model.ts'
export { isSubtype, modelFromStructureDefinitions } from './model.ts'
export type { JsonObject } from './node.ts'
export { FhirNode, isJsonObject } from './node.ts'
export type { ParseResult } from './parse.ts'
export { parseFhirPath } from './parse.ts'
export type { UcumPort } from './quantity.ts'
export { Quantity } from './quantity.ts'
export type { ReferenceParts } from './reference.ts'
export { parseReference } from './reference.ts'
export type { FhirPathPorts } from './run.ts'
export type { BinaryOperator, Expression, TypeSpecifier } from './syntax.ts'
export { Temporal } from './temporal.ts'
