import assert from 'node:assert/strict'
import { createServer, type Server, type Socket } from 'node:net'
import { after, test } from 'node:test'
import { buildAck, createMllpDecoder, encodeMllpFrame, parse } from '@samband/hl7v2'
import { createRandom } from '../random.ts'
import { type AnswerFault, FaultDice, faultDefaults, type FaultKind } from './faults.ts'
import { Ledger } from './ledger.ts'
import { Receiver } from './receiver.ts'
import { Sender, senderDefaults } from './sender.ts'

const now = new Date('2026-01-15T10:00:00Z')
const bytesOf = (controlId: string): Uint8Array =>
  new TextEncoder().encode(`MSH|^~\\&|A|B|C|D|20260115||ADT^A01|${controlId}|T|2.5.1\rPID|1||1\r`)

const closers: (() => Promise<void> | void)[] = []
after(async () => {
  for (const close of closers.toReversed()) await close()
})

function dice(kinds: readonly FaultKind[] = [], share = 1): FaultDice {
  return new FaultDice({ ...faultDefaults, kinds, share }, createRandom(1))
}

type Peer = { readonly port: number; readonly seen: string[] }

/** A listener that answers each message as told by how often it came: 'AA', 'AE', 'other', 'hang-up'. */
async function peer(answers: readonly string[]): Promise<Peer> {
  const seen: string[] = []
  const server: Server = createServer((socket: Socket) => {
    const decoder = createMllpDecoder()
    socket.on('error', () => undefined)
    socket.on('data', chunk => {
      for (const event of decoder.push(chunk)) if (event.kind === 'frame') answer(socket, event.bytes)
    })
  })
  const answer = (socket: Socket, bytes: Uint8Array): void => {
    const how = answers[seen.length] ?? 'AA'
    const parsed = parse(bytes)
    assert.ok(parsed.ok)
    seen.push(parsed.message.controlId)
    if (how === 'hang-up') return void socket.destroy()
    if (how === 'other') parsed.message.set('MSH-10', 'SOMETHING-ELSE')
    const code = how === 'AE' ? 'AE' : 'AA'
    socket.write(encodeMllpFrame(buildAck(parsed.message, { code, controlId: 'ACK', now }).format()))
  }
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  closers.push(() => new Promise<void>(resolve => void server.close(() => resolve())))
  const address = server.address()
  assert.ok(typeof address === 'object' && address !== null)
  return { port: address.port, seen }
}

function sender(port: () => number | undefined, faults: FaultDice = dice()): Sender {
  const created = new Sender({
    ...senderDefaults,
    retryMs: 5,
    ackTimeoutMs: 200,
    dice: faults,
    address: () => {
      const known = port()
      return known === undefined ? undefined : { host: '127.0.0.1', port: known }
    },
  })
  closers.push(() => created.close())
  return created
}

async function until(isSo: () => boolean): Promise<void> {
  for (const end = Date.now() + 10_000; !isSo(); ) {
    assert.ok(Date.now() < end, 'not within 10 s')
    await new Promise(resolve => setTimeout(resolve, 5))
  }
}

test('a sender sends the same message until it is accepted, and only then the next', async () => {
  const { port, seen } = await peer(['AA', 'AE', 'hang-up', 'other', 'AA', 'AA'])
  const line = sender(() => port)
  for (const controlId of ['A1', 'A2', 'A3']) line.send(controlId, bytesOf(controlId))
  await until(() => line.waiting === 0)
  assert.deepEqual(seen, ['A1', 'A2', 'A2', 'A2', 'A2', 'A3'])
  assert.deepEqual([line.acknowledged, line.refused], [3, 1])
})

test('a sender waits for an address that is not known yet', async () => {
  const { port, seen } = await peer([])
  const known: { port?: number } = {}
  const line = sender(() => known.port)
  line.send('A1', bytesOf('A1'))
  known.port = port
  await until(() => line.waiting === 0)
  assert.deepEqual(seen, ['A1'])
})

