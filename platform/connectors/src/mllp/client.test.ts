import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SambandError } from '@samband/errors'
import fc from 'fast-check'
import { ackOf, adt, frame, type RawPeer, RawReceiver } from '../../test/mllp-peer.ts'
import { stateBecomes } from '../../test/open.ts'
import { createMllpClient, type MllpClient, type MllpClientOptions } from './client.ts'
import { createMllpServer } from './server.ts'

type Setting = { receiver: RawReceiver; client: MllpClient; send: (text: string) => ReturnType<MllpClient['send']> }

async function withReceiver(
  options: Partial<MllpClientOptions>,
  run: (setting: Setting) => Promise<void>,
): Promise<void> {
  const receiver = await RawReceiver.listen()
  const client = createMllpClient({ host: '127.0.0.1', port: receiver.port, reconnectBackoffMs: 1, ...options })
  try {
    await run({ receiver, client, send: text => client.send(Buffer.from(text, 'latin1')) })
  } finally {
    await client.close()
    await receiver.close()
  }
}

/** The answer a receiver gives to the only message that has come. */
async function answer(peer: RawPeer, bytes: string | Buffer): Promise<void> {
  await peer.framesCame(1)
  peer.socket.write(bytes)
}

function failsWith(code: string, category: string): (error: unknown) => boolean {
  return error => {
    assert.ok(error instanceof SambandError)
    assert.deepEqual({ code: error.code, category: error.category }, { code, category })
    return true
  }
}

test('a message goes out in one frame and its acknowledgement comes back, over a connection that stays open', async () => {
  await withReceiver({}, async ({ receiver, send, client }) => {
    assert.equal(client.state().status, 'idle')
    const first = send(adt('C1'))
    const peer = await receiver.accept()
    await answer(peer, frame(ackOf('C1')))
    assert.deepEqual((await first).code, 'AA')
    assert.deepEqual(peer.received, frame(adt('C1')))
    const second = send(adt('C2'))
    await peer.framesCame(2)
    peer.socket.write(frame(ackOf('C2', 'AE', '101')))
    const reply = await second
    assert.deepEqual([reply.code, reply.controlId, reply.errorCode], ['AE', 'C2', '101'])
    assert.equal(receiver.pending, 0)
    assert.equal(client.state().status, 'up')
  })
})

test('an acknowledgement that comes byte by byte is read', async () => {
  await withReceiver({}, async ({ receiver, send }) => {
    const sent = send(adt('C1'))
    const peer = await receiver.accept()
    await peer.framesCame(1)
    for (const byte of frame(ackOf('C1'))) await new Promise(resolve => peer.socket.write(Buffer.of(byte), resolve))
    assert.equal((await sent).code, 'AA')
  })
})

test('one connection has one message under way; the next leaves after the answer, in the order of the calls', async () => {
  await withReceiver({}, async ({ receiver, send }) => {
    const all = ['C1', 'C2', 'C3'].map(id => send(adt(id)))
    const peer = await receiver.accept()
    for (const [index, id] of ['C1', 'C2', 'C3'].entries()) {
      const frames = await peer.framesCame(index + 1)
      assert.equal(frames.length, index + 1)
      assert.match(frames[index] ?? '', new RegExp(`\\|${id}\\|`))
      peer.socket.write(frame(ackOf(id)))
    }
    assert.deepEqual(
      (await Promise.all(all)).map(reply => reply.controlId),
      ['C1', 'C2', 'C3'],
    )
  })
})

test('with several connections, so many messages are under way', async () => {
  await withReceiver({ connections: 3 }, async ({ receiver, send }) => {
    const all = ['C1', 'C2', 'C3', 'C4'].map(id => send(adt(id)))
    const peers = [await receiver.accept(), await receiver.accept(), await receiver.accept()]
    for (const peer of peers) await peer.framesCame(1)
    for (const peer of peers) {
      peer.socket.on('data', () => {
        peer.socket.write(frame(ackOf('C4')))
      })
      peer.socket.write(frame(ackOf(/\|(C\d)\|P/.exec(peer.frames[0] ?? '')?.[1] ?? '')))
    }
    assert.equal((await Promise.all(all)).length, 4)
  })
})

