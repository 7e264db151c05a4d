import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { InjectOptions } from 'fastify'
import { errorBody } from '../src/answers.ts'
import { bearer, operationsServer, type OperationsServer } from './operations-server.ts'

let running: OperationsServer
before(async () => {
  running = await operationsServer({ limits: { requestBytesMax: 2_000, editRequestBytesMax: 10_000 } })
})
after(async () => await running.close())

async function refused(options: InjectOptions): Promise<{ status: number; code: string; message: string }> {
  const response = await running.server.inject({ headers: bearer('administrator'), ...options })
  const { error } = errorBody.parse(response.json())
  return { status: response.statusCode, code: error.code, message: error.message }
}

for (const id of ['0', '-1', '1.5', 'abc', '99999999999999999999', '9007199254740993', '1%00', '%2e%2e']) {
  test(`the message id ${id} is refused`, async () => {
    const { status } = await refused({ url: `/api/v1/messages/${id}` })
    assert.ok(status === 400 || status === 404, `got ${status}`)
  })
}

test('an unknown message is not found', async () => {
  const { status, code } = await refused({ url: '/api/v1/messages/41' })
  assert.deepEqual([status, code], [404, 'not-found'])
})

test('an unknown key is named, with the nearest known one', async () => {
  const answer = await refused({ method: 'POST', url: '/api/v1/messages/search', payload: { rote: 'adt' } })
  assert.deepEqual(answer, {
    status: 400,
    code: 'request-body-invalid',
    message: "rote: unknown key 'rote', did you mean 'route'?",
  })
})

test('all issues of a request come in one answer', async () => {
  const response = await running.server.inject({
    method: 'POST',
    url: '/api/v1/messages/search',
    headers: bearer('administrator'),
    payload: { limit: 0, from: 'yesterday', status: 'lost' },
  })
  const { error } = errorBody.parse(response.json())
  assert.deepEqual(new Set((error.issues ?? []).map(({ path }) => path)), new Set(['from', 'limit', 'status']))
})

test('a verb without a reason is refused', async () => {
  const { status, code } = await refused({
    method: 'POST',
    url: '/api/v1/messages/42/resend',
    payload: { reason: ' ' },
  })
  assert.deepEqual([status, code], [400, 'request-body-invalid'])
})

test('an edit without a body is refused', async () => {
  const { message } = await refused({ method: 'POST', url: '/api/v1/messages/42/edit', payload: { reason: 'typo' } })
  assert.match(message, /^bodyBase64: must be given/)
})

test('a request over the limit is refused with 413', async () => {
  const payload = { reason: 'x'.repeat(3_000) }
  const { status, code } = await refused({ method: 'POST', url: '/api/v1/messages/42/resend', payload })
  assert.deepEqual([status, code], [413, 'request-too-large'])
})

test('an edited message has its own, larger limit', async () => {
  const payload = { reason: 'typo', bodyBase64: Buffer.alloc(3_000).toString('base64') }
  const response = await running.server.inject({
    method: 'POST',
    url: '/api/v1/messages/42/edit',
    headers: bearer('operator'),
    payload,
  })
  assert.equal(response.statusCode, 200)
})

test('an oversize body of somebody who is not signed in is not even read', async () => {
  const response = await running.server.inject({
    method: 'POST',
    url: '/api/v1/messages/42/edit',
    headers: { 'x-samband-csrf': '1', 'content-type': 'application/json' },
    payload: 'x'.repeat(20_000),
  })
  assert.equal(response.statusCode, 401)
})

for (const [what, options, expected] of [
  ['broken JSON', { headers: { 'content-type': 'application/json' }, payload: '{"a":' }, 'json-invalid'],
  ['an empty JSON body', { headers: { 'content-type': 'application/json' }, payload: '' }, 'json-empty'],
  ['text', { headers: { 'content-type': 'text/plain' }, payload: '{}' }, 'media-type-unsupported'],
  [
    'a form',
    { headers: { 'content-type': 'application/x-www-form-urlencoded' }, payload: 'a=b' },
    'media-type-unsupported',
  ],
  [
    'prototype pollution',
    { headers: { 'content-type': 'application/json' }, payload: '{"__proto__":{}}' },
    'json-invalid',
  ],
  ['no body', {}, 'request-body-invalid'],
] as const) {
  test(`${what} is refused as ${expected}`, async () => {
    const headers = 'headers' in options ? options.headers : {}
    const { code } = await refused({
      method: 'POST',
      url: '/api/v1/messages/search',
      ...options,
      headers: { ...bearer('administrator'), ...headers },
    })
    assert.equal(code, expected)
  })
}

for (const url of ['/api/v1/nothing', '/api/v1/messages/42/tree/more', '/api/v1/messages/search']) {
  test(`GET ${url} answers 404 in the shape of every error`, async () => {
    const { status, code } = await refused({ url })
    assert.ok(status === 404 || status === 400)
    assert.ok(['path-unknown', 'request-path-invalid'].includes(code))
  })
}

test('the text of a foreign error never leaves, and the log holds only its kind', async () => {
  const { engine } = running
  const search = engine.searchMessages
  Object.assign(engine, { searchMessages: async () => Promise.reject(new Error('value 13916900216 is too long')) })
  const response = await running.server.inject({
    method: 'POST',
    url: '/api/v1/messages/search',
    headers: bearer('operator'),
    payload: {},
  })
  Object.assign(engine, { searchMessages: search })
  assert.equal(response.statusCode, 500)
  assert.doesNotMatch(response.body, /13916900216/)
  assert.deepEqual(running.logged, ['request-failed'])
})

test('every answer carries the security headers, errors too', async () => {
  for (const url of ['/healthz', '/api/v1/status', '/api/v1/nothing', '/elsewhere']) {
    const { headers } = await running.server.inject({ url })
    assert.match(String(headers['content-security-policy']), /default-src 'none'.*frame-ancestors 'none'/, url)
    assert.doesNotMatch(String(headers['content-security-policy']), /script-src[^;]*unsafe/)
    assert.equal(headers['x-content-type-options'], 'nosniff')
    assert.equal(headers['referrer-policy'], 'no-referrer')
  }
})

test('answers of the API are not kept by caches', async () => {
  const { headers } = await running.server.inject({ url: '/api/v1/status', headers: bearer('monitor') })
  assert.equal(headers['cache-control'], 'no-store')
})

test('health needs no login and tells nothing', async () => {
  const health = await running.server.inject({ url: '/healthz' })
  assert.deepEqual([health.statusCode, health.json()], [200, { ok: true }])
  const ready = await running.server.inject({ url: '/readyz' })
  assert.deepEqual([ready.statusCode, ready.json()], [200, { ok: true }])
})

test('a server whose database is away is not ready', async () => {
  const away = await operationsServer({
    database: {
      kind: 'external',
      version: '16',
      bytes: async () => 0,
      ping: () => Promise.reject(new Error('connection refused')),
    },
  })
  const ready = await away.server.inject({ url: '/readyz' })
  assert.deepEqual([ready.statusCode, ready.json()], [503, { ok: false }])
  await away.close()
})
