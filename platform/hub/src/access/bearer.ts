import { createHash } from 'node:crypto'
import type { JSONWebKeySet, JWK } from 'jose'
import { HubError } from '../hub-error.ts'
import { AuthenticationError } from './authentication-error.ts'
import { type BearerLimits, bearerLimitsDefault } from './bearer-limits.ts'
import type { Caller } from './caller.ts'
import { KeysUnavailableError, localKeys, remoteKeys } from './key-source.ts'
import { type CallerContext, callerOfClaims, type UserVisibility } from './token-caller.ts'
import { issuerOf, type TrustedIssuer, verifyJwt } from './verify-jwt.ts'

/** Who may issue tokens for this server, and where its public keys are. */
export type BearerIssuer = {
  /** `iss`, letter by letter. */
  readonly issuer: string
  /** `aud`: mostly the base URL of this server; one of several is enough. */
  readonly audience: string | readonly string[]
} & ({ readonly jwksUri: string } | { readonly jwks: JSONWebKeySet } | { readonly keys: readonly JWK[] })

export type AuthenticateOptions = {
  readonly issuers: readonly BearerIssuer[]
  /** A `HubContext`. */
  readonly context: CallerContext
  /** Claims that a token must have besides `iss`, `aud` and `exp`. */
  readonly requiredClaims?: readonly string[]
  /** Tokens that are no JWT: the platform's own. Undefined: it does not know it. */
  readonly verify?: (token: string) => Promise<Caller | undefined>
  /** Who it is that brings no token; without it such a request is refused. */
  readonly anonymous?: Caller
  /** What a user may see apart from what the app was allowed. The default: patients their own record, staff everything. */
  readonly userVisibility?: UserVisibility
  readonly limits?: Partial<BearerLimits>
  /** Epoch milliseconds. */
  readonly now?: () => number
}

export type AuthenticationRequest = {
  /** The header, as it came. */
  readonly authorization?: string | undefined
  /** Network address, for the audit. */
  readonly address?: string | undefined
}

/**
 * Who asks. @throws AuthenticationError (401); HubError 503 `issuer-keys-unavailable`, when the issuer's keys cannot be had
 */
export type Authenticate = (request: AuthenticationRequest) => Promise<Caller>

/**
 * Verifies bearer tokens (RFC 6750, RFC 9068, SMART App Launch 2.2): signature by one of the issuer's keys and an asymmetric
 * algorithm, `iss`, `aud`, `exp`, `nbf`, `typ`. A token is never kept or logged: what was verified is remembered for
 * `verifiedMs` by the hash of the token, so that a client's next requests cost no signature.
 *
 * @throws Error at once when an issuer's address for keys is not https (but for this machine itself)
 */
export function createAuthenticate(options: AuthenticateOptions): Authenticate {
  const { context, verify, anonymous, userVisibility, now = Date.now } = options
  const limits = { ...bearerLimitsDefault, ...options.limits }
  const issuers = new Map(options.issuers.map(each => [each.issuer, trusted(each, options, limits, now)]))
  const verified = new VerifiedCallers(limits, now)

  const callerOf = async (token: string): Promise<Caller> => {
    const isJwt = token.split('.').length === 3
    if (!isJwt) {
      const caller = await verify?.(token)
      if (caller === undefined) throw invalid('token-unknown', 'The access token is not known')
      return caller
    }
    // Before anything is decoded: a client's next requests bring the same token.
    const key = createHash('sha256').update(token).digest('base64')
    const known = verified.get(key)
    if (known !== undefined) return known
    const issuer = issuers.get(issuerOf(token) ?? '')
    if (issuer === undefined)
      throw invalid('token-issuer-unknown', 'The access token is of no issuer that is trusted here')
    const claims = await verifyJwt(token, issuer)
    const caller = callerOfClaims(claims, context, userVisibility)
    verified.set(key, caller, (claims.exp ?? 0) * 1000)
    return caller
  }

  return async ({ authorization, address }) => {
    if (authorization === undefined || authorization === '') {
      if (anonymous === undefined)
        throw new AuthenticationError({ code: 'token-missing', message: 'An access token is needed' })
      return withAddress(anonymous, address)
    }
    try {
      return withAddress(await callerOf(bearerToken(authorization, limits)), address)
    } catch (thrown) {
      throw thrown instanceof KeysUnavailableError ? keysUnavailable(thrown) : thrown
    }
  }
}

