import { type ChildProcess, fork } from 'node:child_process'
import { Receiver } from '../load/load.ts'
import { Sender } from '../load/sender.ts'
import { SentLog } from '../load/sent-log.ts'
import { until } from '../load/waiting.ts'
import { startBenchDatabase } from '../mllp/bench-database.ts'
import { ask, stopEngineProcess } from '../mllp/engine-client.ts'
import { round } from '../mllp/measure.ts'
import { writeRouteFolder } from './route-folder.ts'
import type { RoutesProcessOptions, RoutesReady } from './routes-process.ts'

export type RoutesRow = {
  readonly bench: 'routes'
  readonly routes: number
  /** From the start of the process until every route listens; the next two are parts of it. */
  readonly readySeconds: number
  readonly loadSeconds: number
  readonly startSeconds: number
  /** Resident memory of the engine's process with all its threads, when it is ready. */
  readonly readyMb: number
  /** The same after each route has had its messages. */
  readonly usedMb: number
  readonly delivered: number
  readonly lost: number
}

const messagesPerRoute = 4
const deliverWithinMs = 120_000
const ackTimeoutMs = 60_000

/** Many routes, each with its own module, listener, destination and messages. */
export async function benchRoutes(options: { readonly routes: number; readonly json: boolean }): Promise<void> {
  const { routes } = options
  await using cleanUp = new AsyncDisposableStack()
  const { folder, close } = await writeRouteFolder(routes)
  cleanUp.defer(close)
  const database = await startBenchDatabase()
  cleanUp.defer(() => database.close())
  const sent = new SentLog(routes)
  const receiver = new Receiver(sent, routes)
  const sinkPort = await receiver.sink.listen()
  cleanUp.defer(() => receiver.sink.vanish())
  const begun = performance.now()
  const { engine, ready } = await startRoutes({ databaseUrl: database.url, folder, routes, sinkPort })
  const readySeconds = (performance.now() - begun) / 1000
  cleanUp.defer(() => stopEngineProcess(engine))
  await sendToEach(ready.ports, sent)
  await until(() => receiver.log.delivered >= routes * messagesPerRoute, deliverWithinMs)
  const { rss } = await ask<NodeJS.MemoryUsage>(engine, { kind: 'memory' })
  const row: RoutesRow = {
    bench: 'routes',
    routes,
    readySeconds: round(readySeconds, 2),
    loadSeconds: round(ready.loadMs / 1000, 2),
    startSeconds: round(ready.startMs / 1000, 2),
    readyMb: round(ready.rssMb),
    usedMb: round(rss / 2 ** 20),
    delivered: receiver.log.delivered,
    lost: receiver.log.missing(sent.acknowledgedPerConnection()),
  }
  process.stdout.write(
    options.json
      ? `${JSON.stringify(row)}\n`
      : `${routes} routes: ready in ${row.readySeconds} s (modules ${row.loadSeconds} s, engine ${row.startSeconds} s), ` +
          `${row.readyMb} MB, after ${row.delivered} messages ${row.usedMb} MB, lost ${row.lost}\n`,
  )
}

async function startRoutes(
  options: RoutesProcessOptions,
): Promise<{ readonly engine: ChildProcess; readonly ready: RoutesReady }> {
  const engine = fork(new URL('routes-process.ts', import.meta.url), [JSON.stringify(options)], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const ready = await new Promise<RoutesReady>((resolve, reject) => {
    engine.once('message', (message: RoutesReady) => resolve(message))
    engine.once('exit', () => reject(new Error('the engine ended before it was ready')))
  })
  return { engine, ready }
}

/** Some messages to each route, all routes at once; resolves when all are acknowledged. */
async function sendToEach(ports: readonly number[], sent: SentLog): Promise<void> {
  const senders = ports.map((port, connection) => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const sender = new Sender({
      ports: [port],
      connection,
      keys: 1,
      ackTimeoutMs,
      due: index => index < messagesPerRoute,
      sent: index => sent.sent(connection, index, performance.now()),
      answered: (index, accepted) => {
        if (!accepted) return
        sent.accepted(connection)
        if (index === messagesPerRoute - 1) resolve()
      },
    })
    return promise.then(() => sender.stop())
  })
  await Promise.all(senders)
}
