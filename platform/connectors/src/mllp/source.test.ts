import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SambandError } from '@samband/errors'
import fc from 'fast-check'
import { FakeIntake } from '../../test/fake-intake.ts'
import { ackOf, adt, frame, RawPeer } from '../../test/mllp-peer.ts'
import { openSource, portOf, stateBecomes } from '../../test/open.ts'
import { hl7v2 } from '../parsers/hl7v2.ts'
import { mllpSource } from './source.ts'

type Listener = { intake: FakeIntake; peer: RawPeer; port: number; address: string; close: () => Promise<void> }

async function withListener(config: object, run: (listener: Listener) => Promise<void>): Promise<void> {
  const intake = new FakeIntake()
  const source = await openSource(mllpSource, { port: 0, ...config }, intake)
  const port = portOf(source)
  const peer = await RawPeer.connect(port)
  try {
    await run({ intake, peer, port, address: source.address, close: source.close })
  } finally {
    peer.socket.destroy()
    await source.close()
  }
}

test('AA is sent only after the message is committed', async () => {
  await withListener({}, async ({ intake, peer }) => {
    const commit = Promise.withResolvers<void>()
    const submitted = Promise.withResolvers<void>()
    intake.commit = () => {
      submitted.resolve()
      return commit.promise
    }
    peer.socket.write(frame(adt('C1')))
    await submitted.promise
    assert.deepEqual(peer.frames, [])
    commit.resolve()
    const [ack] = await peer.framesCame(1)
    assert.match(ack ?? '', /\rMSA\|AA\|C1\r$/)
    assert.match(ack ?? '', /^MSH\|\^~\\&\|LIS\|WEST\|EHR\|WEST\|/)
    assert.equal(intake.texts[0], adt('C1'))
  })
})

test('a message that comes byte by byte is one message', async () => {
  await withListener({}, async ({ intake, peer }) => {
    for (const byte of frame(adt('C1'))) await new Promise(resolve => peer.socket.write(Buffer.of(byte), resolve))
    await peer.framesCame(1)
    assert.deepEqual(intake.texts, [adt('C1')])
    assert.deepEqual(intake.refused, [])
  })
})

test('pipelined messages are acknowledged in their order, whichever is committed first', async () => {
  await withListener({}, async ({ intake, peer }) => {
    const commits = new Map<string, () => void>()
    const all = Promise.withResolvers<void>()
    intake.commit = ({ bytes }) =>
      new Promise(resolve => {
        commits.set(/\|(C\d)\|/.exec(Buffer.from(bytes).toString())?.[1] ?? '', resolve)
        if (commits.size === 3) all.resolve()
      })
    peer.socket.write(Buffer.concat(['C1', 'C2', 'C3'].map(id => frame(adt(id)))))
    await all.promise
    for (const id of ['C3', 'C2', 'C1']) commits.get(id)?.()
    const acks = await peer.framesCame(3)
    assert.deepEqual(
      acks.map(ack => /MSA\|AA\|(C\d)/.exec(ack)?.[1]),
      ['C1', 'C2', 'C3'],
    )
  })
})

test('every acknowledgement has a control id of its own', async () => {
  await withListener({}, async ({ peer }) => {
    peer.socket.write(Buffer.concat(Array.from({ length: 50 }, (_, index) => frame(adt(`C${index}`)))))
    const acks = await peer.framesCame(50)
    const ids = acks.map(ack => ack.split('|')[9] ?? '')
    assert.equal(new Set(ids).size, 50)
    for (const id of ids) assert.match(id, /^[0-9A-Z]{5,20}$/)
  })
})

const negative = [
  { category: 'unavailable', original: 'AE', enhanced: 'CE' },
  { category: 'busy', original: 'AE', enhanced: 'CE' },
  { category: 'incorrect', original: 'AE', enhanced: 'CE' },
  { category: 'forbidden', original: 'AR', enhanced: 'CR' },
  { category: 'unsupported', original: 'AR', enhanced: 'CR' },
] as const

for (const { category, original, enhanced } of negative) {
  test(`a message that cannot be stored (${category}) is answered ${original} or ${enhanced} with a reason, never AA`, async () => {
    await withListener({}, async ({ intake, peer }) => {
      intake.commit = () => Promise.reject(new SambandError({ code: 'test-code', category, message: 'The reason' }))
      peer.socket.write(Buffer.concat([frame(adt('C1')), frame(adt('C2', { accept: 'AL' }))]))
      const [first, second] = await peer.framesCame(2)
      assert.match(first ?? '', new RegExp(`\\rMSA\\|${original}\\|C1\\|The reason\\r`))
      assert.match(first ?? '', /\rERR\|.*test-code.*The reason/)
      assert.match(second ?? '', new RegExp(`\\rMSA\\|${enhanced}\\|C2\\|The reason\\r`))
    })
  })
}

