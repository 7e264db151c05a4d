/** The engine in a process of its own, as in production: started by the bench and by the crash test, which kills it. */
import type { EngineProcessOptions } from './engine-client.ts'
import { startBenchEngine } from './serve.ts'

// Written by `forkEngineProcess`.
const options = JSON.parse(process.argv[2] ?? '') as EngineProcessOptions
const bench = await startBenchEngine({
  databaseUrl: options.databaseUrl,
  port: options.port,
  sink: { host: '127.0.0.1', port: options.sinkPort },
  connections: options.connections,
  node: options.node,
  ...(options.ackTimeout === undefined ? {} : { ackTimeout: options.ackTimeout }),
})
process.send?.({ kind: 'ready' })
process.on('message', (message: { readonly kind: string }) => {
  if (message.kind === 'cpu') {
    const { user, system } = process.cpuUsage()
    process.send?.({ kind: 'cpu', ms: (user + system) / 1000 })
  }
  if (message.kind === 'counts') {
    bench.engine.counts().then(
      counts => process.send?.({ kind: 'counts', ...counts }),
      () => process.exit(1),
    )
  }
  if (message.kind === 'stop') void bench.close().then(() => process.exit(0))
})
// Whoever started it is gone: nobody would stop it.
process.on('disconnect', () => process.exit(0))
