import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { connect as connectTls } from 'node:tls'
import { SambandError } from '@samband/errors'
import { FakeIntake } from '../../test/fake-intake.ts'
import { adt, frame, RawPeer } from '../../test/mllp-peer.ts'
import { openDestination, openSource, outgoing, portOf } from '../../test/open.ts'
import { tlsFile } from '../../test/tls-files.ts'
import { mllpDestination } from './destination.ts'
import { mllpSource } from './source.ts'

const listenerTls = { certFile: tlsFile('listener.cert.pem'), keyFile: tlsFile('listener.key.pem') }
const trusted = tlsFile('trusted.cert.pem')

async function open(
  t: TestContext,
  listener: object,
  client: object,
): Promise<{ intake: FakeIntake; send: () => Promise<unknown> }> {
  const intake = new FakeIntake()
  const source = await openSource(mllpSource, { port: 0, tls: { ...listenerTls, ...listener } }, intake)
  const destination = await openDestination(mllpDestination, { host: '127.0.0.1', port: portOf(source), tls: client })
  assert.match(source.address, /^mllps:/)
  t.after(async () => {
    await destination.close()
    await source.close()
  })
  return { intake, send: () => destination.send(outgoing(adt('C1'))) }
}

function isUnavailable(error: unknown): boolean {
  assert.ok(error instanceof SambandError)
  assert.equal(error.category, 'unavailable')
  return true
}

test('a message goes over TLS to a listener whose authority is trusted', async t => {
  const { intake, send } = await open(t, {}, { caFile: trusted })
  assert.deepEqual(((await send()) as { code: string }).code, 'AA')
  assert.equal(intake.stored.length, 1)
})

test('a listener of an unknown authority is not spoken to', async t => {
  const { intake, send } = await open(t, {}, { caFile: tlsFile('stranger.cert.pem') })
  await assert.rejects(send(), isUnavailable)
  assert.equal(intake.stored.length, 0)
})

test('a certificate for another name is not accepted', async t => {
  const { send } = await open(t, {}, { caFile: trusted, servername: 'lis.hospital.example' })
  await assert.rejects(send(), isUnavailable)
})

test('the name in the certificate may be told where it is not the host', async t => {
  const { send } = await open(t, {}, { caFile: trusted, servername: 'localhost' })
  assert.deepEqual(((await send()) as { code: string }).code, 'AA')
})

test('only the setting "insecure" accepts any certificate', async t => {
  const { send } = await open(t, {}, { insecure: true })
  assert.deepEqual(((await send()) as { code: string }).code, 'AA')
})

test('mutual TLS takes a client of the trusted authority', async t => {
  const client = { caFile: trusted, certFile: tlsFile('client.cert.pem'), keyFile: tlsFile('client.key.pem') }
  const { send } = await open(t, { caFile: trusted }, client)
  assert.deepEqual(((await send()) as { code: string }).code, 'AA')
})

for (const [who, files] of [
  ['without a certificate', {}],
  [
    'of another authority',
    { certFile: tlsFile('strange-client.cert.pem'), keyFile: tlsFile('strange-client.key.pem') },
  ],
] as const) {
  test(`mutual TLS refuses a client ${who}, and records it`, async t => {
    const { intake, send } = await open(t, { caFile: trusted }, { caFile: trusted, ...files })
    await assert.rejects(send(), SambandError)
    await intake.handled(1)
    assert.equal(intake.stored.length, 0)
    assert.equal(intake.refused[0]?.code, 'mllp-tls-failed')
  })
}

test('a plain sender at a TLS listener is refused and recorded', async t => {
  const { intake, send } = await open(t, {}, { caFile: trusted })
  await send()
  const source = await openSource(mllpSource, { port: 0, tls: listenerTls }, intake)
  t.after(source.close)
  const peer = await RawPeer.connect(portOf(source))
  peer.socket.write(frame(adt('C1')))
  await peer.closed()
  await intake.handled(2)
  assert.equal(intake.refused[0]?.code, 'mllp-tls-failed')
})

test('a TLS handshake that never ends is cut off, and close does not wait for one', async t => {
  const intake = new FakeIntake()
  const source = await openSource(
    mllpSource,
    { port: 0, tls: listenerTls, frameTimeout: '50ms', closeTimeout: '50ms' },
    intake,
  )
  const peer = await RawPeer.connect(portOf(source))
  await peer.closed()
  assert.equal(intake.refused[0]?.code, 'mllp-tls-failed')
  const hanging = connect(portOf(source), '127.0.0.1')
  hanging.on('error', () => {})
  t.after(() => hanging.destroy())
  await new Promise(resolve => hanging.once('connect', resolve))
  await source.close()
})

test('TLS below the configured version is refused', async t => {
  const intake = new FakeIntake()
  const source = await openSource(mllpSource, { port: 0, tls: { ...listenerTls, minVersion: 'TLSv1.3' } }, intake)
  t.after(source.close)
  const socket = connectTls({
    port: portOf(source),
    host: '127.0.0.1',
    maxVersion: 'TLSv1.2',
    rejectUnauthorized: false,
  })
  await new Promise(resolve => socket.once('error', resolve))
  await intake.handled(1)
})

test('a certificate file that is missing or no pair stops the start, and the setting is named', async () => {
  const missing = { certFile: '/nowhere/cert.pem', keyFile: listenerTls.keyFile }
  await assert.rejects(
    openSource(mllpSource, { port: 0, tls: missing }, new FakeIntake()),
    /tls\.certFile: cannot read/,
  )
  const mixed = { certFile: listenerTls.certFile, keyFile: tlsFile('client.key.pem') }
  await assert.rejects(openSource(mllpSource, { port: 0, tls: mixed }, new FakeIntake()), /usable pair/)
  const empty = join(tmpdir(), `samband-empty-${process.pid}`)
  await writeFile(empty, '\n')
  const locked = { ...listenerTls, passphrase: { file: empty } }
  await assert.rejects(
    openSource(mllpSource, { port: 0, tls: locked }, new FakeIntake()),
    /tls\.passphrase: the file .* is missing or empty/,
  )
})
