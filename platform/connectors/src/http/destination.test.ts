import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import type { DestinationHandle } from '@samband/engine'
import { SambandError } from '@samband/errors'
import { ackOf, adt, RawReceiver } from '../../test/mllp-peer.ts'
import { openDestination, outgoing } from '../../test/open.ts'
import { tlsFile } from '../../test/tls-files.ts'
import { ReplyError } from '../reply-error.ts'
import { httpDestination } from './destination.ts'

async function open(t: TestContext, listener: RequestListener, config: object = {}): Promise<DestinationHandle> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/in`
  const destination = await openDestination(httpDestination, { url, ...config })
  t.after(async () => {
    await destination.close()
    server.closeAllConnections()
    server.close()
  })
  return destination
}

async function failure(sent: Promise<unknown>): Promise<SambandError> {
  const error = await sent.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  assert.ok(error instanceof SambandError)
  return error
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = ''
  for await (const chunk of request) body += String(chunk)
  return body
}

test('a message is posted with its key, its type and the secret, and the answer is kept', async t => {
  process.env['SAMBAND_TEST_TOKEN'] = 's3cret'
  const seen: Record<string, unknown> = {}
  const destination = await open(
    t,
    (request, response) => {
      void bodyOf(request).then(body => {
        Object.assign(seen, { method: request.method, url: request.url, headers: request.headers, body })
        response.writeHead(201).end('created')
      })
    },
    { auth: { kind: 'bearer', token: { env: 'SAMBAND_TEST_TOKEN' } }, headers: { 'x-site': 'west' } },
  )
  const attributes = {
    'http.header.content-type': 'text/plain\r\nx-evil: 1',
    'http.header.authorization': 'stolen',
    'file.name': 'a',
  }
  const reply = await destination.send(outgoing('hello', attributes, 'K1'))
  assert.deepEqual([reply.code, Buffer.from(reply.bytes ?? []).toString()], ['201', 'created'])
  assert.deepEqual([seen['method'], seen['url'], seen['body']], ['POST', '/in', 'hello'])
  const headers = seen['headers'] as Record<string, string>
  assert.equal(headers['idempotency-key'], 'K1')
  assert.equal(headers['authorization'], 'Bearer s3cret')
  assert.equal(headers['content-type'], 'text/plain__x-evil: 1')
  assert.equal(headers['x-site'], 'west')
  assert.equal(headers['x-evil'], undefined)
})

test('connections are kept and used again', async t => {
  const ports = new Set<number | undefined>()
  const destination = await open(t, (request, response) => {
    ports.add(request.socket.remotePort)
    response.end()
  })
  for (let index = 0; index < 5; index++) await destination.send(outgoing('x'))
  assert.equal(ports.size, 1)
})

const statuses: readonly (readonly [number, string])[] = [
  [301, 'unsupported'],
  [400, 'incorrect'],
  [401, 'forbidden'],
  [403, 'forbidden'],
  [404, 'not-found'],
  [405, 'unsupported'],
  [408, 'busy'],
  [409, 'conflict'],
  [413, 'incorrect'],
  [415, 'unsupported'],
  [422, 'incorrect'],
  [429, 'busy'],
  [500, 'busy'],
  [501, 'unsupported'],
  [502, 'busy'],
  [503, 'busy'],
]

test('every status has its category, and the error carries the answer without quoting it', async t => {
  let status = 0
  const destination = await open(t, (_request, response) => {
    response.writeHead(status, { location: 'http://127.0.0.1:1/', 'retry-after': '30' }).end('Nordmann Kari')
  })
  for (const [each, category] of statuses) {
    status = each
    const error = await failure(destination.send(outgoing('x')))
    assert.equal(error.category, category, String(status))
    assert.equal(error.code, `http-${status}`)
    assert.match(error.message, /asks to wait 30 s/)
    assert.doesNotMatch(error.message, /Nordmann/)
    assert.ok(error instanceof ReplyError)
    assert.equal(Buffer.from(error.reply.bytes ?? []).toString(), 'Nordmann Kari')
  }
})

test('an HL7 acknowledgement in the answer decides over the status', async t => {
  let ack = ackOf('C1', 'AA')
  const destination = await open(t, (_request, response) => {
    response.writeHead(200, { 'content-type': 'x-application/hl7-v2+er7' }).end(ack)
  })
  assert.equal((await destination.send(outgoing(adt('C1')))).code, 'AA')
  ack = ackOf('C1', 'AE', '101')
  assert.equal((await failure(destination.send(outgoing(adt('C1'))))).category, 'incorrect')
})

test('a receiver that is not there is unavailable', async () => {
  const receiver = await RawReceiver.listen()
  const url = `http://127.0.0.1:${receiver.port}/`
  await receiver.close()
  const destination = await openDestination(httpDestination, { url })
  const error = await failure(destination.send(outgoing('x')))
  assert.deepEqual([error.code, error.category], ['http-not-connected', 'unavailable'])
  assert.equal(destination.state().status, 'down')
  await destination.close()
})

