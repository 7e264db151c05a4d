import { connect, createServer, type Socket } from 'node:net'

export type DatabaseProxy = {
  readonly url: string
  /** Cuts every connection and refuses new ones until `up`. */
  readonly down: () => void
  readonly up: () => void
  /** Cuts every connection right after the server's next answer was held back: a commit whose answer is lost. */
  readonly loseNextAnswer: () => void
  /** Cuts every connection when so much (0 to 1) of the next write of the journal has been handed on. */
  readonly cutNextWrite: (part: number) => void
  /** Keeps every connection, and hands nothing on any more, until `down`. */
  readonly silence: () => void
  readonly close: () => Promise<void>
}

/** A TCP proxy before the database: what a restart, a broken line or a lost answer looks like to the engine. */
export async function databaseProxy(databaseUrl: string): Promise<DatabaseProxy> {
  const target = new URL(databaseUrl)
  const sockets = new Set<Socket>()
  let isDown = false
  let losing = false
  let cutAfter: number | undefined
  let isSilent = false
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
    client.on('data', (request: Buffer) => {
      if (isSilent) return
      // The name of the statement stands in each of its executions (PostgreSQL protocol, Bind).
      if (cutAfter === undefined || !request.includes('journal-write')) return void upstream.write(request)
      const handedOn = request.subarray(0, Math.floor(request.length * cutAfter))
      cutAfter = undefined
      if (handedOn.length === 0) cut()
      else upstream.write(handedOn, cut)
    })
    upstream.on('data', (answer: Buffer) => {
      if (isSilent) return
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
      isSilent = false
      cut()
    },
    up: () => {
      isDown = false
    },
    loseNextAnswer: () => {
      losing = true
    },
    cutNextWrite: part => {
      cutAfter = part
    },
    silence: () => {
      isSilent = true
    },
    close: async () => {
      cut()
      await new Promise(resolve => server.close(resolve))
    },
  }
}
