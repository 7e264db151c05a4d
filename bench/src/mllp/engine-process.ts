/** The engine in a process of its own, as in production: started by the bench and by the crash test, which kills it. */
import { letHeapGrow } from '@samband/engine'
import { deposedExitCode, type EngineProcessOptions, type EngineQuestion } from './engine-client.ts'
import { type BenchEngine, startBenchEngine } from './serve.ts'

letHeapGrow()
// Written by `forkEngineProcess`.
const options = JSON.parse(process.argv[2] ?? '') as EngineProcessOptions
const bench = await startBenchEngine({
  ...options,
  receivers: options.sinkPorts.map(port => ({ host: '127.0.0.1', port })),
  onDeposed: () => process.exit(deposedExitCode),
})
process.send?.({ kind: 'ready' })
process.on('message', (question: EngineQuestion) => {
  if (question.kind === 'stop') void bench.close().then(() => process.exit(0))
  else {
    answer(bench, question).then(
      value => process.send?.(value),
      (thrown: unknown) => process.send?.({ error: thrown instanceof Error ? thrown.message : String(thrown) }),
    )
  }
})
// Whoever started it is gone: nobody would stop it.
process.on('disconnect', () => process.exit(0))

async function answer({ engine }: BenchEngine, question: EngineQuestion): Promise<unknown> {
  switch (question.kind) {
    case 'cpu': {
      const { user, system } = process.cpuUsage()
      return { ms: (user + system) / 1000 }
    }
    case 'memory':
      return process.memoryUsage()
    case 'counts':
      return await engine.counts()
    case 'prune':
      return await engine.prune(new Date(question.at))
    case 'search': {
      const begun = performance.now()
      const { items } = await engine.searchMessages(question.search)
      return { ms: performance.now() - begun, found: items.length }
    }
    case 'stop':
      return undefined
  }
}
