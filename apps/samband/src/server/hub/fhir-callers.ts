import { type Permission, type Principal, permissionsOf } from '@samband/access'
import { type AccessKind, type Authenticate, type Caller, HubError } from '@samband/hub'
import { csrfHeader } from '@samband/operations'
import type { FastifyRequest } from 'fastify'

const permissionOfKind: { readonly [K in AccessKind]: Permission } = {
  read: 'fhir:read',
  search: 'fhir:read',
  create: 'fhir:write',
  update: 'fhir:write',
  delete: 'fhir:write',
}

/** A user or a program of the platform at the FHIR server: all resources, or none, as its roles say. */
export function fhirCaller({
  name,
  roles,
  kind,
}: Pick<Principal, 'name' | 'kind'> & { readonly roles: readonly string[] }): Caller {
  const permissions = permissionsOf(roles)
  return {
    actor: name,
    actorKind: kind,
    access: wanted => (permissions.has(permissionOfKind[wanted]) ? 'all' : 'none'),
  }
}

export type FhirSessions = {
  /** Undefined: unknown, expired or ended. */
  readonly session: (sessionToken: string) => Promise<Parameters<typeof fhirCaller>[0] | undefined>
  readonly cookieName: string
}

/**
 * Who asks the FHIR server: a token (the platform's own, or of an issuer), or a browser that is signed in to the console.
 * Another site can make that browser ask, but cannot set our header, so that a change needs it, as it does everywhere here.
 */
export function fhirAuthentication(
  bearer: Authenticate,
  { session, cookieName }: FhirSessions,
): (request: FastifyRequest) => Promise<Caller> {
  return async request => {
    const { authorization } = request.headers
    const cookie = authorization === undefined ? cookieOf(request.headers.cookie, cookieName) : undefined
    const principal = cookie === undefined ? undefined : await session(cookie)
    if (principal === undefined) return await bearer({ authorization, address: request.ip })
    if (!safeMethods.has(request.method) && request.headers[csrfHeader] !== '1') throw csrfHeaderMissing()
    return { ...fhirCaller(principal), address: request.ip }
  }
}

const safeMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

/** RFC 6265 §4.2.1. Our cookies are of letters, digits and `_`: nothing is escaped in them. */
function cookieOf(header: string | undefined, name: string): string | undefined {
  for (const pair of header?.split(';') ?? []) {
    const at = pair.indexOf('=')
    if (at > 0 && pair.slice(0, at).trim() === name) return pair.slice(at + 1).trim()
  }
  return undefined
}

function csrfHeaderMissing(): HubError {
  return new HubError({
    code: 'csrf-header-missing',
    category: 'forbidden',
    message: `a change from a browser needs the header ${csrfHeader}: 1, or a token`,
  })
}
