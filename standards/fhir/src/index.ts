/**
 * FHIR R4 (4.0.1) without I/O. Definitions, packages, validation, XML, FHIRPath, search and types have entries of their own
 * (`@samband/fhir/validation` and so on); here is what all of them share.
 */
export type { FhirVersion } from './fhir-version.ts'
export { FHIR_VERSION } from './fhir-version.ts'
export type { Issue, IssueCode, IssueSeverity, TextPosition } from './issue.ts'
export { hasErrors, ISSUE_TYPES } from './issue.ts'
export { DECIMAL_LITERALS, decimalText, setDecimal } from './json/decimal-literals.ts'
export type { FormatJsonOptions } from './json/format-json.ts'
export { formatJson } from './json/format-json.ts'
export type { ReadLimits } from './json/limits.ts'
export { READ_LIMITS_DEFAULT } from './json/limits.ts'
export type { ParseResult } from './json/parse-json.ts'
export { parseJson } from './json/parse-json.ts'
export type { JsonValue } from './json/strict-json.ts'
export type { NdjsonLimits, NdjsonLine } from './ndjson/ndjson.ts'
export { formatNdjsonLine, NDJSON_LINE_BYTES_MAX_DEFAULT, readNdjson } from './ndjson/ndjson.ts'
export { operationOutcome } from './operation-outcome.ts'
export type { FhirFormat, FormatRequest } from './representation/negotiation.ts'
export { bodyFormat, CONTENT_TYPES, negotiateFormat } from './representation/negotiation.ts'
export type { SummaryMode } from './representation/subset.ts'
export { Subsetter } from './representation/subset.ts'