test('a receiver that is not there is unavailable, and is reached when it comes back', async () => {
  const receiver = await RawReceiver.listen()
  const port = receiver.port
  await receiver.close()
  const client = createMllpClient({ host: '127.0.0.1', port, reconnectBackoffMs: 1 })
  await assert.rejects(client.send(Buffer.from(adt('C1'))), failsWith('mllp-not-connected', 'unavailable'))
  assert.equal(client.state().status, 'down')
  const again = await RawReceiver.listen(port)
  const sent = client.send(Buffer.from(adt('C1')))
  await answer(await again.accept(), frame(ackOf('C1')))
  assert.equal((await sent).code, 'AA')
  assert.equal(client.state().status, 'up')
  await client.close()
  await again.close()
})

test('an acknowledgement that does not come closes the socket, and a late one can match nothing', async () => {
  await withReceiver({ ackTimeoutMs: 300 }, async ({ receiver, send }) => {
    const late = send(adt('C1'))
    const first = await receiver.accept()
    await first.framesCame(1)
    await assert.rejects(late, failsWith('mllp-ack-timeout', 'busy'))
    await first.closed()
    first.socket.write(frame(ackOf('C1')))
    const sent = send(adt('C1'))
    await answer(await receiver.accept(), frame(ackOf('C1')))
    assert.equal((await sent).code, 'AA')
  })
})

test('an acknowledgement of another message is refused, and the socket closed', async () => {
  await withReceiver({}, async ({ receiver, send }) => {
    const sent = send(adt('C1'))
    const peer = await receiver.accept()
    await answer(peer, frame(ackOf('C0')))
    await assert.rejects(sent, failsWith('mllp-ack-mismatch', 'busy'))
    await peer.closed()
  })
})

test('a receiver that vanishes in the middle of its answer leaves the delivery in doubt: busy', async () => {
  await withReceiver({}, async ({ receiver, send }) => {
    const sent = send(adt('C1'))
    const peer = await receiver.accept()
    await answer(peer, '\x0bMSH|^~\\&|')
    peer.socket.resetAndDestroy()
    await assert.rejects(sent, failsWith('mllp-connection-lost', 'busy'))
  })
})

for (const garbage of [
  'HTTP/1.1 400 Bad Request\r\n\r\n',
  frame('no hl7'),
  frame(adt('X')),
  frame(''),
  '\x1c\r',
  'MSH|^~\\&|',
]) {
  test(`garbage instead of an acknowledgement is busy and closes the socket: ${JSON.stringify(garbage.toString())}`, async () => {
    await withReceiver({}, async ({ receiver, send }) => {
      const sent = send(adt('C1'))
      const peer = await receiver.accept()
      await answer(peer, garbage)
      await assert.rejects(sent, failsWith('mllp-ack-unreadable', 'busy'))
      await peer.closed()
    })
  })
}

test('bytes that no message asked for close an idle connection, and are counted', async () => {
  await withReceiver({}, async ({ receiver, send, client }) => {
    const sent = send(adt('C1'))
    const peer = await receiver.accept()
    await answer(peer, frame(ackOf('C1')))
    await sent
    peer.socket.write(frame(ackOf('C2')))
    await peer.closed()
    assert.equal(client.state().counters['mllp-stray-bytes'], 1)
    const next = send(adt('C2'))
    await answer(await receiver.accept(), frame(ackOf('C2')))
    assert.equal((await next).code, 'AA')
  })
})

test('a second answer in the same packet closes the socket before the next message is written', async () => {
  await withReceiver({}, async ({ receiver, send }) => {
    const first = send(adt('C1'))
    const second = send(adt('C2'))
    const peer = await receiver.accept()
    await answer(peer, Buffer.concat([frame(ackOf('C1')), frame(ackOf('C2'))]))
    assert.equal((await first).code, 'AA')
    await peer.closed()
    assert.equal(peer.frames.length, 1)
    await answer(await receiver.accept(), frame(ackOf('C2')))
    assert.equal((await second).code, 'AA')
  })
})

test('line ends between frames are no stray bytes', async () => {
  await withReceiver({}, async ({ receiver, send, client }) => {
    const first = send(adt('C1'))
    const peer = await receiver.accept()
    await answer(peer, Buffer.concat([frame(ackOf('C1')), Buffer.from('\r\n')]))
    await first
    const second = send(adt('C2'))
    await peer.framesCame(2)
    peer.socket.write(Buffer.concat([Buffer.from('\n'), frame(ackOf('C2'))]))
    assert.equal((await second).code, 'AA')
    assert.equal(client.state().counters['mllp-stray-bytes'], undefined)
  })
})

