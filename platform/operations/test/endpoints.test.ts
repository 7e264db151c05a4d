import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { permissionsOfRole, roles } from '@samband/access'
import { errorBody } from '../src/answers.ts'
import type { Endpoint } from '../src/endpoint.ts'
import { endpoints } from '../src/endpoints.ts'
import { password } from './fake-access.ts'
import { knownMessageId } from './fake-engine.ts'
import { bearer, operationsServer, type OperationsServer } from './operations-server.ts'

let running: OperationsServer
before(async () => {
  running = await operationsServer()
})
after(async () => await running.close())

const reason = 'the receiver is back'

/** A good request for every endpoint; one without a line here fails the tests. */
const examples: Readonly<Record<string, { readonly path?: string; readonly body?: unknown }>> = {
  'POST /session': { body: { name: 'operator', password: 'correct horse' } },
  'GET /session': {},
  'DELETE /session': {},
  'POST /session/password': { body: { oldPassword: 'correct horse', newPassword: 'battery staple' } },
  'GET /status': {},
  'GET /processes': {},
  'GET /routes': {},
  'GET /routes/:name': { path: '/routes/adt' },
  'POST /messages/search': {
    body: { route: 'adt', from: '2026-01-01T00:00:00Z', patientId: '13916900216', limit: 10 },
  },
  'GET /messages/:id': {},
  'GET /messages/:id/body': {},
  'GET /messages/:id/tree': {},
  'GET /messages/:id/trace': {},
  'GET /messages/:id/events/:eventId': { path: `/messages/${knownMessageId}/events/7` },
  'POST /messages/:id/reinject': { body: { reason, revision: 'original' } },
  'POST /messages/:id/reprocess': { body: { reason } },
  'POST /messages/:id/resend': { body: { reason, destination: 'lis', part: 0 } },
  'POST /messages/:id/redirect': { body: { reason, target: 'adt/ris' } },
  'POST /messages/:id/edit': { body: { reason, bodyBase64: 'TVNI' } },
  'POST /messages/:id/discard': { body: { reason } },
  'POST /dead-letters/groups': { body: {} },
  'POST /dead-letters/search': { body: { group: 'lis:AE', limit: 5 } },
  'POST /refusals/search': { body: {} },
  'GET /refusals/:id/body': { path: '/refusals/9/body' },
  'POST /jobs': { body: { verb: 'reprocess', select: { route: 'adt' }, reason, confirmCount: 3 } },
  'GET /jobs': {},
  'GET /jobs/:id': { path: '/jobs/5' },
  'POST /jobs/:id/:control': { path: '/jobs/5/pause', body: {} },
  'POST /deployments/plan': { body: { messages: 10 } },
  'POST /deployments': { body: { plan: '0123456789ab', reason } },
  'POST /deployments/rollback': { body: { deployment: 41, reason } },
  'POST /deployments/search': { body: { limit: 10 } },
  'GET /deployments/:id': {},
  'POST /audit/search': { body: { messageId: 42, patientId: '13916900216' } },
  'GET /users': {},
  'POST /users': { body: { name: 'kari', roles: ['operator'] } },
  'DELETE /users/:name': { path: '/users/kari' },
  'GET /tokens': {},
  'POST /tokens': { body: { name: 'monitoring', roles: ['monitor'], expiresInDays: 30 } },
  'DELETE /tokens/:id': { path: '/tokens/t1' },
  'POST /users/:name/reset-password': { path: '/users/admin/reset-password', body: {} },
}

function nameOf({ method, path }: Endpoint): string {
  return `${method} ${path}`
}

