import { createServer } from 'node:net'

/** Below the range that systems take the ports of outgoing connections from, so that it is still free after a restart. */
const portMin = 20_000
const portMax = 30_000
const attemptsMax = 100

/** A TCP port of 127.0.0.1 on which nobody listens. */
export async function freePort(): Promise<number> {
  for (let attempt = 1; attempt <= attemptsMax; attempt += 1) {
    const port = portMin + Math.floor(Math.random() * (portMax - portMin))
    if (await canListen(port)) return port
  }
  throw new Error(`no free port between ${portMin} and ${portMax} in ${attemptsMax} attempts`)
}

function canListen(port: number): Promise<boolean> {
  const server = createServer()
  return new Promise(resolve => {
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