test('a receiver that closes an idle connection is reached over a new one', async () => {
  await withReceiver({}, async ({ receiver, send, client }) => {
    const first = send(adt('C1'))
    const peer = await receiver.accept()
    await answer(peer, frame(ackOf('C1')))
    await first
    peer.socket.end()
    await stateBecomes(client, state => state.connections === 0)
    const second = send(adt('C2'))
    await answer(await receiver.accept(), frame(ackOf('C2')))
    assert.equal((await second).code, 'AA')
  })
})

test('a message without a control id is sent, and its answer is taken whatever its MSA-2', async () => {
  await withReceiver({}, async ({ receiver, send }) => {
    const sent = send('no header at all')
    await answer(await receiver.accept(), frame(ackOf('')))
    assert.equal((await sent).code, 'AA')
  })
})

test('where the application must accept, CA is not the end', async () => {
  await withReceiver({ acceptedBy: 'application' }, async ({ receiver, send }) => {
    const sent = send(adt('C1'))
    await answer(await receiver.accept(), Buffer.concat([frame(ackOf('C1', 'CA')), frame(ackOf('C1', 'AA'))]))
    assert.equal((await sent).code, 'AA')
  })
})

test('a message that holds the end of a frame is incorrect, and nothing is sent', async () => {
  await withReceiver({}, async ({ send, client }) => {
    await assert.rejects(send(`${adt('C1')}\x1c\rX`), failsWith('mllp-message-unframeable', 'incorrect'))
    assert.equal(client.state().counters['sent'], undefined)
  })
})

test('a full queue refuses further messages as busy', async () => {
  await withReceiver({ queueMax: 1 }, async ({ receiver, send }) => {
    const first = send(adt('C1'))
    const second = send(adt('C2'))
    await assert.rejects(send(adt('C3')), failsWith('mllp-queue-full', 'busy'))
    const peer = await receiver.accept()
    await answer(peer, frame(ackOf('C1')))
    await peer.framesCame(2)
    peer.socket.write(frame(ackOf('C2')))
    await Promise.all([first, second])
  })
})

test('close fails what is under way as busy and what waits as unavailable, and later sends at once', async () => {
  await withReceiver({}, async ({ receiver, send, client }) => {
    const first = assert.rejects(send(adt('C1')), failsWith('mllp-client-closed', 'busy'))
    const second = assert.rejects(send(adt('C2')), failsWith('mllp-client-closed', 'unavailable'))
    const peer = await receiver.accept()
    await peer.framesCame(1)
    await client.close()
    await Promise.all([first, second, peer.closed()])
    await assert.rejects(send(adt('C3')), failsWith('mllp-client-closed', 'unavailable'))
  })
})

test('whatever a receiver answers, a send ends, and the next message finds a receiver that answers well', async () => {
  const garbage = fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 60 }),
    fc.constantFrom(frame(ackOf('C0')), frame(ackOf('C1', 'AE')), Buffer.from('\x0b'), Buffer.from('\x1c\r')),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(garbage, { minLength: 1, maxLength: 4 }), async pieces => {
      await withReceiver({ ackTimeoutMs: 400 }, async ({ receiver, send }) => {
        const sent = send(adt('C1')).catch((error: unknown) => error)
        const peer = await receiver.accept()
        await peer.framesCame(1)
        for (const piece of pieces) peer.socket.write(piece)
        const outcome = await sent
        assert.ok(outcome instanceof SambandError || (outcome as { controlId: string }).controlId === 'C1')
        peer.socket.destroy()
        await peer.closed()
        // The first may still go into the connection that is being closed.
        const next = send(adt('C2')).catch(() => send(adt('C2')))
        await answer(await receiver.accept(), frame(ackOf('C2')))
        assert.equal((await next).code, 'AA')
      })
    }),
    { numRuns: 15 },
  )
})

test('client and server carry ten thousand messages over eight connections, none lost, each answered once', async () => {
  let received = 0
  const server = await createMllpServer({
    port: 0,
    onMessage: bytes => {
      received++
      return Buffer.from(ackOf(/\|(\d+)\|P/.exec(Buffer.from(bytes).toString('latin1'))?.[1] ?? ''))
    },
  })
  const client = createMllpClient({ host: '127.0.0.1', port: server.port, connections: 8 })
  const ids = Array.from({ length: 10_000 }, (_, index) => String(index))
  const replies = await Promise.all(ids.slice(1).map(id => client.send(Buffer.from(adt(id)))))
  assert.deepEqual(
    replies.map(reply => reply.controlId),
    ids.slice(1),
  )
  assert.equal(received, 9_999)
  await client.close()
  await server.close()
})
