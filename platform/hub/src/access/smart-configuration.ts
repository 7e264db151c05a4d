import { SambandError } from '@samband/errors'
import type { JsonObject } from '@samband/fhir/fhirpath'
import type { SecurityFacts } from '../capabilities/rest-security.ts'

/** What the hub's own part of SMART can do: scopes of all levels and both versions are enforced here. */
const ownCapabilities = ['permission-patient', 'permission-user', 'permission-v1', 'permission-v2'] as const

/** What the authorisation server can do; only who runs it knows (SMART App Launch 2.2 §conformance). */
export const smartCapabilities = [
  'launch-ehr',
  'launch-standalone',
  'authorize-post',
  'client-public',
  'client-confidential-symmetric',
  'client-confidential-asymmetric',
  'sso-openid-connect',
  'context-banner',
  'context-style',
  'context-ehr-patient',
  'context-ehr-encounter',
  'context-standalone-patient',
  'context-standalone-encounter',
  'permission-offline',
  'permission-online',
  'smart-app-state',
] as const

export type SmartCapability = (typeof smartCapabilities)[number]

export type SmartConfigurationOptions = {
  readonly tokenEndpoint: string
  /** Needed to launch apps. */
  readonly authorizationEndpoint?: string
  readonly capabilities: readonly SmartCapability[]
  readonly grantTypes: readonly ('authorization_code' | 'client_credentials')[]
  /** Both needed for `sso-openid-connect`. */
  readonly issuer?: string
  readonly jwksUri?: string
  readonly registrationEndpoint?: string
  readonly introspectionEndpoint?: string
  readonly revocationEndpoint?: string
  readonly managementEndpoint?: string
  readonly tokenEndpointAuthMethods?: readonly ('client_secret_post' | 'client_secret_basic' | 'private_key_jwt')[]
  /** The default names what the hub enforces for all types. */
  readonly scopes?: readonly string[]
}

const scopesDefault = [
  'patient/*.cruds',
  'patient/*.rs',
  'patient/*.read',
  'patient/*.write',
  'patient/*.*',
  'user/*.cruds',
  'user/*.rs',
  'user/*.read',
  'user/*.write',
  'user/*.*',
  'system/*.cruds',
  'system/*.rs',
  'system/*.read',
  'system/*.write',
  'system/*.*',
]

/**
 * The document at `.well-known/smart-configuration` (SMART App Launch 2.2 §conformance), as plain JSON.
 *
 * @throws SambandError `smart-contradictory` for options that contradict each other: a document that promises what does not work is worse than none
 */
export function smartConfiguration(options: SmartConfigurationOptions): JsonObject {
  const wrong = contradictions(options)
  if (wrong.length > 0) {
    const message = `hub.smart contradicts itself: ${wrong.join('; ')}`
    throw new SambandError({ code: 'smart-contradictory', category: 'incorrect', message })
  }
  return {
    ...defined({
      issuer: options.issuer,
      jwks_uri: options.jwksUri,
      authorization_endpoint: options.authorizationEndpoint,
    }),
    token_endpoint: options.tokenEndpoint,
    grant_types_supported: options.grantTypes,
    ...defined({
      token_endpoint_auth_methods_supported: options.tokenEndpointAuthMethods,
      registration_endpoint: options.registrationEndpoint,
      introspection_endpoint: options.introspectionEndpoint,
      revocation_endpoint: options.revocationEndpoint,
      management_endpoint: options.managementEndpoint,
    }),
    scopes_supported: [...otherScopes(options.capabilities), ...(options.scopes ?? scopesDefault)],
    ...(options.authorizationEndpoint === undefined ? {} : { response_types_supported: ['code'] }),
    code_challenge_methods_supported: ['S256'],
    capabilities: [...new Set([...options.capabilities, ...ownCapabilities])],
  }
}

/** The same for the CapabilityStatement: where apps of SMART 1.0 look. */
export function securityFacts({ authorizationEndpoint, tokenEndpoint }: SmartConfigurationOptions): SecurityFacts {
  return {
    tokenUrl: tokenEndpoint,
    ...(authorizationEndpoint === undefined ? {} : { authorizeUrl: authorizationEndpoint }),
  }
}

function contradictions(options: SmartConfigurationOptions): readonly string[] {
  const can = new Set<string>(options.capabilities)
  const launches = can.has('launch-ehr') || can.has('launch-standalone')
  return [
    launches && options.authorizationEndpoint === undefined ? 'launching apps needs an authorization endpoint' : '',
    launches && !options.grantTypes.includes('authorization_code') ? 'launching apps needs authorization_code' : '',
    can.has('sso-openid-connect') && (options.issuer === undefined || options.jwksUri === undefined)
      ? 'sso-openid-connect needs an issuer and the address of its keys'
      : '',
    ...Object.entries(options).map(([name, value]) =>
      /Endpoint$|^issuer$|Uri$/u.test(name) && !URL.canParse(String(value)) ? `${name} is no absolute URL` : '',
    ),
  ].filter(text => text !== '')
}

/** Scopes that capabilities bring along. */
function otherScopes(capabilities: readonly SmartCapability[]): readonly string[] {
  const can = new Set(capabilities)
  return [
    ...(can.has('sso-openid-connect') ? ['openid', 'fhirUser'] : []),
    ...(can.has('launch-ehr') ? ['launch'] : []),
    ...(can.has('context-standalone-patient') ? ['launch/patient'] : []),
    ...(can.has('context-standalone-encounter') ? ['launch/encounter'] : []),
    ...(can.has('permission-offline') ? ['offline_access'] : []),
    ...(can.has('permission-online') ? ['online_access'] : []),
  ]
}

function defined(values: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined))
}