test('a receiver that never answers, or vanishes before it does, leaves the delivery in doubt: busy', async () => {
  const receiver = await RawReceiver.listen()
  const destination = await openDestination(httpDestination, {
    url: `http://127.0.0.1:${receiver.port}/`,
    timeout: '60ms',
  })
  const silent = failure(destination.send(outgoing('x')))
  await (await receiver.accept()).closed()
  assert.deepEqual([(await silent).code, (await silent).category], ['http-timeout', 'busy'])
  const cut = failure(destination.send(outgoing('x')))
  const peer = await receiver.accept()
  await peer.until(() => peer.received.length > 0)
  peer.socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nabc')
  peer.socket.end()
  assert.equal((await cut).category, 'busy')
  await destination.close()
  await receiver.close()
})

test('an answer that is no HTTP is busy', async () => {
  const receiver = await RawReceiver.listen()
  const destination = await openDestination(httpDestination, { url: `http://127.0.0.1:${receiver.port}/` })
  const sent = failure(destination.send(outgoing('x')))
  const peer = await receiver.accept()
  await peer.until(() => peer.received.length > 0)
  peer.socket.write('\x0bMSH|garbage\x1c\r\r\n\r\n')
  assert.equal((await sent).category, 'busy')
  await destination.close()
  peer.socket.destroy()
  await receiver.close()
})

test('an answer over the limit is a delivery whose answer is not kept', async t => {
  const destination = await open(t, (_request, response) => response.end('x'.repeat(10_000)), { responseBytesMax: 100 })
  assert.deepEqual(await destination.send(outgoing('x')), { code: '200' })
  assert.equal(destination.state().counters['responsesTooLarge'], 1)
})

test('https checks the receiver, and shows its own certificate where asked', async t => {
  const pem = (name: string): Buffer => readFileSync(tlsFile(name))
  const server = createTlsServer(
    {
      cert: pem('listener.cert.pem'),
      key: pem('listener.key.pem'),
      ca: pem('trusted.cert.pem'),
      requestCert: true,
    },
    (_request, response) => response.end(),
  ).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/`
  const pair = { certFile: tlsFile('client.cert.pem'), keyFile: tlsFile('client.key.pem') }
  const good = await openDestination(httpDestination, { url, tls: { caFile: tlsFile('trusted.cert.pem'), ...pair } })
  assert.equal((await good.send(outgoing('x'))).code, '200')
  await good.close()
  const untrusting = await openDestination(httpDestination, { url, tls: pair })
  assert.equal((await failure(untrusting.send(outgoing('x')))).category, 'unavailable')
  await untrusting.close()
})

test('secrets in the address or in headers are refused', () => {
  const parsed = httpDestination.parseConfig({ url: 'http://user:pw@x/', headers: { authorization: 'x' } })
  assert.ok(!parsed.ok)
  assert.equal(parsed.issues.length, 2)
  assert.ok(!httpDestination.parseConfig({ url: 'ftp://x/' }).ok)
})
