import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { JsonObject } from '@samband/fhir/fhirpath'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { createAuthenticate } from '../src/access/bearer.ts'
import type { Authenticate } from '../src/access/bearer.ts'
import { type Answer, type TestServer, testServer } from './http-server.ts'

const issuer = 'https://login.example.org'

/** What stands in every resource of the other patient and nowhere else. */
const secret = 'zqx-secret'
const other = 'zqx-other'

const reference = (to: string): JsonObject => ({ reference: to })
const observation = (id: string, patient: string, text: string): JsonObject => ({
  resourceType: 'Observation',
  id,
  status: 'final',
  code: { coding: [{ system: 'http://loinc.org', code: '718-7' }], text },
  subject: reference(`Patient/${patient}`),
  performer: [reference('Practitioner/doctor')],
})

const resources: readonly JsonObject[] = [
  { resourceType: 'Practitioner', id: 'doctor', name: [{ family: 'Lege' }] },
  {
    resourceType: 'Patient',
    id: 'own',
    name: [{ family: 'Egen' }],
    generalPractitioner: [reference('Practitioner/doctor')],
  },
  {
    resourceType: 'Patient',
    id: other,
    identifier: [{ system: 'urn:i', value: secret }],
    name: [{ family: secret }],
    generalPractitioner: [reference('Practitioner/doctor')],
    meta: { tag: [{ system: 'urn:t', code: secret }] },
  },
  observation('own-1', 'own', 'mine'),
  {
    ...observation('own-2', 'own', 'mine'),
    focus: [reference(`Patient/${other}`)],
    hasMember: [reference(`Observation/${other}-1`)],
  },
  observation(`${other}-1`, other, secret),
  {
    resourceType: 'Encounter',
    id: `${other}-2`,
    status: 'finished',
    class: { code: 'IMP', display: secret },
    subject: reference(`Patient/${other}`),
  },
  {
    resourceType: 'Provenance',
    id: `${other}-3`,
    target: [reference(`Patient/${other}`)],
    recorded: '2026-03-04T00:00:00Z',
    agent: [{ who: { display: secret } }],
  },
  {
    resourceType: 'Task',
    id: `${other}-4`,
    status: 'requested',
    intent: 'order',
    for: reference(`Patient/${other}`),
    description: secret,
  },
  { resourceType: 'Binary', id: `${other}-5`, contentType: 'text/plain', data: Buffer.from(secret).toString('base64') },
  {
    resourceType: 'List',
    id: `${other}-6`,
    status: 'current',
    mode: 'working',
    subject: reference(`Patient/${other}`),
    entry: [{ item: reference(`Patient/${other}`) }],
  },
  { resourceType: 'Basic', id: `${other}-7`, code: { text: secret }, subject: reference(`Patient/${other}`) },
]