test('a foreign error from the intake becomes AE without its text', async () => {
  await withListener({}, async ({ intake, peer }) => {
    intake.commit = () => Promise.reject(new TypeError('13816900216 leaked'))
    peer.socket.write(frame(adt('C1')))
    const [ack] = await peer.framesCame(1)
    assert.match(ack ?? '', /\rMSA\|AE\|C1\|unexpected TypeError\r/)
  })
})

test('as asked, MSH-15 NE and MSH-16 NE get no answer; the next message does', async () => {
  await withListener({ acknowledge: 'as-asked' }, async ({ intake, peer }) => {
    peer.socket.write(
      Buffer.concat([frame(adt('C1', { accept: 'NE', application: 'NE' })), frame(adt('C2', { accept: 'AL' }))]),
    )
    const acks = await peer.framesCame(1)
    assert.match(acks[0] ?? '', /MSA\|CA\|C2/)
    assert.equal(intake.stored.length, 2)
  })
})

test('bytes without MSH are answered AR, recorded with their bytes, and the connection goes on', async () => {
  await withListener({}, async ({ intake, peer }) => {
    peer.socket.write(Buffer.concat([frame('PID|1||4711'), frame(''), frame('BHS|^~\\&|X'), frame(adt('C1'))]))
    const acks = await peer.framesCame(4)
    assert.deepEqual(
      acks.map(ack => /MSA\|(..)\|/.exec(ack)?.[1]),
      ['AR', 'AE', 'AR', 'AA'],
    )
    assert.deepEqual(
      intake.refused.map(refusal => refusal.code),
      ['hl7-msh-missing', 'hl7-message-empty', 'hl7-batch-not-split'],
    )
    assert.equal(Buffer.from(intake.refused[0]?.bytes ?? []).toString(), 'PID|1||4711')
    assert.equal(intake.refused[0]?.peer, `127.0.0.1:${peer.socket.localPort}`)
  })
})

test('a message over the limit is recorded and answered with the reason, and the next one is taken', async () => {
  await withListener({ frameBytesMax: 1_000 }, async ({ intake, peer }) => {
    peer.socket.write(Buffer.concat([frame(adt('BIG') + 'x'.repeat(5_000)), frame(adt('C1'))]))
    const acks = await peer.framesCame(2)
    assert.match(acks[0] ?? '', /MSA\|AE\|BIG\|The message is larger than the 1000 bytes/)
    assert.match(acks[1] ?? '', /MSA\|AA\|C1/)
    assert.deepEqual(
      intake.refused.map(refusal => refusal.code),
      ['mllp-frame-too-large'],
    )
    assert.ok((intake.refused[0]?.bytes?.length ?? 0) > 0)
  })
})

test('a slow sender is cut off and recorded after frameTimeout', async () => {
  await withListener({ frameTimeout: '40ms' }, async ({ intake, peer }) => {
    peer.socket.write('\x0bMSH|^~\\&|')
    await peer.closed()
    assert.deepEqual(
      intake.refused.map(refusal => refusal.code),
      ['mllp-frame-incomplete', 'mllp-frame-timeout'],
    )
  })
})

test('a peer that speaks no MLLP is cut off and recorded with what it sent', async () => {
  await withListener({ frameTimeout: '40ms' }, async ({ intake, peer }) => {
    peer.socket.write('GET / HTTP/1.1\r\n\r\n')
    await peer.closed()
    assert.equal(intake.refused[0]?.code, 'mllp-junk-outside-frame')
    assert.match(Buffer.from(intake.refused[0]?.bytes ?? []).toString(), /^GET/)
  })
})

test('an idle connection is closed after idleTimeout, without a refusal', async () => {
  await withListener({ idleTimeout: '40ms' }, async ({ intake, peer }) => {
    await peer.closed()
    assert.deepEqual(intake.refused, [])
  })
})

