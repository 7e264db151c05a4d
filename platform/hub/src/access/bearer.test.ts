import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, beforeEach, describe, test } from 'node:test'
import { type CryptoKey, exportJWK, exportSPKI, generateKeyPair, type JWK, SignJWT, UnsecuredJWT } from 'jose'
import { accessContext } from '../../test/access-context.ts'
import { HubError } from '../hub-error.ts'
import { Refusal } from '../http/refusal.ts'
import { type AuthenticateOptions, createAuthenticate } from './bearer.ts'
import { type Caller, systemCaller } from './caller.ts'
import type { CallerContext } from './token-caller.ts'

type Signer = {
  readonly kid: string
  readonly alg: string
  readonly key: CryptoKey
  readonly jwk: JWK
  readonly spki: string
}

async function signer(kid: string, alg = 'ES256'): Promise<Signer> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
  return {
    kid,
    alg,
    key: privateKey,
    jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' },
    spki: await exportSPKI(publicKey),
  }
}

const issuer = 'https://login.example.org'
const audience = 'https://hub.example.org/fhir'

describe('bearer tokens', () => {
  let context: CallerContext
  let one: Signer
  let two: Signer
  let server: Server
  let jwksUri: string
  let nowMs = Date.UTC(2026, 2, 4, 12)
  let published: () => { status: number; body: string; delayMs?: number }
  let fetches = 0

  before(async () => {
    context = await accessContext()
    one = await signer('k1')
    two = await signer('k2', 'RS256')
    server = createServer((_request, response) => {
      fetches += 1
      const { status, body, delayMs = 0 } = published()
      setTimeout(
        () => response.writeHead(status, { 'content-type': 'application/json', location: '/elsewhere' }).end(body),
        delayMs,
      )
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    jwksUri = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`
  })
  after(() => {
    server.closeAllConnections()
    server.close()
  })
  beforeEach(() => {
    fetches = 0
    publish(one)
  })

  const publish = (...signers: readonly Signer[]): void => {
    published = () => ({ status: 200, body: JSON.stringify({ keys: signers.map(({ jwk }) => jwk) }) })
  }
  type Forged = { readonly claims?: object; readonly header?: object; readonly without?: readonly string[] }
  const tokenOf = async (
    { key, kid, alg }: Signer,
    { claims = {}, header = {}, without = [] }: Forged = {},
  ): Promise<string> => {
    const iat = Math.floor(nowMs / 1000)
    const all = {
      iss: issuer,
      aud: audience,
      sub: 'u1',
      iat,
      exp: iat + 300,
      scope: 'patient/*.rs',
      patient: 'p1',
      ...claims,
    }
    const kept = Object.fromEntries(Object.entries(all).filter(([name]) => !without.includes(name)))
    return await new SignJWT(kept).setProtectedHeader({ alg, kid, typ: 'at+jwt', ...header }).sign(key)
  }
  const authenticator = (more: Partial<AuthenticateOptions> = {}): ((authorization?: string) => Promise<Caller>) => {
    const authenticate = createAuthenticate({
      issuers: [{ issuer, audience, jwksUri }],
      context,
      now: () => nowMs,
      ...more,
    })
    return async authorization => await authenticate({ authorization, address: '192.0.2.7' })
  }
  const refused = async (asked: Promise<Caller>, code: string, status = 401): Promise<void> => {
    await assert.rejects(asked, (thrown: unknown) => {
      assert.ok(thrown instanceof HubError, String(thrown))
      assert.deepEqual([thrown.status, thrown.code], [status, code])
      if (status === 401) {
        assert.ok(thrown instanceof Refusal)
        const challenge = thrown.headers['www-authenticate'] ?? ''
        if (code !== 'token-missing' && code !== 'authorization-malformed')
          assert.match(challenge, /^Bearer error="invalid_token"/)
      }
      return true
    })
  }

  test('a good token tells who asks and what they may do', async () => {
    const caller = await authenticator()(`Bearer ${await tokenOf(one)}`)
    assert.deepEqual(
      [caller.actor, caller.actorKind, caller.patient, caller.address],
      ['u1', 'person', 'p1', '192.0.2.7'],
    )
    assert.deepEqual(caller.access('read', 'Observation'), [{ compartment: { type: 'Patient', id: 'p1' } }])
    assert.equal(caller.access('create', 'Observation'), 'none')
  })

  test('the scheme is not case-sensitive, and the type of the token may be JWT or unsaid', async () => {
    const ask = authenticator()
    await ask(`bearer ${await tokenOf(one, { header: { typ: 'JWT' } })}`)
    await ask(`BEARER ${await tokenOf(one, { header: { typ: undefined } })}`)
  })

  test('keys may be given instead of their address, and a key that is not named is found among several', async () => {
    const token = `Bearer ${await tokenOf(one, { header: { kid: undefined } })}`
    const { kid: _kid, ...other } = (await signer('k3')).jwk
    const keys = [other, one.jwk]
    await authenticator({ issuers: [{ issuer, audience, keys }] })(token)
    await authenticator({ issuers: [{ issuer, audience: ['https://other.example.org', audience], jwks: { keys } }] })(
      token,
    )
    await refused(authenticator({ issuers: [{ issuer, audience, keys: [other] }] })(token), 'token-signature')
  })

  for (const [what, forged, code] of [
    ['of another audience', { claims: { aud: 'https://other.example.org/fhir' } }, 'token-claim'],
    ['without audience', { without: ['aud'] }, 'token-claim'],
    ['of another issuer', { claims: { iss: 'https://evil.example.org' } }, 'token-issuer-unknown'],
    ['without issuer', { without: ['iss'] }, 'token-issuer-unknown'],
    ['that expired', { claims: { exp: Date.UTC(2026, 2, 4, 12) / 1000 - 31 } }, 'token-expired'],
    ['that does not expire', { without: ['exp'] }, 'token-claim'],
    ['that is not valid yet', { claims: { nbf: Date.UTC(2026, 2, 4, 12) / 1000 + 31 } }, 'token-claim'],
    ['that is a logout token', { header: { typ: 'logout+jwt' } }, 'token-type'],
    ['that is a proof of a key', { header: { typ: 'dpop+jwt' } }, 'token-type'],
    ['bound to a key', { claims: { cnf: { jkt: 'x' } } }, 'token-bound'],
    ['with a key that is not listed', { header: { kid: 'k9' } }, 'token-key-unknown'],
  ] as const) {
    test(`a token ${what} is refused`, async () => {
      await refused(authenticator()(`Bearer ${await tokenOf(one, forged)}`), code)
    })
  }

  test('clocks may be half a minute apart', async () => {
    const at = nowMs / 1000
    await authenticator()(`Bearer ${await tokenOf(one, { claims: { exp: at - 29, nbf: at + 29 } })}`)
  })

  test('a claim that was asked for has to be there', async () => {
    await refused(authenticator({ requiredClaims: ['jti'] })(`Bearer ${await tokenOf(one)}`), 'token-claim')
    await authenticator({ requiredClaims: ['jti'] })(`Bearer ${await tokenOf(one, { claims: { jti: '1' } })}`)
  })

  test('no signature, or one by a secret, is refused, also when the secret is the public key', async () => {
    const claims = { iss: issuer, aud: audience, exp: nowMs / 1000 + 300, scope: 'system/*.cruds' }
    const ask = authenticator()
    await refused(ask(`Bearer ${new UnsecuredJWT(claims).encode()}x`), 'token-algorithm')
    const unsigned = `${base64({ alg: 'none' })}.${base64(claims)}.`
    await refused(ask(`Bearer ${unsigned}`), 'token-algorithm')
    for (const secret of [one.spki, JSON.stringify(one.jwk)]) {
      const token = await new SignJWT(claims)
        .setProtectedHeader({ alg: 'HS256', kid: 'k1' })
        .sign(new TextEncoder().encode(secret))
      await refused(ask(`Bearer ${token}`), 'token-algorithm')
    }
    assert.equal(fetches, 0)
  })

  test('a changed payload, and a key that the token brings itself, are refused', async () => {
    const ask = authenticator()
    const [header = '', , signature = ''] = (await tokenOf(one)).split('.')
    const claims = { iss: issuer, aud: audience, exp: nowMs / 1000 + 300, scope: 'system/*.cruds' }
    await refused(ask(`Bearer ${header}.${base64(claims)}.${signature}`), 'token-signature')
    const own = await signer('k1')
    await refused(
      ask(`Bearer ${await tokenOf(own, { header: { jwk: own.jwk, jku: 'http://127.0.0.1:1/' } })}`),
      'token-signature',
    )
    const critical = base64({ alg: 'ES256', kid: 'k1', crit: ['x'], x: 1 })
    await refused(ask(`Bearer ${critical}.${base64(claims)}.AA`), 'token-malformed')
  })

  test('what is no token is refused, with as little work as it takes', async () => {
    const ask = authenticator()
    await refused(ask(`Bearer ${'a'.repeat(20_000)}.b.c`), 'token-too-large')
    await refused(ask('Bearer a.b.c'), 'token-issuer-unknown')
    await refused(ask(`Bearer ${'.'.repeat(2)}`), 'token-issuer-unknown')
    await refused(ask('Bearer opaque'), 'token-unknown')
    await refused(ask('Basic dTpw'), 'authorization-malformed')
    await refused(ask('Bearer'), 'authorization-malformed')
    await refused(ask('Bearer a b'), 'authorization-malformed')
    assert.equal(fetches, 0)
  })

  test('no token is refused, unless strangers are let in; a bad one is refused in any case', async () => {
    await refused(authenticator()(), 'token-missing')
    const ask = authenticator({ anonymous: systemCaller })
    assert.equal((await ask()).actor, 'system')
    assert.equal((await ask()).address, '192.0.2.7')
    await refused(ask('Bearer opaque'), 'token-unknown')
  })

  test("the platform's own tokens are asked of the platform", async () => {
    const ask = authenticator({ verify: async token => (token === 'own-1' ? systemCaller : undefined) })
    assert.equal((await ask('Bearer own-1')).actor, 'system')
    await refused(ask('Bearer own-2'), 'token-unknown')
  })

  test('no refusal shows anything of the token', async () => {
    const token = await tokenOf(one, { claims: { aud: 'secret-audience', sub: 'secret-subject' } })
    await assert.rejects(authenticator()(`Bearer ${token}`), (thrown: unknown) => {
      const said = thrown instanceof Refusal ? JSON.stringify([thrown.message, thrown.issues, thrown.headers]) : ''
      assert.doesNotMatch(said, /secret/)
      assert.ok(!said.includes(token.slice(0, 20)))
      return true
    })
  })

  test('keys are fetched once for many tokens, and a token is verified once', async () => {
    const ask = authenticator()
    const tokens = await Promise.all([1, 2, 3].map(async n => await tokenOf(one, { claims: { jti: String(n) } })))
    await Promise.all(tokens.flatMap(token => [ask(`Bearer ${token}`), ask(`Bearer ${token}`)]))
    assert.equal(fetches, 1)
  })

  test('a token that was verified ends all the same', async () => {
    const ask = authenticator()
    const token = await tokenOf(one, { claims: { exp: nowMs / 1000 + 10 } })
    await ask(`Bearer ${token}`)
    nowMs += 45_000
    await refused(ask(`Bearer ${token}`), 'token-expired')
  })

  test('a rotated key is fetched when a token names it, but not for each token with a made-up key', async () => {
    const ask = authenticator()
    await ask(`Bearer ${await tokenOf(one)}`)
    publish(one, two)
    nowMs += 20_000
    await ask(`Bearer ${await tokenOf(two)}`)
    assert.equal(fetches, 2)
    for (let n = 0; n < 5; n += 1) {
      await refused(ask(`Bearer ${await tokenOf(one, { header: { kid: `made-up-${n}` } })}`), 'token-key-unknown')
    }
    assert.equal(fetches, 2)
  })

  test('a key that the issuer has taken back is no longer good when the keys are old', async () => {
    const ask = authenticator()
    await ask(`Bearer ${await tokenOf(one)}`)
    publish(two)
    nowMs += 11 * 60_000
    await refused(ask(`Bearer ${await tokenOf(one)}`), 'token-key-unknown')
  })

  test('an issuer that cannot be reached is not the fault of the token', async () => {
    for (const failure of [
      { status: 500, body: '' },
      { status: 302, body: '' },
      { status: 200, body: 'no JSON' },
      { status: 200, body: '{"keys":1}' },
      { status: 200, body: JSON.stringify({ keys: [], padding: 'x'.repeat(2_000_000) }) },
      { status: 200, body: '{"keys":[]}', delayMs: 400 },
    ]) {
      published = () => failure
      const ask = authenticator({ limits: { keysTimeoutMs: 200 } })
      await refused(ask(`Bearer ${await tokenOf(one)}`), 'issuer-keys-unavailable', 503)
    }
    const nobody = authenticator({ issuers: [{ issuer, audience, jwksUri: 'http://127.0.0.1:1/jwks' }] })
    await refused(nobody(`Bearer ${await tokenOf(one)}`), 'issuer-keys-unavailable', 503)
  })

  test('while the issuer is down the last keys are good for hours, and it is asked seldom', async () => {
    const ask = authenticator()
    await ask(`Bearer ${await tokenOf(one)}`)
    published = () => ({ status: 503, body: '' })
    nowMs += 3_600_000
    await ask(`Bearer ${await tokenOf(one)}`)
    await ask(`Bearer ${await tokenOf(one, { claims: { jti: '2' } })}`)
    assert.equal(fetches, 2)
    nowMs += 6 * 3_600_000
    await refused(ask(`Bearer ${await tokenOf(one)}`), 'issuer-keys-unavailable', 503)
  })

  test('keys come by https, or from this machine', () => {
    for (const uri of ['http://login.example.org/jwks', 'ftp://127.0.0.1/jwks', 'file:///jwks']) {
      assert.throws(() => authenticator({ issuers: [{ issuer, audience, jwksUri: uri }] }), /https/)
    }
    assert.throws(() => authenticator({ issuers: [{ issuer, audience: [], jwksUri }] }), /audience/)
  })
})

function base64(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
