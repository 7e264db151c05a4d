/** The version of FHIR that the definitions, types and rules of this package are of: R4 with its technical correction. */
export const FHIR_VERSION = '4.0.1'

export type FhirVersion = typeof FHIR_VERSION
