import { decodeJwt, decodeProtectedHeader, errors, type JWTPayload, jwtVerify } from 'jose'
import { AuthenticationError } from './authentication-error.ts'
import type { FindKeys } from './key-source.ts'

export type TrustedIssuer = {
  readonly issuer: string
  readonly audience: readonly string[]
  readonly requiredClaims: readonly string[]
  readonly clockToleranceSeconds: number
  readonly findKeys: FindKeys
  /** Epoch milliseconds. */
  readonly now: () => number
}

/** Asymmetric ones only: with a shared secret, who can verify can sign, and a public key could be taken for a secret. */
const algorithms: readonly string[] = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
]

/** Types of access tokens (RFC 9068 §2.1, and what issuers write that are older). A logout token or a proof is none. */
const accessTokenTypes: ReadonlySet<string> = new Set(['at+jwt', 'application/at+jwt', 'jwt'])

/** What the token says of its issuer, before anything is believed. */
export function issuerOf(token: string): string | undefined {
  try {
    return decodeJwt(token).iss
  } catch {
    // What cannot be read is of no issuer; verification says why.
    return undefined
  }
}

/**
 * The claims of an access token, once everything about it is right.
 *
 * @throws AuthenticationError 401 with the code of what is wrong; KeysUnavailableError
 */
export async function verifyJwt(token: string, trusted: TrustedIssuer): Promise<JWTPayload> {
  try {
    const claims = await verified(token, trusted)
    // Bound to a key that the client proves to have: as a bearer token it has been taken from where it belongs (RFC 9449 §7.1).
    if (claims['cnf'] !== undefined) {
      throw refusal('token-bound', 'The access token is bound to a key of its client, which is not supported')
    }
    return claims
  } catch (thrown) {
    if (thrown instanceof errors.JOSEError) throw explained(thrown)
    throw thrown
  }
}

async function verified(token: string, trusted: TrustedIssuer): Promise<JWTPayload> {
  const header = decodeHeader(token)
  if (typeof header.alg !== 'string' || !algorithms.includes(header.alg)) {
    throw refusal('token-algorithm', 'The access token is signed by an algorithm that is not accepted')
  }
  if (header.typ !== undefined && !accessTokenTypes.has(String(header.typ).toLowerCase())) {
    throw refusal('token-type', 'The token is no access token by its type')
  }
  const [protectedPart = '', payload = '', signature = ''] = token.split('.')
  const keys = await trusted.findKeys(header, { protected: protectedPart, payload, signature })
  let failure: errors.JOSEError = new errors.JWKSNoMatchingKey()
  for (const key of keys) {
    try {
      const { payload: claims } = await jwtVerify(token, key, {
        issuer: trusted.issuer,
        audience: [...trusted.audience],
        algorithms: [...algorithms],
        clockTolerance: trusted.clockToleranceSeconds,
        currentDate: new Date(trusted.now()),
        requiredClaims: ['iss', 'aud', 'exp', ...trusted.requiredClaims],
      })
      return claims
    } catch (thrown) {
      if (!(thrown instanceof errors.JWSSignatureVerificationFailed)) throw thrown
      failure = thrown
    }
  }
  throw failure
}

function decodeHeader(token: string): ReturnType<typeof decodeProtectedHeader> {
  try {
    return decodeProtectedHeader(token)
  } catch (thrown) {
    throw refusal('token-malformed', 'The access token cannot be read', thrown)
  }
}

/** By the library's code; its texts could show claims. */
function explained(error: errors.JOSEError): AuthenticationError {
  if (error instanceof errors.JWTExpired) return refusal('token-expired', 'The access token has expired')
  if (error instanceof errors.JWTClaimValidationFailed) {
    return refusal('token-claim', `The claim ${error.claim} of the access token is missing or not accepted here`)
  }
  if (error instanceof errors.JWSSignatureVerificationFailed) {
    return refusal('token-signature', 'The signature of the access token is wrong')
  }
  if (error instanceof errors.JWKSNoMatchingKey) {
    return refusal('token-key-unknown', 'The access token is signed with a key that its issuer does not list')
  }
  return refusal('token-malformed', 'The access token cannot be read')
}

function refusal(code: string, message: string, cause?: unknown): AuthenticationError {
  return new AuthenticationError({ code, error: 'invalid_token', message, ...(cause === undefined ? {} : { cause }) })
}