test('a sender that ends its side after its last message still gets the answer', async () => {
  await withListener({}, async ({ peer }) => {
    peer.socket.end(frame(adt('C1')))
    assert.match((await peer.framesCame(1))[0] ?? '', /MSA\|AA\|C1/)
    await peer.closed()
  })
})

test('a connection that ends within a message is recorded', async () => {
  await withListener({}, async ({ intake, peer }) => {
    peer.socket.end('\x0bMSH|^~\\&|EHR')
    await intake.handled(1)
    assert.equal(intake.refused[0]?.code, 'mllp-frame-incomplete')
  })
})

test('connections over the limit are refused and recorded', async () => {
  await withListener({ connectionsMax: 1 }, async ({ intake, peer, port }) => {
    peer.socket.write(frame(adt('C1')))
    await peer.framesCame(1)
    const second = await RawPeer.connect(port)
    await second.closed()
    await intake.handled(2)
    assert.equal(intake.refused[0]?.code, 'mllp-connections-exceeded')
  })
})

test('no more is read from a connection while awaitingMax messages await their commit', async () => {
  await withListener({ awaitingMax: 4 }, async ({ intake, peer }) => {
    const gate = Promise.withResolvers<void>()
    let submitted = 0
    intake.commit = () => {
      submitted++
      return gate.promise
    }
    // Large messages, so that only a few fit into one read.
    const big = (id: string): string => `${adt(id)}\rNTE|1||${'x'.repeat(60_000)}`
    let flushed = false
    peer.socket.write(Buffer.concat(Array.from({ length: 400 }, (_, index) => frame(big(`C${index}`)))), () => {
      flushed = true
    })
    while (submitted < 4) await new Promise(resolve => setTimeout(resolve, 2))
    await new Promise(resolve => setTimeout(resolve, 50))
    assert.ok(submitted <= 6, `${submitted} messages were read`)
    assert.equal(flushed, false)
    gate.resolve()
    assert.equal((await peer.framesCame(400)).length, 400)
  })
})

test('no more is read from a connection while awaitingBytesMax bytes of messages await their commit', async () => {
  await withListener({ awaitingBytesMax: 100_000 }, async ({ intake, peer }) => {
    const gate = Promise.withResolvers<void>()
    let submitted = 0
    intake.commit = () => {
      submitted++
      return gate.promise
    }
    const big = (id: string): string => `${adt(id)}\rNTE|1||${'x'.repeat(60_000)}`
    let flushed = false
    peer.socket.write(Buffer.concat(Array.from({ length: 400 }, (_, index) => frame(big(`C${index}`)))), () => {
      flushed = true
    })
    while (submitted < 2) await new Promise(resolve => setTimeout(resolve, 2))
    await new Promise(resolve => setTimeout(resolve, 50))
    assert.ok(submitted <= 4, `${submitted} messages were read`)
    assert.equal(flushed, false)
    gate.resolve()
    assert.equal((await peer.framesCame(400)).length, 400)
  })
})

test('a message whose rest was not read because of backpressure is not late', async () => {
  await withListener({ awaitingMax: 1, frameTimeout: '200ms' }, async ({ intake, peer }) => {
    const gate = Promise.withResolvers<void>()
    intake.commit = () => gate.promise
    const second = frame(adt('C2'))
    peer.socket.write(Buffer.concat([frame(adt('C1')), second.subarray(0, 20)]))
    await new Promise(resolve => setTimeout(resolve, 500))
    gate.resolve()
    peer.socket.write(second.subarray(20))
    assert.equal((await peer.framesCame(2)).length, 2)
    assert.deepEqual(intake.refused, [])
  })
})

test('the character set of an endpoint goes along with its messages', async () => {
  await withListener({ charset: '8859/1' }, async ({ intake, peer }) => {
    peer.socket.write(frame(`${adt('C1')}\rNTE|1||\xc5se`))
    await peer.framesCame(1)
    const { bytes, attributes = {} } = intake.stored[0] ?? { bytes: new Uint8Array() }
    const parsed = hl7v2().parse({ bytes, attributes })
    assert.ok(parsed.ok)
    assert.equal(parsed.value.text('NTE-3'), 'Åse')
  })
  assert.ok(!mllpSource.parseConfig({ port: 1, charset: 'klingon' }).ok)
})

