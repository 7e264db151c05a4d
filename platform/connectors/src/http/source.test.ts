import assert from 'node:assert/strict'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { Agent, request as httpsRequest } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { SambandError } from '@samband/errors'
import { FakeIntake } from '../../test/fake-intake.ts'
import { adt, RawPeer } from '../../test/mllp-peer.ts'
import { openSource, portOf } from '../../test/open.ts'
import { tlsFile } from '../../test/tls-files.ts'
import { httpSource } from './source.ts'

type Post = (body: string | Buffer, headers?: Record<string, string>, path?: string) => Promise<Response>
type Setting = { intake: FakeIntake; post: Post; port: number; close: () => Promise<void> }

async function withListener(config: object, run: (setting: Setting) => Promise<void>): Promise<void> {
  const intake = new FakeIntake()
  const source = await openSource(httpSource, { port: 0, auth: { kind: 'none' }, ...config }, intake)
  const port = portOf(source)
  const post: Post = (body, headers = {}, path = '/') =>
    fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST', body: new Uint8Array(Buffer.from(body)), headers })
  try {
    await run({ intake, post, port, close: source.close })
  } finally {
    await source.close()
  }
}

test('a body is stored before it is answered 202 with the number of the message', async () => {
  await withListener({ path: '/in' }, async ({ intake, post }) => {
    const response = await post(
      '{"a":1}',
      { 'content-type': 'application/json', 'idempotency-key': 'K1' },
      '/in?patient=secret',
    )
    assert.equal(response.status, 202)
    assert.deepEqual(await response.json(), { messageId: 1 })
    assert.deepEqual(intake.texts, ['{"a":1}'])
    assert.deepEqual(intake.stored[0]?.attributes, {
      'http.path': '/in',
      'http.header.content-type': 'application/json',
      'http.header.idempotency-key': 'K1',
    })
  })
})

test('headers that the configuration names are recorded, no others', async () => {
  await withListener({ recordHeaders: ['x-ward'] }, async ({ intake, post }) => {
    await post('x', { 'x-ward': 'A3', 'x-other': 'no', 'content-type': 'text/plain' })
    assert.equal(intake.stored[0]?.attributes?.['http.header.x-ward'], 'A3')
    assert.equal(intake.stored[0]?.attributes?.['http.header.x-other'], undefined)
  })
})

test('HL7 v2 is answered with an HL7 acknowledgement', async () => {
  await withListener({}, async ({ post }) => {
    const response = await post(adt('C1'), { 'content-type': 'x-application/hl7-v2+er7; charset=utf-8' })
    assert.equal(response.status, 200)
    assert.equal(response.headers.get('content-type'), 'x-application/hl7-v2+er7')
    assert.match(await response.text(), /\rMSA\|AA\|C1\r/)
  })
})

test('HL7 v2 without MSH is answered AR with a status of its own, and recorded', async () => {
  await withListener({}, async ({ intake, post }) => {
    const response = await post('PID|1', { 'content-type': 'application/hl7-v2' })
    assert.equal(response.status, 422)
    assert.match(await response.text(), /MSA\|AR\|/)
    assert.equal(intake.refused[0]?.code, 'hl7-msh-missing')
  })
})

for (const [category, status, retryAfter] of [
  ['unavailable', 503, '7'],
  ['busy', 429, '7'],
  ['incorrect', 400, null],
  ['conflict', 409, null],
  ['forbidden', 403, null],
] as const) {
  test(`a message that cannot be stored (${category}) is answered ${status}`, async () => {
    await withListener({ retryAfter: '7s' }, async ({ intake, post }) => {
      intake.commit = () => Promise.reject(new SambandError({ code: 'test-code', category, message: 'The reason' }))
      const response = await post('x')
      assert.equal(response.status, status)
      assert.equal(response.headers.get('retry-after'), retryAfter)
      assert.deepEqual(await response.json(), { error: { code: 'test-code', category, message: 'The reason' } })
      const hl7 = await post(adt('C1'), { 'content-type': 'application/hl7-v2' })
      assert.equal(hl7.status, status)
      assert.match(await hl7.text(), /MSA\|A[ER]\|C1\|The reason/)
    })
  })
}

test('a wrong path, method, encoding and an empty body are refused and recorded', async () => {
  await withListener({ path: '/in' }, async ({ intake, post, port }) => {
    assert.equal((await post('x', {}, '/other')).status, 404)
    const get = await fetch(`http://127.0.0.1:${port}/in`)
    assert.deepEqual([get.status, get.headers.get('allow')], [405, 'POST'])
    assert.equal((await post('x', { 'content-encoding': 'gzip' }, '/in')).status, 415)
    assert.equal((await post('', {}, '/in')).status, 400)
    assert.deepEqual(
      intake.refused.map(refusal => refusal.code),
      ['http-path-unknown', 'http-method-not-allowed', 'http-encoding-unsupported', 'http-body-empty'],
    )
    assert.equal(intake.stored.length, 0)
  })
})

test('a body over the limit is refused, whether its length is declared or not', async () => {
  await withListener({ bodyBytesMax: 100 }, async ({ intake, post, port }) => {
    assert.equal((await post('x'.repeat(101))).status, 413)
    const peer = await RawPeer.connect(port)
    peer.socket.write('POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n')
    peer.socket.write(`ff\r\n${'x'.repeat(255)}\r\n`)
    await peer.until(() => peer.received.includes('413'))
    assert.deepEqual(
      intake.refused.map(refusal => refusal.code),
      ['http-body-too-large', 'http-body-too-large'],
    )
    assert.equal((await post('x'.repeat(100))).status, 202)
    peer.socket.destroy()
  })
})

