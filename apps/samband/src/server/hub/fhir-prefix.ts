/** Where the FHIR server stands on the HTTP server. */
export const fhirPrefix = '/fhir'