function trusted(
  issuer: BearerIssuer,
  { requiredClaims = [] }: AuthenticateOptions,
  limits: BearerLimits,
  now: () => number,
): TrustedIssuer {
  const audience = typeof issuer.audience === 'string' ? [issuer.audience] : [...issuer.audience]
  if (audience.length === 0) throw new Error(`the issuer ${issuer.issuer} needs an audience`)
  const { clockToleranceSeconds } = limits
  const findKeys =
    'jwksUri' in issuer
      ? remoteKeys(secureUrl(issuer.jwksUri), limits, now)
      : localKeys('jwks' in issuer ? issuer.jwks : { keys: [...issuer.keys] })
  return { issuer: issuer.issuer, audience, requiredClaims, clockToleranceSeconds, findKeys, now }
}

const loopback: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]'])

/** Who can change the keys on their way can make tokens. */
function secureUrl(text: string): URL {
  const url = new URL(text)
  if (url.protocol === 'https:' || (url.protocol === 'http:' && loopback.has(url.hostname))) return url
  throw new Error("the address of an issuer's keys must be https")
}

function bearerToken(authorization: string, { tokenCharactersMax }: BearerLimits): string {
  if (authorization.length > tokenCharactersMax) {
    throw invalid('token-too-large', `An access token has at most ${tokenCharactersMax} characters`)
  }
  const token = /^Bearer +(?<token>[A-Za-z0-9\-._~+/]+=*) *$/iu.exec(authorization)?.groups?.['token']
  if (token === undefined) {
    throw new AuthenticationError({
      code: 'authorization-malformed',
      error: 'invalid_request',
      message: 'The header Authorization is written as Bearer and a token',
    })
  }
  return token
}

function invalid(code: string, message: string): AuthenticationError {
  return new AuthenticationError({ code, error: 'invalid_token', message })
}

function keysUnavailable(cause: KeysUnavailableError): HubError {
  return new HubError({
    code: 'issuer-keys-unavailable',
    category: 'unavailable',
    message: 'The keys of the issuer of the access token cannot be fetched; try again later',
    cause,
  })
}

function withAddress(caller: Caller, address: string | undefined): Caller {
  if (address === undefined) return caller
  // A caller may be an instance of a class, whose methods a copy would lose.
  return { ...caller, access: (kind, type) => caller.access(kind, type), address }
}

/** Callers whose token was verified a moment ago, by the hash of it. */
class VerifiedCallers {
  readonly #limits: BearerLimits
  readonly #now: () => number
  readonly #known = new Map<string, { readonly caller: Caller; readonly until: number }>()

  constructor(limits: BearerLimits, now: () => number) {
    this.#limits = limits
    this.#now = now
  }

  get(key: string): Caller | undefined {
    const found = this.#known.get(key)
    if (found === undefined) return undefined
    if (found.until > this.#now()) return found.caller
    this.#known.delete(key)
    return undefined
  }

  /** `expiresMs`: of the token, epoch milliseconds. */
  set(key: string, caller: Caller, expiresMs: number): void {
    const until = Math.min(this.#now() + this.#limits.verifiedMs, expiresMs)
    if (this.#known.size >= this.#limits.verifiedMax) {
      const [oldest] = this.#known.keys()
      if (oldest !== undefined) this.#known.delete(oldest)
    }
    this.#known.set(key, { caller, until })
  }
}
