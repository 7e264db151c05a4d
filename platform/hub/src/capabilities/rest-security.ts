import type { JsonObject } from '@samband/fhir/fhirpath'

/** Where tokens are had, if this server asks for them. */
export type SecurityFacts = {
  readonly authorizeUrl?: string
  readonly tokenUrl?: string
  /** Whether pages of other origins may call. */
  readonly cors?: boolean
}

/** SMART App Launch 2.2, conformance: the extension is deprecated for `.well-known/smart-configuration`, and many clients read it. */
const oauthUris = 'http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris'

/** `CapabilityStatement.rest.security`. */
export function restSecurity(facts: SecurityFacts | undefined): JsonObject {
  if (facts === undefined) return {}
  const uris = [
    { url: 'authorize', valueUri: facts.authorizeUrl },
    { url: 'token', valueUri: facts.tokenUrl },
  ].filter(({ valueUri }) => valueUri !== undefined)
  const system = 'http://terminology.hl7.org/CodeSystem/restful-security-service'
  return {
    security: {
      ...(uris.length === 0 ? {} : { extension: [{ url: oauthUris, extension: uris }] }),
      cors: facts.cors ?? false,
      service: [{ coding: [{ system, code: 'SMART-on-FHIR' }], text: 'OAuth2 with the scopes of SMART App Launch' }],
    },
  }
}
