import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { test } from 'node:test'
import { Link } from '../src/crash/link.ts'
import { sleep } from '../src/load/waiting.ts'

type Ends = {
  readonly link: Link
  readonly client: Socket
  readonly server: Socket
  readonly close: () => Promise<void>
}

/** Unlike `once`, also when a reset is what closes it. */
function closing(socket: Socket): Promise<void> {
  return new Promise(resolve => socket.once('close', () => resolve()))
}

async function ends(): Promise<Ends> {
  const behind = createServer()
  behind.listen(0, '127.0.0.1')
  await once(behind, 'listening')
  const address = behind.address()
  const link = new Link(() => (typeof address === 'object' && address !== null ? address.port : 0))
  await link.listen()
  const accepted = once(behind, 'connection') as Promise<[Socket]>
  const client = connect(link.port, '127.0.0.1')
  client.on('error', () => {})
  const [server] = await accepted
  server.on('error', () => {})
  // A socket that nobody reads from does not notice its end.
  for (const socket of [client, server]) socket.resume()
  return {
    link,
    client,
    server,
    close: async () => {
      client.destroy()
      server.destroy()
      await link.close()
      behind.close()
    },
  }
}

test('a link carries bytes both ways, holds them while stalled, and loses none', async () => {
  const { link, client, server, close } = await ends()
  client.write('a')
  assert.equal(String((await once(server, 'data'))[0]), 'a')
  link.stall()
  server.write('b')
  let came = false
  client.once('data', () => {
    came = true
  })
  await sleep(50)
  assert.equal(came, false)
  link.resume()
  await sleep(50)
  assert.equal(came, true)
  await close()
})

test('a cut link ends both sides', async () => {
  const { link, client, server, close } = await ends()
  const closed = Promise.all([closing(client), closing(server)])
  link.cut(false)
  await closed
  await close()
})

test('on a half-open link one side notices nothing and is not heard, until it is told at last', async () => {
  const { link, client, server, close } = await ends()
  const serverClosed = closing(server)
  link.halfOpen('client')
  await serverClosed
  client.write('into the void')
  await sleep(50)
  assert.equal(client.destroyed, false)
  const clientClosed = closing(client)
  link.resume()
  await clientClosed
  await close()
})
