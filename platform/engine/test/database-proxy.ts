import { connect, createServer, type Socket } from 'node:net'

export type DatabaseProxy = {
  readonly url: string
  /** Cuts every connection and refuses new ones until `up`. */
  readonly down: () => void
  readonly up: () => void
  /** Cuts every connection right after the server's next answer was held back: a commit whose answer is lost. */
  readonly loseNextAnswer: () => void
  readonly close: () => Promise<void>
}

/** A TCP proxy before the database: what a restart, a broken line or a lost answer looks like to the engine. */
export async function databaseProxy(databaseUrl: string): Promise<DatabaseProxy> {
  const target = new URL(databaseUrl)
  const sockets = new Set<Socket>()
  let isDown = false
  let losing = false
  const cut = (): void => {
    for (const socket of sockets) socket.destroy()
  }
  const server = createServer(client => {
    if (isDown) return void client.destroy()
    const upstream = connect({ host: target.hostname, port: Number(target.port) })
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => socket.destroy())
      socket.on('close', () => {
        sockets.delete(socket)
        client.destroy()
        upstream.destroy()
      })
    }
    client.pipe(upstream)
    upstream.on('data', (answer: Buffer) => {
      // 'INSERT' stands in the answer to a committed insert (PostgreSQL protocol, CommandComplete).
      if (losing && answer.includes('INSERT')) {
        losing = false
        cut()
      } else client.write(answer)
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const url = new URL(databaseUrl)
  url.port = String(typeof address === 'object' && address !== null ? address.port : 0)
  url.hostname = '127.0.0.1'
  return {
    url: url.href,
    down: () => {
      isDown = true
      cut()
    },
    up: () => {
      isDown = false
    },
    loseNextAnswer: () => {
      losing = true
    },
    close: async () => {
      cut()
      await new Promise(resolve => server.close(resolve))
    },
  }
}
