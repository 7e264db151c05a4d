import assert from 'node:assert/strict'
import { test } from 'node:test'
import { password } from './fake-access.ts'
import { bearer, operationsServer, type OperationsServer } from './operations-server.ts'

const csrf = { 'x-samband-csrf': '1' }

async function signIn({ server }: OperationsServer, name: string, given: string) {
  return await server.inject({
    method: 'POST',
    url: '/api/v1/session',
    headers: csrf,
    payload: { name, password: given },
  })
}

async function withServer(
  options: Parameters<typeof operationsServer>[0],
  fn: (running: OperationsServer) => Promise<void>,
): Promise<void> {
  const running = await operationsServer(options)
  try {
    await fn(running)
  } finally {
    await running.close()
  }
}

test('signing in sets a cookie that scripts and other sites cannot use', async () => {
  await withServer({}, async running => {
    const response = await signIn(running, 'operator', password)
    assert.equal(response.statusCode, 200)
    const cookie = String(response.headers['set-cookie'])
    assert.match(cookie, /^samband=[0-9a-f]+; Path=\/; Expires=.*; HttpOnly; SameSite=Strict$/)
  })
})

test('over TLS the cookie is Secure and bound to the host', async () => {
  await withServer({ tls: true }, async running => {
    const response = await signIn(running, 'operator', password)
    assert.match(String(response.headers['set-cookie']), /^__Host-samband=.*Path=\/;.*Secure/)
    assert.match(String(response.headers['strict-transport-security']), /max-age/)
  })
})

test('a session lasts until it is ended', async () => {
  await withServer({}, async running => {
    const { headers } = await signIn(running, 'operator', password)
    const cookie = String(headers['set-cookie']).split(';')[0] ?? ''
    const who = () => running.server.inject({ url: '/api/v1/session', headers: { cookie } })
    assert.equal((await who()).json<{ user: string }>().user, 'operator')
    const out = await running.server.inject({ method: 'DELETE', url: '/api/v1/session', headers: { cookie, ...csrf } })
    assert.equal(out.statusCode, 204)
    assert.equal((await who()).statusCode, 401)
  })
})

test('a change with a cookie but without the header is refused', async () => {
  await withServer({}, async running => {
    const { headers } = await signIn(running, 'operator', password)
    const cookie = String(headers['set-cookie']).split(';')[0] ?? ''
    const act = (extra: Record<string, string>) =>
      running.server.inject({
        method: 'POST',
        url: '/api/v1/messages/42/resend',
        headers: { cookie, ...extra },
        payload: { reason: 'again' },
      })
    const without = await act({})
    assert.equal(without.statusCode, 403)
    assert.equal(without.json<{ error: { code: string } }>().error.code, 'csrf-header-missing')
    assert.equal((await act(csrf)).statusCode, 200)
  })
})

test('signing in needs the header too, so that no site can sign somebody in', async () => {
  await withServer({}, async ({ server }) => {
    const payload = { name: 'operator', password }
    assert.equal((await server.inject({ method: 'POST', url: '/api/v1/session', payload })).statusCode, 403)
  })
})

test('a wrong token is refused even beside a good cookie', async () => {
  await withServer({}, async running => {
    const { headers } = await signIn(running, 'operator', password)
    const cookie = String(headers['set-cookie']).split(';')[0] ?? ''
    for (const authorization of ['Bearer wrong', 'Basic b3BlcmF0b3I6eA==', 'Bearer ', `Bearer ${'x'.repeat(600)}`]) {
      const response = await running.server.inject({ url: '/api/v1/status', headers: { cookie, authorization } })
      assert.equal(response.statusCode, 401, authorization)
    }
  })
})

test('too many wrong passwords are answered with when to come back', async () => {
  await withServer({}, async running => {
    const response = await signIn(running, 'operator', 'too often')
    assert.equal(response.statusCode, 429)
    assert.equal(response.headers['retry-after'], '900')
    assert.match(response.body, /try again in 15 minutes/)
  })
})

test('sign-ins are audited, wrong ones too', async () => {
  await withServer({}, async running => {
    await signIn(running, 'operator', 'wrong')
    await signIn(running, 'operator', password)
    assert.deepEqual(
      running.access.events.map(({ actor, action, outcome }) => [actor, action, outcome]),
      [
        ['operator', 'sign-in', 'failure'],
        ['operator', 'sign-in', 'success'],
      ],
    )
  })
})

test('reading a body is written down with who, what and from where', async () => {
  await withServer({}, async ({ server, access }) => {
    await server.inject({ url: '/api/v1/messages/42/body', headers: bearer('reader') })
    await server.inject({ url: '/api/v1/messages/41/body', headers: bearer('reader') })
    const facts = { actor: 'reader', actorKind: 'token', action: 'message-body-read', address: '127.0.0.1' }
    assert.deepEqual(access.events, [
      { ...facts, subject: { kind: 'message', id: '42' }, outcome: 'success' },
      { ...facts, subject: { kind: 'message', id: '41' }, outcome: 'failure', detail: { code: 'not-found' } },
    ])
  })
})

test('a search by patient is audited by keyed hash, never by the id', async () => {
  await withServer({}, async ({ server, access }) => {
    const search = (payload: object) =>
      server.inject({ method: 'POST', url: '/api/v1/messages/search', headers: bearer('reader'), payload })
    await search({ route: 'adt' })
    assert.deepEqual(access.events, [])
    await search({ patientId: '13916900216' })
    assert.deepEqual(
      access.events.map(({ action, patient }) => [action, patient]),
      [['patient-search', 11]],
    )
    assert.doesNotMatch(JSON.stringify(access.events), /13916900216/)
  })
})

test('what cannot be audited is not answered', async () => {
  await withServer({}, async ({ server, access }) => {
    access.auditFails = true
    const response = await server.inject({ url: '/api/v1/messages/42/body', headers: bearer('reader') })
    assert.equal(response.statusCode, 503)
    assert.doesNotMatch(response.body, /Nordmann|bytesBase64/)
  })
})
