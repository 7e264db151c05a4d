import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, before, describe, test } from 'node:test'
import { SambandError } from '@samband/errors'
import { createPeerServer, type PeerHandler, type PeerServer, type PeerServerOptions } from '../peer-server.ts'
import { createPeers, type Peers } from '../peers.ts'

const secret = randomBytes(32)
const echo = 1
const slow = 2
const failing = 3
const unknown = 9

const handlers: ReadonlyMap<number, PeerHandler> = new Map<number, PeerHandler>([
  [echo, (header, body) => ({ header, body: Buffer.from(body) })],
  [
    slow,
    async header => {
      await new Promise(resolve => setTimeout(resolve, Number(header)))
      return { header }
    },
  ],
  [
    failing,
    header => {
      if (header === 'bug') throw new TypeError('Ola Nordmann is not a function')
      throw new SambandError({ code: 'lane-elsewhere', category: 'conflict', message: 'the lane is elsewhere' })
    },
  ],
])

const patient = { timeoutMs: 5_000 }

describe('peers', () => {
  let folder: string
  let n = 0
  const servers: PeerServer[] = []
  const clients: Peers[] = []

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'samband-peers-'))
  })
  afterEach(async () => {
    for (const peers of clients.splice(0)) peers.close()
    await Promise.all(servers.splice(0).map(server => server.close()))
  })
  after(() => rm(folder, { recursive: true }))

  const path = (): string => join(folder, `${(n += 1)}.sock`)
  const serve = async (options: Partial<PeerServerOptions> = {}): Promise<PeerServer> => {
    const server = await createPeerServer({ listen: `unix:${path()}`, secret, handlers, ...options })
    servers.push(server)
    return server
  }
  const client = (...[options]: [options?: Partial<Parameters<typeof createPeers>[0]>]): Peers => {
    const peers = createPeers({ secret, ...options })
    clients.push(peers)
    return peers
  }

  for (const listen of ['unix', 'tls'] as const) {
    test(`over ${listen}, calls are answered, each with its own answer, whatever their size`, async () => {
      const { address } = await serve(listen === 'tls' ? { listen: 'tls://127.0.0.1:0' } : {})
      const peers = client()
      const sizes = [0, 1, 1_000, 32_768, 32_769, 70_000, 3_000_000]
      await Promise.all(
        Array.from({ length: 200 }, async (_, index) => {
          const body = randomBytes(sizes[index % (index < 180 ? 4 : 7)] ?? 0)
          const reply = await peers.call(address, echo, { index, name: 'Ås' }, body, patient)
          assert.deepEqual(reply.header, { index, name: 'Ås' })
          assert.ok(reply.body.equals(body))
        }),
      )
    })
  }

  test('others are told the address that they reach it by, with the port that was chosen', async () => {
    const { address } = await serve({ listen: 'tls://0.0.0.0:0', advertise: 'tls://127.0.0.1:0' })
    assert.match(address, /^tls:\/\/127\.0\.0\.1:\d{2,5}$/)
    assert.deepEqual((await client().call(address, echo, { n: 1 }, undefined, patient)).header, { n: 1 })
    const translated = await serve({ listen: 'tls://127.0.0.1:0', advertise: 'tls://samband1.example.org:7610' })
    assert.equal(translated.address, 'tls://samband1.example.org:7610')
  })

  test('an address that no other machine could call is refused with what to set', async () => {
    const invalid = { code: 'peer-address-invalid', message: /advertise/ }
    await assert.rejects(serve({ listen: 'tls://0.0.0.0:0' }), invalid)
    await assert.rejects(serve({ listen: 'tls://127.0.0.1:0', advertise: 'tls://[::]:7610' }), invalid)
    await assert.rejects(serve({ advertise: 'tls://127.0.0.1:7610' }), invalid)
  })

  test('a slow call does not hold up those behind it', async () => {
    const { address } = await serve()
    const peers = client()
    const order: string[] = []
    await Promise.all([
      peers.call(address, slow, 100, undefined, patient).then(() => order.push('slow')),
      peers.call(address, echo, undefined, undefined, patient).then(() => order.push('fast')),
    ])
    assert.deepEqual(order, ['fast', 'slow'])
  })

  test('what a handler throws arrives with code, category and text; a bug arrives without its text', async () => {
    const { address } = await serve()
    const peers = client()
    await assert.rejects(peers.call(address, failing, undefined, undefined, patient), {
      name: 'SambandError',
      code: 'lane-elsewhere',
      category: 'conflict',
      message: 'the lane is elsewhere',
    })
    await assert.rejects(peers.call(address, failing, 'bug', undefined, patient), {
      category: 'fault',
      message: 'unexpected TypeError',
    })
    await assert.rejects(peers.call(address, unknown, undefined, undefined, patient), {
      code: 'peer-method-unknown',
      category: 'unsupported',
    })
  })

  test('a peer that is not there: nothing was sent, and the next call tries again', async () => {
    const listen = `unix:${path()}`
    const peers = client()
    await assert.rejects(peers.call(listen, echo, 1, undefined, patient), { code: 'peer-unreachable' })
    await serve({ listen })
    assert.equal((await peers.call(listen, echo, 1, undefined, patient)).header, 1)
  })

  test('calls under way when the connection breaks are lost, and say that their fate is unknown', async () => {
    const listen = path()
    const sockets: Socket[] = []
    const mute = createServer(socket => sockets.push(socket.on('error', () => {})))
    await new Promise<void>(resolve => mute.listen(listen, resolve))
    const peers = client()
    const calls = [1, 2].map(header => peers.call(`unix:${listen}`, echo, header, undefined, patient))
    const failed = Promise.allSettled(calls)
    setTimeout(() => sockets[0]?.destroy(), 30)
    for (const outcome of await failed) {
      assert.ok(outcome.status === 'rejected' && outcome.reason instanceof SambandError)
      assert.equal(outcome.reason.code, 'peer-lost')
      assert.equal(outcome.reason.category, 'unavailable')
    }
    await new Promise(resolve => mute.close(resolve))
  })

  test('a call that takes too long is given up, the others go on', async () => {
    const { address } = await serve()
    const peers = client({ limits: { sweepEveryMs: 10 } })
    const long = peers.call(address, slow, 400, undefined, { timeoutMs: 60 })
    const other = peers.call(address, slow, 30, undefined, patient)
    await assert.rejects(long, { code: 'peer-timeout', category: 'unavailable' })
    assert.equal((await other).header, 30)
    assert.equal((await peers.call(address, echo, 1, undefined, patient)).header, 1)
  })

  test('a line on which nothing is heard any more is given up, and the next call gets a new one', async () => {
    const listen = path()
    let connections = 0
    const mute = createServer(socket => {
      connections += 1
      socket.on('error', () => {}).resume()
    })
    await new Promise<void>(resolve => mute.listen(listen, resolve))
    const peers = client({ limits: { sweepEveryMs: 10 } })
    for (const _ of [1, 2]) {
      const call = peers.call(`unix:${listen}`, echo, 1, undefined, { timeoutMs: 30 })
      await assert.rejects(call, { code: 'peer-timeout' })
      await new Promise(resolve => setTimeout(resolve, 20))
    }
    assert.equal(connections, 2)
    peers.close()
    await new Promise(resolve => mute.close(resolve))
  })

  test('who has another secret is refused, on either side', async () => {
    const refused: SambandError[] = []
    const { address } = await serve({ listen: 'tls://127.0.0.1:0', onRefused: error => refused.push(error) })
    const stranger = client({ secret: randomBytes(32) })
    await assert.rejects(stranger.call(address, echo, 1, undefined, patient), { code: 'peer-unreachable' })
    assert.equal(refused.length, 1)
    const friend = client()
    assert.equal((await friend.call(address, echo, 1, undefined, patient)).header, 1)
  })

  test('plain text on the TLS port is refused', async () => {
    const { address } = await serve({ listen: 'tls://127.0.0.1:0' })
    const socket = connect(Number(address.split(':').at(-1)), '127.0.0.1')
    socket.write('SAMBPEER\u0001 and more than that')
    await new Promise(resolve =>
      socket
        .once('close', resolve)
        .on('error', () => {})
        .resume(),
    )
  })

  test('rubbish on the socket ends that connection and no other', async () => {
    const refused: string[] = []
    const { address } = await serve({ onRefused: ({ code }) => refused.push(code) })
    const peers = client()
    const under = peers.call(address, slow, 50, undefined, patient)
    for (const bytes of [
      'GET / HTTP/1.1\r\n\r\n',
      'SAMBPEER\u0001\u00ff\u00ff\u00ff\u00ff',
      'SAMBPEER\u0001\0\0\0\u0001',
    ]) {
      const socket = connect(address.slice('unix:'.length))
      socket.write(bytes, 'latin1')
      await new Promise(resolve =>
        socket
          .once('close', resolve)
          .on('error', () => {})
          .resume(),
      )
    }
    assert.equal((await under).header, 50)
    assert.deepEqual(refused, ['peer-protocol', 'peer-protocol', 'peer-protocol'])
  })

  test('the socket file is for this user only; a left-over file is replaced, one in use is not', async () => {
    const file = path()
    const { address } = await serve({ listen: `unix:${file}` })
    assert.equal((await stat(file)).mode & 0o777, 0o600)
    await assert.rejects(serve({ listen: address }), { code: 'peer-listen-failed' })
    const left = path()
    const dead = createServer()
    await new Promise<void>(resolve => dead.listen(left, resolve))
    // As kill -9 leaves it: the file stays, nobody listens.
    const { rename } = await import('node:fs/promises')
    await rename(left, `${left}.kept`)
    await new Promise(resolve => dead.close(resolve))
    await rename(`${left}.kept`, left)
    const again = await serve({ listen: `unix:${left}` })
    assert.equal((await client().call(again.address, echo, 1, undefined, patient)).header, 1)
    const note = path()
    await writeFile(note, 'no socket')
    await assert.rejects(serve({ listen: `unix:${note}` }), { code: 'peer-listen-failed' })
    assert.ok((await stat(note)).isFile(), 'a file that is no socket was deleted')
  })

  test('a server that closes answers what is under way and refuses what comes', async () => {
    const server = await serve()
    const peers = client()
    const under = peers.call(server.address, slow, 80, undefined, patient)
    await peers.call(server.address, echo, 1, undefined, patient)
    const closing = server.close()
    await assert.rejects(peers.call(server.address, echo, 1, undefined, patient), { code: 'peer-stopping' })
    assert.equal((await under).header, 80)
    await closing
    await assert.rejects(peers.call(server.address, echo, 1, undefined, patient), { code: 'peer-unreachable' })
  })

  test('more calls than the limit are refused at once, and nothing of them is sent', async () => {
    const { address } = await serve()
    const peers = client({ limits: { callsMax: 2 } })
    const calls = [20, 20, 20].map(ms => peers.call(address, slow, ms, undefined, patient))
    const outcomes = await Promise.allSettled(calls)
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ['fulfilled', 'fulfilled', 'rejected'],
    )
    await assert.rejects(
      client({ limits: { peerFrameBytesMax: 100_000 } }).call(address, echo, 1, Buffer.alloc(99_000), patient),
      {
        code: 'peer-frame-too-large',
        category: 'incorrect',
      },
    )
  })

  test('an address that is none is refused with how to write one', async () => {
    for (const address of ['127.0.0.1:80', 'unix:relative.sock', 'tls://host', 'tls://host:99999']) {
      await assert.rejects(client().call(address, echo, 1, undefined, patient), { code: 'peer-address-invalid' })
    }
  })
})
