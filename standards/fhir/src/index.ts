/** FHIR R4 (4.0.1) without I/O. What each part gives is named here; definitions, packages, validation, XML, FHIRPath and search have entries of their own. */
export type { FhirVersion } from './fhir-version.ts'
export { FHIR_VERSION } from './fhir-version.ts'
