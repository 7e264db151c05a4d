import assert from 'node:assert/strict'
import { generateKeyPairSync, sign } from 'node:crypto'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { createOperationsClient, type OperationsClient } from '@samband/operations/client'
import { type Deployment, deployment, type RunningCli, startSamband } from './cli.ts'
import { sender } from './patients.ts'

const routes = join(import.meta.dirname, 'fhir', 'routes')
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const issuer = 'https://id.example.org'
const audience = 'https://fhir.example.org/fhir'

type Answer = {
  readonly status: number
  readonly headers: Headers
  readonly body: Readonly<Record<string, unknown>>
}

describe('the FHIR server of a deployment', () => {
  let place: Deployment
  let server: RunningCli
  let client: OperationsClient
  const keys = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json')
    response.end(
      JSON.stringify({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'k1', alg: 'ES256', use: 'sig' }] }),
    )
  })

  before(async () => {
    keys.listen(0, '127.0.0.1')
    await once(keys, 'listening')
    const { port } = keys.address() as AddressInfo // a TCP server's
    place = await deployment()
    const config = {
      routes,
      endpoints: { in: { connector: 'mllp', port: 0 } },
      hub: {
        issuers: [{ issuer, audience, jwksUri: `http://127.0.0.1:${port}/jwks` }],
        smart: { tokenEndpoint: 'https://id.fjordvik.example/token' },
        validation: { unknownProfiles: 'error' },
      },
    }
    await writeFile(place.config, `export default ${JSON.stringify(config)}\n`)
    await start()
  })
  after(async () => {
    keys.close()
    keys.closeAllConnections()
    await server?.stop()
    await place.remove()
  })

  async function start(...args: readonly string[]): Promise<void> {
    server = await startSamband(['--config', place.config, ...args])
    const { token } = JSON.parse(await readFile(join(place.folder, '.samband', 'server.json'), 'utf8')) as {
      token: string
    }
    client = createOperationsClient({ url: server.facts.url, token })
  }

  async function tokenOf(role: string): Promise<string> {
    return (await client.createToken({ name: `a ${role}`, roles: [role] })).token
  }

  async function fhir(path: string, token: string | undefined, init: RequestInit = {}): Promise<Answer> {
    const answer = await fetch(`${server.facts.url}/fhir${path}`, {
      ...init,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        'content-type': 'application/fhir+json',
        ...init.headers,
      },
    })
    return { status: answer.status, headers: answer.headers, body: (await answer.json()) as Answer['body'] }
  }

  const patient = JSON.stringify({ resourceType: 'Patient', id: 'p1', gender: 'female' })

  test('roles of the platform decide what a token may do, and a stranger sees only what the server can', async () => {
    const writer = await tokenOf('fhir-writer')
    const created = await fhir('/Patient/p1', writer, { method: 'PUT', body: patient })
    assert.equal(created.status, 201)
    assert.equal(created.headers.get('location'), `${server.facts.url}/fhir/Patient/p1/_history/1`)
    const reader = await tokenOf('fhir-reader')
    assert.equal((await fhir('/Patient/p1', reader)).body['gender'], 'female')
    assert.equal((await fhir('/Patient/p1', reader, { method: 'PUT', body: patient })).status, 403)
    assert.notEqual((await fhir('/Patient/p1', await tokenOf('monitor'))).status, 200)
    const stranger = await fhir('/Patient/p1', undefined)
    assert.equal(stranger.status, 401)
    assert.match(stranger.headers.get('www-authenticate') ?? '', /^Bearer/)
    assert.equal((await fhir('/metadata', undefined)).body['resourceType'], 'CapabilityStatement')
  })

  test('what claims a profile that nobody knows is refused, as configured', async () => {
    const body = JSON.stringify({
      resourceType: 'Patient',
      meta: { profile: ['https://x.example.org/p'] },
      gender: 'male',
    })
    const answer = await fhir('/Patient', await tokenOf('fhir-writer'), { method: 'POST', body })
    assert.equal(answer.status, 422)
    assert.match(JSON.stringify(answer.body), /profile-unknown/)
  })

  test('each access is in the audit log before it is answered, and is found by the patient', async () => {
    await fhir('/Patient/p1', await tokenOf('reader'))
    const { items } = await client.searchAudit({ action: 'fhir-read', patientId: 'p1' })
    const [event] = items
    assert.equal(event?.actor, 'a reader')
    assert.deepEqual(event.subject, { kind: 'Patient', id: 'p1' })
    assert.deepEqual(event.detail, { status: 200, resources: 1, types: 'Patient' })
    await fhir('/Patient/p1', await tokenOf('fhir-reader'), { method: 'DELETE' })
    const refused = await client.searchAudit({ action: 'fhir-delete' })
    assert.equal(refused.items[0]?.outcome, 'failure')
  })

  test('who is signed in to the console reads with the cookie, and changes nothing without our header', async () => {
    const { password = '' } = server.facts.firstLogin ?? {}
    const signIn = await fetch(`${server.facts.url}/api/v1/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-samband-csrf': '1' },
      body: JSON.stringify({ name: 'admin', password }),
    })
    const cookie = (signIn.headers.get('set-cookie') ?? '').split(';', 1)[0] ?? ''
    assert.equal((await fhir('/Patient/p1', undefined, { headers: { cookie } })).status, 200)
    const put = { method: 'PUT', body: patient }
    assert.equal((await fhir('/Patient/p1', undefined, { ...put, headers: { cookie } })).status, 403)
    const meant = await fhir('/Patient/p1', undefined, { ...put, headers: { cookie, 'x-samband-csrf': '1' } })
    assert.equal(meant.status, 200)
  })

  test('a token of a trusted issuer does what its SMART scopes say', async () => {
    const allowed = jwt({ scope: 'system/Patient.rs' })
    assert.equal((await fhir('/Patient/p1', allowed)).status, 200)
    assert.equal((await fhir('/Patient/p1', allowed, { method: 'PUT', body: patient })).status, 403)
    assert.equal(
      (await fhir('/Patient/p1', jwt({ scope: 'system/Patient.rs', iss: 'https://other.example' }))).status,
      401,
    )
  })

  test('applications find out where to get a token, before they have one', async () => {
    const { status, body } = await fhir('/.well-known/smart-configuration', undefined)
    assert.equal(status, 200)
    assert.equal(body['token_endpoint'], 'https://id.fjordvik.example/token')
    assert.equal(body['issuer'], issuer)
    assert.ok((body['capabilities'] as string[]).includes('permission-v2'))
    const { body: capabilities } = await fhir('/metadata', undefined)
    assert.match(JSON.stringify(capabilities['rest']), /id\.fjordvik\.example\/token/)
  })

  test('what routes deliver is there once for each message, also after a kill -9 under load', async () => {
    const reader = await tokenOf('fhir-reader')
    const [source] = server.facts.sources
    const senders = ['P1', 'P2', 'P3', 'P4'].map(each => sender(source?.address ?? '', each))
    await until(async () => senders.every(each => each.acknowledged() > 5))
    await server.kill()
    await Promise.all(senders.map(each => each.close()))
    await start('--processes', '2')
    await until(async () =>
      (await client.routes()).every(({ destinations }) => destinations.every(to => to.waiting + to.inFlight === 0)),
    )
    const messages = await everyMessage(client)
    assert.ok(messages >= senders.reduce((sum, each) => sum + each.acknowledged(), 0))
    // Two processes answer on the one port.
    for (let asked = 0; asked < 6; asked += 1) {
      const count = await fhir('/Observation?_summary=count', reader)
      assert.equal(count.body['total'], messages)
    }
  })
})

/** RFC 7519, signed with ES256. */
function jwt(claims: Readonly<Record<string, unknown>>): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const exp = Math.floor(Date.now() / 1000) + 300
  const payload = { iss: issuer, aud: audience, sub: 'app', client_id: 'app', exp, ...claims }
  const signed = `${part({ alg: 'ES256', kid: 'k1', typ: 'at+jwt' })}.${part(payload)}`
  const signature = sign('sha256', Buffer.from(signed), { key: privateKey, dsaEncoding: 'ieee-p1363' })
  return `${signed}.${signature.toString('base64url')}`
}

async function everyMessage(client: OperationsClient): Promise<number> {
  let messages = 0
  let cursor: string | null = null
  do {
    const page = await client.searchMessages({ limit: 100, ...(cursor === null ? {} : { cursor }) })
    messages += page.items.length
    cursor = page.nextCursor
  } while (cursor !== null)
  return messages
}

/** By asking; the test's own time limit bounds it. */
async function until(right: () => Promise<boolean>): Promise<void> {
  while (!(await right())) await new Promise(resolve => setTimeout(resolve, 20))
}