test('a sender that never reads its acknowledgements is let go', async () => {
  await withListener({ writeTimeout: '50ms' }, async ({ intake, peer }) => {
    peer.socket.pause()
    const batch = Buffer.concat(Array.from({ length: 20_000 }, () => frame('x')))
    const closed = peer.closed()
    const pump = (): void => {
      if (!peer.socket.destroyed) peer.socket.write(batch, error => error ?? pump())
    }
    pump()
    while (!intake.refused.some(refusal => refusal.code === 'mllp-answers-unread')) {
      await new Promise(resolve => setTimeout(resolve, 5))
    }
    peer.socket.resume()
    await closed
  })
})

test('close lets the message in commit be answered, and takes no new ones', async () => {
  await withListener({}, async ({ intake, peer, port, close }) => {
    const gate = Promise.withResolvers<void>()
    const submitted = Promise.withResolvers<void>()
    intake.commit = () => {
      submitted.resolve()
      return gate.promise
    }
    peer.socket.write(frame(adt('C1')))
    await submitted.promise
    const closing = close()
    await assert.rejects(RawPeer.connect(port))
    gate.resolve()
    assert.match((await peer.framesCame(1))[0] ?? '', /MSA\|AA\|C1/)
    await closing
  })
})

test('close cuts off after closeTimeout what is still unanswered', async () => {
  await withListener({ closeTimeout: '30ms' }, async ({ intake, peer, close }) => {
    const submitted = Promise.withResolvers<void>()
    intake.commit = () => {
      submitted.resolve()
      return new Promise(() => {})
    }
    peer.socket.write(frame(adt('C1')))
    await submitted.promise
    await close()
    await peer.closed()
    assert.deepEqual(peer.frames, [])
  })
})

test('a port that is taken is an error that names the setting', async () => {
  await withListener({}, async ({ port }) => {
    await assert.rejects(
      openSource(mllpSource, { port }, new FakeIntake()),
      (error: unknown) => error instanceof SambandError && /port taken.*"port"/.test(error.message),
    )
  })
})

test('whatever the bytes and however they are cut, the listener stays up and answers the next message', async () => {
  await withListener({}, async ({ intake, port }) => {
    const chunks = fc.array(
      fc.oneof(
        fc.uint8Array({ maxLength: 60 }),
        fc.constantFrom(frame(adt('F')), Buffer.from('\x0b'), Buffer.from('\x1c\r'), Buffer.from('MSH|')),
      ),
      { maxLength: 8 },
    )
    await fc.assert(
      fc.asyncProperty(chunks, async pieces => {
        const sender = await RawPeer.connect(port)
        for (const piece of pieces) sender.socket.write(piece)
        sender.socket.end()
        await sender.closed()
      }),
      { numRuns: 60 },
    )
    const before = intake.stored.length
    const sender = await RawPeer.connect(port)
    sender.socket.write(frame(adt('LAST')))
    assert.match((await sender.framesCame(1))[0] ?? '', /MSA\|AA\|LAST/)
    assert.equal(intake.stored.length, before + 1)
    sender.socket.destroy()
  })
})

test('the state counts connections, messages and answers', async () => {
  const intake = new FakeIntake()
  const source = await openSource(mllpSource, { port: 0 }, intake)
  const peer = await RawPeer.connect(portOf(source))
  peer.socket.write(frame(adt('C1')))
  await peer.framesCame(1)
  assert.equal(source.state().status, 'up')
  assert.equal(source.state().connections, 1)
  assert.deepEqual(source.state().counters, { connections: 1, received: 1, answered: 1 })
  peer.socket.destroy()
  await stateBecomes(source, state => state.connections === 0)
  assert.deepEqual(source.state().counters, { connections: 1, received: 1, answered: 1 })
  await source.close()
})

test('configuration names every problem at once, and the nearest known setting', () => {
  const parsed = mllpSource.parseConfig({ prot: 2575, idleTimeout: '7 days', tls: { certfile: 'x', keyFile: 'y' } })
  assert.ok(!parsed.ok)
  assert.deepEqual([...parsed.issues].sort(), [
    'idleTimeout: write a number and ms, s, m, h or d, as in "30s"',
    'port: Invalid input: expected number, received undefined',
    'prot: unknown setting, did you mean "port"?',
    'tls.certFile: Invalid input: expected string, received undefined',
    'tls.certfile: unknown setting, did you mean "certFile"?',
  ])
})

test('an acknowledgement that is sent to a listener is stored like any message', async () => {
  await withListener({}, async ({ intake, peer }) => {
    peer.socket.write(frame(ackOf('C1')))
    await intake.handled(1)
    assert.equal(intake.stored.length, 1)
  })
})