describe('a token for one patient', () => {
  let server: TestServer
  let key: CryptoKey
  let authenticate: Authenticate | undefined

  before(async () => {
    const pair = await generateKeyPair('ES256')
    key = pair.privateKey
    const jwk = { ...(await exportJWK(pair.publicKey)), kid: 'k', alg: 'ES256' }
    server = await testServer(
      {},
      {
        authenticate: async ({ headers, ip }) => {
          assert.ok(authenticate)
          return await authenticate({ authorization: headers.authorization, address: ip })
        },
      },
    )
    authenticate = createAuthenticate({
      issuers: [{ issuer, audience: server.url, keys: [jwk] }],
      context: server.context,
    })
    const everything = await bearer('system/*.cruds')
    const entry = resources.map(resource => ({
      resource,
      request: { method: 'PUT', url: `${String(resource['resourceType'])}/${String(resource['id'])}` },
    }))
    const loaded = await server.send('POST', '', {
      body: { resourceType: 'Bundle', type: 'transaction', entry },
      headers: everything,
    })
    assert.equal(loaded.status, 200, loaded.text)
    // A version that was the other patient's, and one that is deleted.
    const moved = await server.send('PUT', 'Observation/moved', {
      body: observation('moved', other, secret),
      headers: everything,
    })
    assert.equal(moved.status, 201)
    await server.send('PUT', 'Observation/moved', {
      body: observation('moved', 'own', 'mine now'),
      headers: everything,
    })
    await server.send('PUT', `Observation/${other}-9`, {
      body: observation(`${other}-9`, other, secret),
      headers: everything,
    })
    await server.send('DELETE', `Observation/${other}-9`, { headers: everything })
  })
  after(async () => await server.close())

  const bearer = async (scope: string, patient?: string): Promise<{ authorization: string }> => {
    const claims = { sub: 'u1', scope, ...(patient === undefined ? {} : { patient }) }
    const token = await new SignJWT(claims)
      .setProtectedHeader({ alg: 'ES256', kid: 'k', typ: 'at+jwt' })
      .setIssuer(issuer)
      .setAudience(server.url)
      .setExpirationTime('5m')
      .sign(key)
    return { authorization: `Bearer ${token}` }
  }
  const asOwn = async (
    method: string,
    path: string,
    body?: unknown,
    more: Readonly<Record<string, string>> = {},
  ): Promise<Answer> =>
    await server.send(method, path, {
      headers: { ...(await bearer('patient/*.cruds', 'own')), ...more },
      ...(body === undefined ? {} : { body }),
    })

  /** References of the own resources may name the other; nothing else may. */
  const assertSilent = ({ text }: Answer, path: string): void => {
    assert.ok(!text.includes(secret), `${path}: ${text.slice(0, 400)}`)
    const given: readonly string[] = text.match(/"fullUrl":"[^"]*"/g) ?? []
    assert.ok(!given.some(url => url.includes(other)), `${path}: ${text.slice(0, 400)}`)
  }

  for (const path of [
    'Patient',
    'Observation',
    `Observation?subject=Patient/${other}`,
    'Observation?code=718-7&_include=*&_include:iterate=*',
    'Observation?_include=Observation:focus&_include=Observation:has-member',
    'Practitioner?_revinclude=Patient:general-practitioner&_revinclude=Observation:performer',
    'Practitioner?_id=doctor&_revinclude=*',
    `Encounter/${other}-2/*`,
    `Patient/${other}/*`,
    `Patient/${other}/Observation`,
    'Task',
    'Provenance',
    'List',
    'Device',
    '?_type=Patient,Observation,Task,List,Basic,Encounter',
    '_history',
    'Observation/_history',
    'Observation/moved/_history',
    'Patient/_history',
    '$meta',
    'Patient/$meta',
    'Observation/$lastn',
    `Observation/$lastn?patient=${other}`,
    'Patient/own/$everything',
    'Patient/$everything',
  ]) {
    test(`is not shown the other's data by ${path}`, async () => {
      const answer = await asOwn('GET', path)
      assert.ok([200, 403].includes(answer.status), `${path}: ${answer.status} ${answer.text}`)
      assertSilent(answer, path)
      if (path.startsWith('Encounter/') || path.startsWith(`Patient/${other}`)) return
      const everything = await server.send('GET', path.replace('Patient/$every', `Patient/${other}/$every`), {
        headers: await bearer('system/*.rs', other),
      })
      if (!path.startsWith('Device') && !path.startsWith('Patient/own'))
        assert.ok(everything.text.includes(secret) || everything.text.includes(other), path)
    })
  }

  // Whether something is there must not be told by what is found, by totals, or by which resources of one's own match.
  for (const [path, alike] of [
    [`Patient?name=${secret}`, 'Patient?name=nobody-at-all'],
    [`Patient?identifier=urn:i|${secret}&_summary=count`, 'Patient?identifier=urn:i|nothing&_summary=count'],
    [
      `Practitioner?_has:Patient:general-practitioner:name=${secret}`,
      'Practitioner?_has:Patient:general-practitioner:name=nobody',
    ],
    [
      `Practitioner?_has:Observation:performer:code:text=${secret}`,
      'Practitioner?_has:Observation:performer:code:text=nothing',
    ],
    [`Observation?focus:Patient.name=${secret}`, 'Observation?focus:Patient.name=nobody'],
    [`Observation?has-member.code:text=${secret}`, 'Observation?has-member.code:text=nothing'],
    [`Observation?_filter=focus.name+eq+${secret}`, 'Observation?_filter=focus.name+eq+nobody'],
    [`Patient?_list=${other}-6`, 'Patient?_list=nothing'],
  ] as const) {
    test(`finds by ${path} what it finds by nonsense`, async () => {
      const [one, two] = await Promise.all([asOwn('GET', path), asOwn('GET', alike)])
      assert.equal(one.status, two.status, one.text)
      assert.deepEqual([one.json.total ?? 0, one.json.entry ?? []], [two.json.total ?? 0, two.json.entry ?? []])
      const headers = await bearer('system/*.rs')
      const [seen, unseen] = await Promise.all(
        [path, alike].map(async each => await server.send('GET', each, { headers })),
      )
      assert.ok(
        (seen?.json.total ?? seen?.json.entry?.length ?? 0) > (unseen?.json.total ?? unseen?.json.entry?.length ?? 0),
        seen?.text,
      )
    })
  }

  for (const name of [
    `Patient/${other}`,
    `Observation/${other}-1`,
    `Encounter/${other}-2`,
    `Provenance/${other}-3`,
    `Task/${other}-4`,
    `List/${other}-6`,
    `Observation/${other}-9`,
  ]) {
    test(`is told of ${name} what it is told of what never was`, async () => {
      const [type = ''] = name.split('/')
      for (const below of ['', '/_history', '/_history/1', '/$meta', '/$validate', '/$everything']) {
        if (below === '/$everything' && type !== 'Patient' && type !== 'Encounter') continue
        const there = await asOwn('GET', `${name}${below}`)
        const nowhere = await asOwn('GET', `${type}/never-was${below}`)
        assert.deepEqual([there.status, there.text], [nowhere.status, nowhere.text], `${name}${below}`)
        assert.equal(there.status, 404)
      }
    })
  }

  test("changes nothing of the other's, whatever it tries", async () => {
    const mine = { ...observation(`${other}-1`, 'own', 'taken') }
    const patch = [{ op: 'replace', path: '/status', value: 'cancelled' }]
    const json = { 'content-type': 'application/json-patch+json' }
    const label = { resourceType: 'Parameters', parameter: [{ name: 'meta', valueMeta: { tag: [{ code: 'x' }] } }] }
    const answers = [
      await asOwn('PUT', `Observation/${other}-1`, mine),
      await asOwn('PATCH', `Observation/${other}-1`, patch, json),
      await asOwn('DELETE', `Observation/${other}-1`),
      await asOwn('POST', `Observation/${other}-1/$meta-add`, label),
      await asOwn('PUT', `Patient?identifier=urn:i|${secret}`, {
        resourceType: 'Patient',
        identifier: [{ system: 'urn:i', value: secret }],
      }),
      await asOwn('DELETE', `Patient?identifier=urn:i|${secret}`),
      await asOwn('POST', 'Observation', observation('x', other, 'planted')),
      await asOwn('PUT', 'Observation/own-1', observation('own-1', other, 'given away')),
      await asOwn('POST', '', {
        resourceType: 'Bundle',
        type: 'transaction',
        entry: [
          { request: { method: 'DELETE', url: `Observation/${other}-1` } },
          { resource: mine, request: { method: 'PUT', url: `Observation/${other}-1` } },
        ],
      }),
    ]
    for (const answer of answers) assertSilent(answer, String(answer.status))
    const system = await bearer('system/*.rs')
    const kept = await server.send('GET', `Observation/${other}-1`, { headers: system })
    assert.equal(kept.json.meta.versionId, '1', kept.text)
    assert.equal(kept.json.code.text, secret)
    assert.equal((await server.send('GET', `Patient/${other}`, { headers: system })).json.meta.versionId, '1')
    const all = await server.send('GET', `Observation?subject=Patient/${other}&_summary=count`, { headers: system })
    assert.equal(all.json.total, 1)
    assert.equal((await server.send('GET', 'Observation/own-1', { headers: system })).json.meta.versionId, '1')
  })

  test('in a batch is refused what it is refused alone', async () => {
    const urls = [
      `Patient/${other}`,
      `Observation?subject=Patient/${other}`,
      `Patient/${other}/$everything`,
      'Patient/own',
    ]
    const entry = urls.map(url => ({ request: { method: 'GET', url } }))
    const answer = await asOwn('POST', '', { resourceType: 'Bundle', type: 'batch', entry })
    assertSilent(answer, 'batch')
    const statuses = answer.json.entry.map(({ response }: { response: { status: string } }) =>
      response.status.slice(0, 3),
    )
    assert.deepEqual(statuses, ['404', '200', '404', '200'])
  })

  test('without the scope is told which one, and without a token that one is needed', async () => {
    const answer = await server.send('GET', 'Observation', { headers: await bearer('patient/Patient.rs', 'own') })
    assert.equal(answer.status, 403)
    assert.match(answer.headers.get('www-authenticate') ?? '', /insufficient_scope.*patient\/Observation\.s/)
    const unknown = await server.send('GET', 'Patient/own')
    assert.equal(unknown.status, 401)
    assert.equal(unknown.headers.get('www-authenticate'), 'Bearer')
    assert.equal(unknown.json.resourceType, 'OperationOutcome')
    const forged = await server.send('GET', 'Patient/own', { headers: { authorization: 'Bearer a.b.c' } })
    assert.equal(forged.status, 401)
    assert.match(forged.headers.get('www-authenticate') ?? '', /invalid_token/)
  })
})
