/** The engine in a process of its own, as in production: started by the bench and by the crash test, which kills it. */
import { startBenchEngine } from './serve.ts'

const [databaseUrl = '', port = '', sinkPort = '', connections = ''] = process.argv.slice(2)
const bench = await startBenchEngine({
  databaseUrl,
  port: Number(port),
  sink: { host: '127.0.0.1', port: Number(sinkPort) },
  connections: Number(connections),
})
process.send?.({ kind: 'ready' })
process.on('message', (message: { readonly kind: string }) => {
  if (message.kind === 'cpu') {
    const { user, system } = process.cpuUsage()
    process.send?.({ kind: 'cpu', ms: (user + system) / 1000 })
  }
  if (message.kind === 'stop') void bench.close().then(() => process.exit(0))
})
