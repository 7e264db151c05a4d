import type { CompartmentDefinition } from '@samband/fhir/definitions'
import { parseReference } from '@samband/fhir/fhirpath'
import type { JWTPayload } from 'jose'
import type { AccessKind, Caller, Visibility } from './caller.ts'
import { patientReach } from './patient-reach.ts'
import { type Reach, scopeAccess } from './scope-access.ts'
import { parseScopes } from './scopes.ts'
import type { VisibilityQueryContext } from './visibility-query.ts'

/** A `HubContext` has all of it. */
export type CallerContext = VisibilityQueryContext & {
  readonly resourceTypes: ReadonlySet<string>
  readonly compartments: readonly CompartmentDefinition[]
}

/** A user as the token tells. */
export type TokenUser = {
  /** `sub` */
  readonly subject: string | undefined
  /** `fhirUser`: 'Practitioner/123', or the same as a URL. */
  readonly fhirUser: string | undefined
  readonly claims: Readonly<Record<string, unknown>>
}

/** What a user may do with a type apart from what the app was allowed by its scopes of level `user`. */
export type UserVisibility = (user: TokenUser, kind: AccessKind, type: string) => Visibility

/**
 * Unless a deployment says otherwise: staff (a practitioner, or a user of whom the token tells no resource) reaches
 * everything, a patient of this server what scopes of level `patient` would; relatives, and patients of other servers,
 * nothing, since nothing here tells whom they act for.
 */
function userReach(context: CallerContext, patientsReach: (patientId: string) => Reach, fhirUser?: string): Reach {
  if (fhirUser === undefined) return () => 'all'
  const { base, type, id } = parseReference(fhirUser)
  if (type === 'Practitioner' || type === 'PractitionerRole') return () => 'all'
  const isHere = base === undefined || base === context.baseUrl
  return type === 'Patient' && id !== undefined && isHere ? patientsReach(id) : () => 'none'
}

const idForm = /^[A-Za-z0-9\-.]{1,64}$/u

/**
 * What the claims of a verified token make of its bearer: `scope` (or `scp`) what it may do, `patient` the patient in the
 * launch context (SMART App Launch 2.2), `fhirUser` and `sub` who it is. A patient that is no id is no patient: scopes of
 * level `patient` then reach nothing.
 */
export function callerOfClaims(claims: JWTPayload, context: CallerContext, userVisibility?: UserVisibility): Caller {
  const subject = text(claims.sub)
  const fhirUser = text(claims['fhirUser'])
  const client = text(claims['client_id']) ?? text(claims['azp'])
  const patient = idForm.test(text(claims['patient']) ?? '') ? text(claims['patient']) : undefined
  const { scopes } = parseScopes(scopesOf(claims), context)
  const compartment = context.compartments.find(({ code }) => code === 'Patient')
  const reachOf = (id: string): Reach => patientReach(compartment, id)
  const user: TokenUser = { subject, fhirUser, claims }
  const access = scopeAccess(scopes, {
    system: () => 'all',
    user:
      userVisibility === undefined
        ? userReach(context, reachOf, fhirUser)
        : (kind, type) => userVisibility(user, kind, type),
    patient: patient === undefined ? undefined : reachOf(patient),
  })
  // A client that acts for itself has itself as subject (RFC 9068 §2.2).
  const isClient = fhirUser === undefined && (subject === undefined || subject === client)
  return {
    actor: (isClient ? (client ?? subject) : (fhirUser ?? subject)) ?? text(claims.iss) ?? 'unknown',
    actorKind: isClient ? 'token' : 'person',
    ...(patient === undefined ? {} : { patient }),
    access,
  }
}

/** A text of scopes, or a list of them as some issuers write it. */
function scopesOf(claims: JWTPayload): string | readonly string[] {
  const scope = claims['scope'] ?? claims['scp']
  if (typeof scope === 'string') return scope
  return Array.isArray(scope) ? scope.filter(each => typeof each === 'string') : ''
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
