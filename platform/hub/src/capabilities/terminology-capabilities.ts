import type { JsonObject } from '@samband/fhir/fhirpath'

/** `GET /metadata?mode=terminology` (FHIR R4 terminologycapabilities.html): code systems are stored and searched here, and not expanded. */
export function terminologyCapabilities(baseUrl: string, date: string): JsonObject {
  return {
    resourceType: 'TerminologyCapabilities',
    url: `${baseUrl}/metadata?mode=terminology`,
    name: 'SambandHubTerminology',
    status: 'active',
    date,
    kind: 'instance',
    software: { name: 'Samband' },
    implementation: { description: 'Samband: FHIR R4 on PostgreSQL', url: baseUrl },
  }
}
