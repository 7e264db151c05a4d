import { generateKeyPairSync, sign } from 'node:crypto'

export const tokenIssuer = 'https://bench.example'
export const tokenAudience = 'samband-bench'

export type SignedToken = {
  readonly token: string
  /** The public key, as a hub is told of it. */
  readonly jwk: Readonly<Record<string, unknown>>
}

/** An access token of a system that may do everything (SMART App Launch 2.2), signed with a new ES256 key; good for a day. */
export function signToken(): SignedToken {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const seconds = Math.floor(Date.now() / 1000)
  const signed = [
    part({ alg: 'ES256', kid: 'bench', typ: 'at+jwt' }),
    part({
      iss: tokenIssuer,
      aud: tokenAudience,
      sub: 'bench',
      client_id: 'bench',
      scope: 'system/*.cruds',
      iat: seconds,
      exp: seconds + 86400,
      jti: 'bench',
    }),
  ].join('.')
  const signature = sign('sha256', Buffer.from(signed), { key: privateKey, dsaEncoding: 'ieee-p1363' })
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'bench', alg: 'ES256', use: 'sig' }
  return { token: `${signed}.${signature.toString('base64url')}`, jwk }
}
