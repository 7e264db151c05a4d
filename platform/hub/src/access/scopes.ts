import type { HubIssue } from '../hub-error.ts'
import type { AccessKind } from './caller.ts'
import { visibilityQuery, type VisibilityQueryContext } from './visibility-query.ts'

/** Whose data a scope is about: the launch patient's, what the user may see, or everything. */
export type ScopeLevel = 'patient' | 'user' | 'system'

/** A scope that asks for resources (SMART App Launch 2.2, scopes for requesting FHIR resources). */
export type ResourceScope = {
  readonly level: ScopeLevel
  /** A resource type, or '*' for all. */
  readonly type: string
  readonly kinds: ReadonlySet<AccessKind>
  /** What follows `?`: only the resources that this search finds. */
  readonly query?: string
}

export type ParsedScopes = {
  readonly scopes: readonly ResourceScope[]
  /** What was not understood, or is not supported: it grants nothing. */
  readonly issues: readonly HubIssue[]
}

/** Scopes of a token; what comes after is not read. */
export const scopesMax = 1_000

export const resourceScopeForm: RegExp =
  /^(?<level>patient|user|system)\/(?<type>[A-Za-z]+|\*)\.(?<permission>[^?]*)(?:\?(?<query>.*))?$/su

const cruds: readonly (readonly [string, AccessKind])[] = [
  ['c', 'create'],
  ['r', 'read'],
  ['u', 'update'],
  ['d', 'delete'],
  ['s', 'search'],
]

/** SMART 1.0's permissions, as 2.2 translates them. */
const firstVersion: ReadonlyMap<string, string> = new Map([
  ['read', 'rs'],
  ['write', 'cud'],
  ['*', 'cruds'],
])

/**
 * Reads the scopes of a token: those for resources of SMART 2.2 (`user/Observation.rs?category=laboratory`) and of 1.0
 * (`patient/*.read`). Scopes of another kind (`openid`, `launch/patient`, `fhirUser`) say nothing about resources and are
 * passed over. Everything that is malformed or unsupported is reported; it grants nothing.
 */
export function parseScopes(
  text: string | readonly string[],
  context: VisibilityQueryContext & { readonly resourceTypes: ReadonlySet<string> },
): ParsedScopes {
  const written = typeof text === 'string' ? text.split(/[ \t\r\n]+/u) : text
  const scopes: ResourceScope[] = []
  const issues: HubIssue[] = []
  if (written.length > scopesMax) issues.push(issue('scopes-too-many', `A token has at most ${scopesMax} scopes`))
  for (const scope of new Set(written.slice(0, scopesMax))) {
    if (!/^(?:patient|user|system)\//u.test(scope)) continue
    const read = parseScope(scope, context)
    if ('code' in read) issues.push(read)
    else scopes.push(read)
  }
  return { scopes, issues }
}

function parseScope(
  scope: string,
  context: VisibilityQueryContext & { readonly resourceTypes: ReadonlySet<string> },
): ResourceScope | HubIssue {
  const parts = resourceScopeForm.exec(scope)?.groups
  const { level, type, permission, query } = parts ?? {}
  if (level === undefined || type === undefined || permission === undefined) {
    return issue('scope-malformed', 'A scope for resources is written as level/Type.permissions')
  }
  if (type !== '*' && !context.resourceTypes.has(type)) {
    return issue('scope-type-unknown', `A scope names a resource type that there is not at level ${level}`)
  }
  const name = `${level}/${type}`
  const kinds = kindsOf(permission)
  if (kinds === undefined) {
    const text = `The permissions of ${name} are letters of cruds in that order, or read, write or * as in SMART 1.0`
    return issue('scope-permission-unknown', text)
  }
  if (query === undefined) return { level: level as ScopeLevel, type, kinds }
  if (firstVersion.has(permission)) {
    return issue('scope-malformed', `A query stands with the permissions of SMART 2 only, not as with ${name}`)
  }
  // For all types it is read as each type is asked for: a parameter that a type does not have leaves it out.
  const known = type === '*' ? undefined : visibilityQuery(context, type, query)
  if (known?.ok === false) return issue('scope-query-unsupported', `The query of a scope ${name}: ${known.reason}`)
  return { level: level as ScopeLevel, type, kinds, query }
}

function kindsOf(permission: string): ReadonlySet<AccessKind> | undefined {
  const letters = firstVersion.get(permission) ?? permission
  if (!/^c?r?u?d?s?$/u.test(letters) || letters === '') return undefined
  return new Set(cruds.filter(([letter]) => letters.includes(letter)).map(([, kind]) => kind))
}

function issue(code: string, text: string): HubIssue {
  return { severity: 'warning', type: 'security', code, text }
}
