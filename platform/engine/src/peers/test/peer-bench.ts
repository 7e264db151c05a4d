/**
 * What a call costs: 1 kB there, a few bytes back, 32 under way, over a unix socket or TLS. Run by hand:
 *
 *     node platform/engine/src/peers/test/peer-bench.ts [unix|tls] [under way] [seconds]
 */
import { fork } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createPeerServer } from '../peer-server.ts'
import { createPeers } from '../peers.ts'

const secret = Buffer.alloc(32, 7)
const [kind = 'unix', underWay = '32', seconds = '3'] = process.argv.slice(2)

if (process.send === undefined) await runClient()
else await runServer()

async function runServer(): Promise<void> {
  const listen = kind === 'tls' ? 'tls://127.0.0.1:0' : `unix:${join(tmpdir(), `samband-bench-${process.pid}.sock`)}`
  let messageId = 0
  const server = await createPeerServer({
    listen,
    secret,
    handlers: new Map([[1, () => ({ header: { messageId: (messageId += 1) } })]]),
  })
  process.send?.({ address: server.address })
  process.on('message', () => process.send?.({ cpu: process.cpuUsage() }))
  process.on('SIGTERM', () => void server.close().then(() => process.exit(0)))
}

async function runClient(): Promise<void> {
  const child = fork(new URL(import.meta.url).pathname, process.argv.slice(2))
  const ask = (): Promise<{ address: string; cpu: NodeJS.CpuUsage }> =>
    new Promise(resolve =>
      child.once('message', message => resolve(message as { address: string; cpu: NodeJS.CpuUsage })),
    )
  const { address } = await ask()
  const peers = createPeers({ secret })
  const body = Buffer.alloc(1024, 'x')
  let calls = 0
  const run = async (ms: number): Promise<void> => {
    const end = performance.now() + ms
    await Promise.all(
      Array.from({ length: Number(underWay) }, async () => {
        while (performance.now() < end) {
          await peers.call(address, 1, { route: 'adt', endpoint: 'in', peer: '127.0.0.1:40112' }, body, {
            timeoutMs: 5_000,
          })
          calls += 1
        }
      }),
    )
  }
  await run(500)
  calls = 0
  const theirs = async (): Promise<number> => {
    child.send('cpu')
    const { cpu } = await ask()
    return cpu.user + cpu.system
  }
  const theirsBefore = await theirs()
  const mineBefore = process.cpuUsage()
  const begun = performance.now()
  await run(Number(seconds) * 1000)
  const ms = performance.now() - begun
  const mine = process.cpuUsage(mineBefore)
  const server = (await theirs()) - theirsBefore
  process.stdout.write(
    `${kind}, ${underWay} under way: ${Math.round((calls / ms) * 1000)} calls/s, CPU per call: caller ${((mine.user + mine.system) / calls).toFixed(1)} µs, server ${(server / calls).toFixed(1)} µs\n`,
  )
  peers.close()
  child.kill()
}
