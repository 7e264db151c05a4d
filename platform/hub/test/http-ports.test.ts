import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { AuthenticationError } from '../src/access/authentication-error.ts'
import { type Caller, systemCaller } from '../src/access/caller.ts'
import { HubError } from '../src/hub-error.ts'
import type { HubAuditEvent, Interaction } from '../src/ports.ts'
import { raw, testServer, type TestServer } from './http-server.ts'

const tokens: Readonly<Record<string, Caller>> = {
  'Bearer good': { ...systemCaller, actor: 'nurse', actorKind: 'person' },
  'Bearer reader': { actor: 'app', actorKind: 'token', access: kind => (kind === 'read' ? 'all' : 'none') },
}

describe('who may do what on HTTP, and who is told', () => {
  let hub: TestServer
  let asked: Interaction[] = []
  let told: HubAuditEvent[] = []
  let refuse: Error | undefined
  let audit: (event: HubAuditEvent) => Promise<void> | void = () => {}
  before(async () => {
    hub = await testServer(
      {
        authorize: interaction => {
          asked.push(interaction)
          if (refuse !== undefined) throw refuse
        },
        audit: async event => {
          await audit(event)
          told.push(event)
        },
      },
      {
        authenticate: ({ headers }) => {
          const caller = tokens[headers.authorization ?? '']
          if (caller === undefined)
            throw new AuthenticationError({
              code: 'token-unknown',
              error: 'invalid_token',
              message: 'The access token is not known',
            })
          return caller
        },
        smartConfiguration: () => ({ token_endpoint: 'https://auth.example.org/token' }),
        security: { tokenUrl: 'https://auth.example.org/token' },
        cors: { origins: ['https://app.example.org'] },
      },
    )
  })
  after(async () => await hub.close())
  beforeEach(() => {
    asked = []
    told = []
    refuse = undefined
    audit = () => {}
  })

  const good = { authorization: 'Bearer good' }
  const observation = {
    resourceType: 'Observation',
    status: 'final',
    code: { text: 'x' },
    subject: { reference: 'Patient/p1' },
  }

  test('without a token there is 401 with a challenge, and nothing is done or told', async () => {
    const answer = await hub.send('POST', 'Observation', { body: observation })
    assert.equal(answer.status, 401)
    assert.match(answer.headers.get('www-authenticate') ?? '', /^Bearer error="invalid_token"/)
    assert.equal(answer.json.issue[0].code, 'login')
    assert.deepEqual([asked, told], [[], []])
  })

  test('who may not send is told before the body is there', async () => {
    const head = 'POST /fhir/Observation HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 9000000\r\n\r\n'
    assert.match(await raw(hub.url, head), /^HTTP\/1\.1 401 .*token-unknown/s)
  })

  test('what the server can do and where tokens are had is open to all', async () => {
    const { json } = await hub.send('GET', 'metadata')
    assert.equal(json.rest[0].security.extension[0].extension[0].valueUri, 'https://auth.example.org/token')
    const smart = await hub.send('GET', '.well-known/smart-configuration')
    assert.deepEqual([smart.status, smart.json.token_endpoint], [200, 'https://auth.example.org/token'])
    assert.match(smart.headers.get('content-type') ?? '', /^application\/json/)
    assert.equal((await hub.send('GET', 'metadata/x')).status, 401)
    assert.equal((await hub.send('GET', '_history')).status, 401)
  })

  test('each interaction is asked for and told of, with the resources and the patients that it was about', async () => {
    const { json } = await hub.send('POST', 'Observation', { body: observation, headers: good })
    await hub.send('GET', `Observation/${json.id}`, { headers: good })
    await hub.send('GET', 'Patient/none', { headers: good })
    await hub.send('GET', `Observation/${json.id}/_history`, { headers: good })
    await hub.send('DELETE', `Observation/${json.id}`, { headers: good })
    assert.deepEqual(
      asked.map(({ code, type, id, caller }) => [code, type, id, caller.actor]),
      [
        ['create', 'Observation', undefined, 'nurse'],
        ['read', 'Observation', json.id, 'nurse'],
        ['read', 'Patient', 'none', 'nurse'],
        ['history-instance', 'Observation', json.id, 'nurse'],
        ['delete', 'Observation', json.id, 'nurse'],
      ],
    )
    const name = { type: 'Observation', id: json.id }
    assert.deepEqual(
      told.map(({ outcome, status, resources, patients }) => ({ outcome, status, resources, patients })),
      [
        { outcome: 'success', status: 201, resources: [{ ...name, method: 'create' }], patients: ['p1'] },
        { outcome: 'success', status: 200, resources: [name], patients: ['p1'] },
        { outcome: 'failure', status: 404, resources: [], patients: ['none'] },
        { outcome: 'success', status: 200, resources: [name], patients: ['p1'] },
        { outcome: 'success', status: 204, resources: [{ ...name, method: 'delete' }], patients: ['p1'] },
      ],
    )
  })

  test('a look into a compartment is about its patient, and entries of a batch are told one by one', async () => {
    await hub.send('GET', 'Patient/p9/Observation', { headers: good })
    const entry = [
      { resource: observation, request: { method: 'POST', url: 'Observation' } },
      { request: { method: 'GET', url: 'Patient/p8' } },
    ]
    await hub.send('POST', '', { body: { resourceType: 'Bundle', type: 'batch', entry }, headers: good })
    assert.deepEqual(
      told.map(({ code, status, patients }) => [code, status, patients]),
      [
        ['search-type', 200, ['p9']],
        ['create', 201, ['p1']],
        ['read', 404, ['p8']],
        ['batch', 200, []],
      ],
    )
  })

  test('a transaction is told with all that it changed and read', async () => {
    const entry = [
      { resource: { resourceType: 'Patient', id: 'p7' }, request: { method: 'PUT', url: 'Patient/p7' } },
      { resource: observation, request: { method: 'POST', url: 'Observation' } },
      { request: { method: 'DELETE', url: 'Patient/p6' } },
      { request: { method: 'GET', url: 'Patient/p5' } },
      { request: { method: 'GET', url: 'Observation?subject=Patient/p5' } },
    ]
    await hub.send('PUT', 'Patient/p5', { body: { resourceType: 'Patient', id: 'p5' }, headers: good })
    const other = {
      ...observation,
      id: 'o5',
      subject: { reference: 'Patient/p5' },
      performer: [{ reference: 'Patient/p4' }],
    }
    await hub.send('PUT', 'Observation/o5', { body: other, headers: good })
    await hub.send('PUT', 'Patient/p6', { body: { resourceType: 'Patient', id: 'p6' }, headers: good })
    told = []
    const body = { resourceType: 'Bundle', type: 'transaction', entry }
    assert.equal((await hub.send('POST', '', { body, headers: good })).status, 200)
    const transaction = told.find(({ code }) => code === 'transaction')
    assert.deepEqual(
      transaction?.resources.map(({ type, method }) => [type, method]),
      [
        ['Patient', 'create'],
        ['Observation', 'create'],
        ['Patient', 'delete'],
        ['Patient', undefined],
        ['Observation', undefined],
      ],
    )
    assert.deepEqual([...(transaction?.patients ?? [])].toSorted(), ['p1', 'p4', 'p5', 'p6', 'p7'])
  })

  test('what the policy refuses is not done, and told as a failure', async () => {
    refuse = new HubError({ code: 'consent-missing', category: 'forbidden', message: 'no consent' })
    const answer = await hub.send('PUT', 'Patient/refused', {
      body: { resourceType: 'Patient', id: 'refused' },
      headers: good,
    })
    assert.deepEqual([answer.status, answer.json.issue[0].details.coding[0].code], [403, 'consent-missing'])
    refuse = undefined
    assert.equal((await hub.send('GET', 'Patient/refused', { headers: good })).status, 404)
    assert.deepEqual(
      told.map(({ status }) => status),
      [403, 404],
    )
  })

  test('what the scopes do not reach is 403', async () => {
    const headers = { authorization: 'Bearer reader' }
    assert.equal((await hub.send('POST', 'Observation', { body: observation, headers })).status, 403)
    assert.equal((await hub.send('GET', 'Observation/_history', { headers })).status, 403)
    assert.equal((await hub.send('GET', 'Observation?code=x', { headers })).status, 403)
  })

  test('an answer that the audit cannot be told of does not leave', async () => {
    const { json } = await hub.send('POST', 'Observation', { body: observation, headers: good })
    audit = async () => {
      throw new Error('disk of Line Danser')
    }
    const failed = await hub.send('GET', `Observation/${json.id}`, { headers: good })
    assert.equal(failed.status, 503)
    assert.ok(!failed.text.includes('final') && !failed.text.includes('Danser'))
    assert.deepEqual([failed.headers.get('etag'), failed.headers.get('retry-after')], [null, '1'])
    audit = () => {
      throw new HubError({ code: 'glass-unbroken', category: 'forbidden', message: 'say why first' })
    }
    assert.equal((await hub.send('GET', `Observation/${json.id}`, { headers: good })).status, 403)
  })

  test('browsers of known origins may call, others may not', async () => {
    const origin = 'https://app.example.org'
    const preflight = await hub.send('OPTIONS', 'Patient/1', {
      headers: { origin, 'access-control-request-method': 'PUT' },
    })
    assert.deepEqual([preflight.status, preflight.headers.get('access-control-allow-origin')], [204, origin])
    assert.match(preflight.headers.get('access-control-allow-headers') ?? '', /if-match/)
    const read = await hub.send('GET', 'Patient/1', { headers: { ...good, origin } })
    assert.match(read.headers.get('access-control-expose-headers') ?? '', /etag/)
    const other = await hub.send('GET', 'Patient/1', { headers: { ...good, origin: 'https://evil.example.org' } })
    assert.equal(other.headers.get('access-control-allow-origin'), null)
    assert.equal(other.headers.get('vary'), 'origin')
  })
})