async function ask(endpoint: Endpoint, headers: Record<string, string>): Promise<{ status: number; body: unknown }> {
  const example = examples[nameOf(endpoint)]
  assert.ok(example, `write an example request for ${nameOf(endpoint)}`)
  const path = example.path ?? endpoint.path.replace(':id', String(knownMessageId))
  const response = await running.server.inject({
    method: endpoint.method,
    url: `/api/v1${path}`,
    headers: { ...headers, ...(example.body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(example.body === undefined ? {} : { payload: JSON.stringify(example.body) }),
  })
  return { status: response.statusCode, body: response.body === '' ? undefined : response.json() }
}

for (const endpoint of endpoints) {
  test(`${nameOf(endpoint)} answers in the described shape`, async () => {
    if (endpoint.path === '/tokens/:id') await ask(endpointNamed('POST /tokens'), bearer('administrator'))
    const personal = endpoint.path === '/session/password' ? await cookieOf('administrator') : {}
    const token: Record<string, string> = bearer('administrator')
    const own = endpoint.requires === 'anyone' || endpoint.path === '/session/password' ? personal : token
    const { status, body } = await ask(endpoint, { 'x-samband-csrf': '1', ...own })
    assert.equal(status, endpoint.answer === null ? 204 : 200, JSON.stringify(body))
    if (endpoint.answer !== null) assert.deepEqual(endpoint.answer.safeParse(body).error?.issues ?? [], [])
  })

  if (endpoint.requires === 'anyone') continue

  test(`${nameOf(endpoint)} refuses whoever is not signed in`, async () => {
    const { status, body } = await ask(endpoint, { 'x-samband-csrf': '1' })
    assert.equal(status, 401)
    assert.deepEqual(errorBody.parse(body).error.code, 'sign-in-needed')
  })

  for (const role of roles) {
    const allowed = endpoint.requires === 'signed-in' || permissionsOfRole[role].includes(endpoint.requires)
    if (allowed) continue
    test(`${nameOf(endpoint)} refuses a ${role}, who lacks ${endpoint.requires}`, async () => {
      const acts = running.engine.acts.length
      const { status, body } = await ask(endpoint, bearer(role))
      assert.equal(status, 403)
      assert.equal(errorBody.parse(body).error.code, 'permission-missing')
      assert.equal(running.engine.acts.length, acts)
    })
  }
}

async function cookieOf(name: string): Promise<Record<string, string>> {
  const response = await running.server.inject({
    method: 'POST',
    url: '/api/v1/session',
    headers: { 'x-samband-csrf': '1' },
    payload: { name, password },
  })
  return { cookie: String(response.headers['set-cookie']).split(';')[0] ?? '' }
}

test('the last administrator cannot be removed, and an unknown user is not found', async () => {
  for (const [name, status] of [
    ['admin', 409],
    ['nobody', 404],
  ] as const) {
    const url = `/api/v1/users/${name}`
    const response = await running.server.inject({ method: 'DELETE', url, headers: bearer('administrator') })
    assert.equal(response.statusCode, status)
  }
})

test('a token cannot change a password, and a wrong old one is refused', async () => {
  const change = async (headers: Record<string, string>, oldPassword: string): Promise<number> => {
    const payload = { oldPassword, newPassword: 'battery staple' }
    const url = '/api/v1/session/password'
    return (await running.server.inject({ method: 'POST', url, headers, payload })).statusCode
  }
  assert.equal(await change(bearer('operator'), password), 403)
  assert.equal(await change({ 'x-samband-csrf': '1', ...(await cookieOf('operator')) }, 'wrong'), 401)
})

function endpointNamed(name: string): Endpoint {
  const found = endpoints.find(endpoint => nameOf(endpoint) === name)
  assert.ok(found)
  return found
}

test('every endpoint that shows content or changes something is audited', () => {
  const unaudited = endpoints
    .filter(({ audit }) => audit === undefined)
    .filter(({ method, requires }) => requires === 'messages:body' || (method !== 'GET' && requires !== 'signed-in'))
    .map(nameOf)
  // Signing in and out audits itself; the searches read no content.
  assert.deepEqual(unaudited, [
    'POST /session',
    'POST /dead-letters/groups',
    'POST /dead-letters/search',
    'POST /refusals/search',
    'POST /deployments/search',
  ])
})

test('an operator may not start a job of a verb that the role lacks', async () => {
  const response = await running.server.inject({
    method: 'POST',
    url: '/api/v1/jobs',
    headers: bearer('reader'),
    payload: { verb: 'discard', select: { route: 'adt' }, reason },
  })
  assert.equal(response.statusCode, 403)
})

test('the description lists every endpoint', async () => {
  const response = await running.server.inject({ url: '/api/v1/openapi.json', headers: bearer('monitor') })
  assert.equal(response.statusCode, 200)
  const described = Object.keys(response.json<{ paths: Record<string, unknown> }>().paths)
  for (const { path } of endpoints) assert.ok(described.includes(`/api/v1${path.replaceAll(/:(\w+)/g, '{$1}')}`), path)
})
