import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SambandError } from '@samband/errors'
import { ackOf, adt, frame, RawReceiver } from '../../test/mllp-peer.ts'
import { openDestination, outgoing } from '../../test/open.ts'
import { ReplyError } from '../reply-error.ts'
import { mllpDestination } from './destination.ts'

async function answerTo(ack: string): Promise<unknown> {
  const receiver = await RawReceiver.listen()
  const destination = await openDestination(mllpDestination, { host: '127.0.0.1', port: receiver.port })
  try {
    const sent = destination.send(outgoing(adt('C1'))).catch((error: unknown) => error)
    const peer = await receiver.accept()
    await peer.framesCame(1)
    peer.socket.write(frame(ack))
    return await sent
  } finally {
    await destination.close()
    await receiver.close()
  }
}

for (const code of ['AA', 'CA']) {
  test(`${code} is a delivery, with the receiver's answer`, async () => {
    assert.deepEqual(await answerTo(ackOf('C1', code)), { bytes: new Uint8Array(Buffer.from(ackOf('C1', code))), code })
  })
}

/** HL7 v2.5.1 §2.9.2, §2.9.3 and table 0357. */
const negative: readonly (readonly [string, string, string])[] = [
  ['AE', '', 'incorrect'],
  ['AE', '101', 'incorrect'],
  ['AE', '204', 'incorrect'],
  ['AE', '206', 'busy'],
  ['AE', '207', 'busy'],
  ['AR', '', 'busy'],
  ['AR', '101', 'incorrect'],
  ['AR', '200', 'unsupported'],
  ['AR', '203', 'unsupported'],
  ['AR', '207', 'busy'],
  ['AR', 'X99', 'busy'],
  ['CE', '', 'busy'],
  ['CE', '101', 'incorrect'],
  ['CE', '207', 'busy'],
  ['CR', '', 'unsupported'],
  ['CR', '201', 'unsupported'],
  ['CR', '206', 'busy'],
]

for (const [code, err, category] of negative) {
  test(`${code}${err === '' ? '' : ` with ERR-3 ${err}`} is ${category}, and the error carries the answer`, async () => {
    const error = await answerTo(ackOf('C1', code, err))
    assert.ok(error instanceof ReplyError)
    assert.equal(error.category, category)
    assert.equal(error.code, `mllp-${code.toLowerCase()}`)
    assert.equal(error.reply.code, code)
    assert.equal(Buffer.from(error.reply.bytes ?? []).toString(), ackOf('C1', code, err))
  })
}

test('the text of a negative acknowledgement, which may name the patient, stays out of the error', async () => {
  const error = await answerTo(
    `${ackOf('C1', 'AE')}|Nordmann Kari 13816900216 is unknown\rERR|||13816900216|E||||Nordmann`,
  )
  assert.ok(error instanceof SambandError)
  assert.doesNotMatch(error.message, /Nordmann|13816900216/)
})

test('the window is the number of connections', async () => {
  const destination = await openDestination(mllpDestination, { host: '127.0.0.1', port: 1, connections: 4 })
  assert.equal(destination.window, 4)
  assert.equal(destination.address, 'mllp://127.0.0.1:1')
  await destination.close()
})

test('opening does not wait for a receiver that is down', async () => {
  const destination = await openDestination(mllpDestination, { host: '127.0.0.1', port: 1 })
  assert.equal(destination.state().status, 'idle')
  await assert.rejects(destination.send(outgoing(adt('C1'))), (error: unknown) => {
    assert.ok(error instanceof SambandError)
    assert.equal(error.category, 'unavailable')
    return true
  })
  assert.equal(destination.state().lastError?.code, 'mllp-not-connected')
  await destination.close()
})

test('certificate checks are not switched off by an unknown word', () => {
  const parsed = mllpDestination.parseConfig({ host: 'x', port: 1, tls: { rejectUnauthorized: false } })
  assert.deepEqual(parsed, { ok: false, issues: ['tls.rejectUnauthorized: unknown setting'] })
})