test('a bearer token is required, from a file, and another one is refused and recorded', async () => {
  const file = join(await mkdtemp(join(tmpdir(), 'samband-')), 'token')
  await writeFile(file, 'correct-horse\n')
  await withListener({ auth: { kind: 'bearer', token: { file } } }, async ({ intake, post }) => {
    for (const authorization of ['', 'Bearer wrong', 'Basic correct-horse']) {
      const response = await post('x', { authorization })
      assert.deepEqual([response.status, response.headers.get('www-authenticate')], [401, 'Bearer'])
    }
    assert.equal((await post('x', { authorization: 'Bearer correct-horse' })).status, 202)
    assert.equal(intake.stored.length, 1)
    assert.equal(intake.refused.length, 3)
    assert.doesNotMatch(JSON.stringify(intake.refused), /wrong|horse/)
  })
})

test('a token that the environment does not hold stops the start', async () => {
  const auth = { kind: 'bearer', token: { env: 'SAMBAND_TEST_NO_SUCH_TOKEN' } }
  await assert.rejects(
    openSource(httpSource, { port: 0, auth }, new FakeIntake()),
    /auth\.token: the environment variable SAMBAND_TEST_NO_SUCH_TOKEN is missing or empty/,
  )
})

test('configuration must say who may send, and a secret may not stand in it', () => {
  const without = httpSource.parseConfig({ port: 1 })
  assert.ok(!without.ok)
  assert.match(without.issues.join(), /^auth: /)
  assert.ok(!httpSource.parseConfig({ port: 1, auth: { kind: 'bearer', token: 'secret' } }).ok)
  assert.ok(!httpSource.parseConfig({ port: 1, auth: { kind: 'client-certificate' } }).ok)
  assert.ok(!httpSource.parseConfig({ port: 1, auth: { kind: 'none' }, recordHeaders: ['authorization'] }).ok)
})

test('a client certificate of the trusted authority lets in, none or another does not', async t => {
  const intake = new FakeIntake()
  const tls = {
    certFile: tlsFile('listener.cert.pem'),
    keyFile: tlsFile('listener.key.pem'),
    caFile: tlsFile('trusted.cert.pem'),
  }
  const source = await openSource(httpSource, { port: 0, tls, auth: { kind: 'client-certificate' } }, intake)
  t.after(source.close)
  const post = (client: string | undefined): Promise<number> =>
    new Promise((resolve, reject) => {
      const pair =
        client === undefined
          ? {}
          : { cert: readFileSync(tlsFile(`${client}.cert.pem`)), key: readFileSync(tlsFile(`${client}.key.pem`)) }
      const agent = new Agent({ ca: readFileSync(tlsFile('trusted.cert.pem')), ...pair })
      const request = httpsRequest({ host: '127.0.0.1', port: portOf(source), method: 'POST', agent }, response => {
        response.resume()
        agent.destroy()
        resolve(response.statusCode ?? 0)
      })
      request.on('error', reject)
      request.end('x')
    })
  assert.equal(await post('client'), 202)
  await assert.rejects(post(undefined))
  await assert.rejects(post('strange-client'))
  await intake.handled(3)
  assert.equal(intake.stored.length, 1)
  assert.equal(intake.refused[0]?.code, 'http-tls-failed')
})

test('a sender that is slow with its headers or its body is cut off', async () => {
  await withListener({ headersTimeout: '60ms', requestTimeout: '120ms' }, async ({ intake, port }) => {
    const headers = await RawPeer.connect(port)
    headers.socket.write('POST / HTTP/1.1\r\nhost: x\r\n')
    const body = await RawPeer.connect(port)
    body.socket.write('POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nabc')
    await Promise.all([headers.closed(), body.closed()])
    assert.match(headers.received.toString(), /^HTTP\/1\.1 408/)
    assert.equal(intake.stored.length, 0)
    assert.ok(intake.refused.length >= 2)
  })
})

test('bytes that are no HTTP are answered 400 and recorded', async () => {
  await withListener({}, async ({ intake, port }) => {
    const peer = await RawPeer.connect(port)
    peer.socket.write('\x0bMSH|^~\\&|\x1c\r')
    await peer.closed()
    assert.match(peer.received.toString(), /^HTTP\/1\.1 400/)
    assert.equal(intake.refused[0]?.code, 'http-request-malformed')
  })
})

test('more messages than may await their commit are answered 503', async () => {
  await withListener({ awaitingMax: 1 }, async ({ intake, post }) => {
    const gate = Promise.withResolvers<void>()
    const submitted = Promise.withResolvers<void>()
    intake.commit = () => {
      submitted.resolve()
      return gate.promise
    }
    const first = post('x')
    await submitted.promise
    assert.equal((await post('y')).status, 503)
    gate.resolve()
    assert.equal((await first).status, 202)
  })
})

test('close lets the request in commit be answered', async () => {
  await withListener({}, async ({ intake, post, close }) => {
    const gate = Promise.withResolvers<void>()
    const submitted = Promise.withResolvers<void>()
    intake.commit = () => {
      submitted.resolve()
      return gate.promise
    }
    const first = post('x')
    await submitted.promise
    const closing = close()
    await assert.rejects(post('y'))
    gate.resolve()
    assert.equal((await first).status, 202)
    await closing
  })
})