test('with the fault "duplicate" a message is sent twice, once more than it is counted', async () => {
  const { port, seen } = await peer([])
  const line = sender(() => port, dice(['duplicate']))
  line.send('A1', bytesOf('A1'))
  line.send('A2', bytesOf('A2'))
  await until(() => line.waiting === 0)
  assert.deepEqual(seen, ['A1', 'A1', 'A2', 'A2'])
  assert.equal(line.acknowledged, 2)
})

test('with noise on the line the messages still arrive', async () => {
  const { port, seen } = await peer([])
  const line = sender(() => port, dice(['garbage']))
  line.send('A1', bytesOf('A1'))
  line.send('A2', bytesOf('A2'))
  await until(() => line.waiting === 0)
  assert.deepEqual(seen, ['A1', 'A2'])
})

test('a full queue takes no more', () => {
  const line = new Sender({ ...senderDefaults, queueMax: 1, dice: dice(), address: () => undefined })
  closers.push(() => line.close())
  assert.deepEqual([line.send('A1', bytesOf('A1')), line.send('A2', bytesOf('A2'))], [true, false])
})

async function receiver(kind: AnswerFault | undefined): Promise<{ receiver: Receiver; taken: string[] }> {
  const taken: string[] = []
  const ack = (bytes: Uint8Array, code: 'AA' | 'AE'): Uint8Array => {
    const parsed = parse(bytes)
    assert.ok(parsed.ok)
    if (code === 'AA') taken.push(parsed.message.controlId)
    return buildAck(parsed.message, { code, controlId: 'ACK', now }).format()
  }
  const created = new Receiver({
    host: '127.0.0.1',
    port: 0,
    lateMs: 250,
    dice: dice(kind === undefined ? [] : [kind], 0.5),
    answer: bytes => ack(bytes, 'AA'),
    refuse: bytes => ack(bytes, 'AE'),
  })
  await created.open()
  closers.push(() => created.close())
  return { receiver: created, taken }
}

test('whatever a receiver does, a patient sender gets every message through in order', async () => {
  for (const fault of [undefined, 'nack', 'reject', 'garbage', 'late-ack', 'disconnect'] as const) {
    const { receiver: listening, taken } = await receiver(fault)
    const line = sender(() => listening.port)
    for (const controlId of ['A1', 'A2', 'A3', 'A4']) line.send(controlId, bytesOf(controlId))
    await until(() => line.waiting === 0)
    assert.deepEqual([...new Set(taken)], ['A1', 'A2', 'A3', 'A4'], fault)
    assert.equal(Object.keys(listening.faults).length, fault === undefined ? 0 : 1, fault)
  }
})

test('a receiver that was down comes back on the same port', async () => {
  const { receiver: listening, taken } = await receiver(undefined)
  const { port } = listening
  await listening.close()
  assert.equal(listening.up, false)
  const line = sender(() => port)
  line.send('A1', bytesOf('A1'))
  await listening.open()
  await until(() => line.waiting === 0)
  assert.deepEqual([listening.port, taken], [port, ['A1']])
})

test('a ledger knows duplicates, and what is out of order for one patient of one sender', () => {
  const ledger = new Ledger()
  const enter = (controlId: string, mrn = '1'): string => {
    const parsed = parse(`MSH|^~\\&|||||||ADT^A01|${controlId}|T|2.5.1\rPID|1||${mrn}\r`)
    assert.ok(parsed.ok)
    return ledger.enter(parsed.message)
  }
  assert.equal(enter('EPJ00000002'), 'new')
  assert.equal(enter('EPJ00000002'), 'duplicate')
  enter('EPJ00000001', '2')
  enter('LAB00000001-1')
  enter('LAB00000001-2')
  assert.equal(ledger.outOfOrder, 0)
  enter('EPJ00000001-1')
  assert.deepEqual([ledger.received, ledger.duplicates, ledger.outOfOrder], [6, 1, 1])
})
