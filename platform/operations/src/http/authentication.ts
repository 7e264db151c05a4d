import { type Permission, permissionsOf } from '@samband/access'
import type { FastifyRequest } from 'fastify'
import type { AccessPort, Principal } from '../access-port.ts'
import { HttpError } from './http-error.ts'

/** What an endpoint asks for before anything else happens. */
export type Requirement = Permission | 'signed-in' | 'anyone'

export const csrfHeader = 'x-samband-csrf'

/** A cookie with the prefix is only ever accepted over TLS and for this host (RFC 6265bis §4.1.3). */
export function sessionCookieName(tls: boolean): string {
  return tls ? '__Host-samband' : 'samband'
}

const safeMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * Who asks. A program shows a token (`Authorization: Bearer`), a browser its cookie. A browser sends its cookie also
 * when another site made it ask; that site cannot set our header, so an unsafe method needs it.
 *
 * @throws HttpError 401 `sign-in-needed`, `token-invalid`; 403 `csrf-header-missing`
 */
export async function authenticate(
  request: FastifyRequest,
  access: AccessPort,
  cookieName: string,
): Promise<Principal | undefined> {
  const authorization = request.headers.authorization
  if (authorization !== undefined) {
    const token = /^Bearer ([A-Za-z0-9._~+/=-]{1,500})$/i.exec(authorization)?.[1]
    const principal = token === undefined ? undefined : await access.bearer(token)
    if (principal === undefined) throw unauthorised('token-invalid', 'the token is unknown, expired or revoked')
    return principal
  }
  if (!safeMethods.has(request.method) && request.headers[csrfHeader] !== '1') {
    throw new HttpError({
      status: 403,
      code: 'csrf-header-missing',
      category: 'forbidden',
      message: `a change needs the header ${csrfHeader}: 1, or a token`,
    })
  }
  const cookie = request.cookies[cookieName]
  return cookie === undefined ? undefined : await access.session(cookie)
}

/** @throws HttpError 401 `sign-in-needed`, 403 `permission-missing` */
export function authorise(principal: Principal | undefined, requirement: Requirement): void {
  if (requirement === 'anyone') return
  if (principal === undefined) throw unauthorised('sign-in-needed', 'sign in first, or send a token')
  if (requirement === 'signed-in' || permissionsOf(principal.roles).has(requirement)) return
  const held = principal.roles.length === 0 ? 'no role' : `role ${principal.roles.join(', ')}`
  throw new HttpError({
    status: 403,
    code: 'permission-missing',
    category: 'forbidden',
    message: `${principal.name} (${held}) lacks the permission ${requirement}`,
  })
}

function unauthorised(code: string, message: string): HttpError {
  return new HttpError({
    status: 401,
    code,
    category: 'forbidden',
    message,
    headers: { 'www-authenticate': 'Bearer realm="samband"' },
  })
}
