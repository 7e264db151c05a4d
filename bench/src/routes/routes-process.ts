/** The engine with a folder of routes in a process of its own, started as the server starts it. */
import { connectors, hl7v2 } from '@samband/connectors'
import { routeFiles, startEngine } from '@samband/engine'
import { createMasterKey, openDatabase, openKeyRing } from '@samband/store'
import { destinationEndpoint, sourceEndpoint } from './route-folder.ts'

export type RoutesProcessOptions = {
  readonly databaseUrl: string
  readonly folder: string
  readonly routes: number
  readonly sinkPort: number
}

export type RoutesReady = {
  readonly loadMs: number
  readonly startMs: number
  readonly rssMb: number
  /** Where each route listens, by its number. */
  readonly ports: readonly number[]
}

// Written by `benchRoutes`.
const options = JSON.parse(process.argv[2] ?? '') as RoutesProcessOptions
const numbers = Array.from({ length: options.routes }, (_, number) => number)
const db = await openDatabase({ url: options.databaseUrl, applicationName: 'samband-bench' })
const keys = await openKeyRing({ db, masterKey: createMasterKey(Buffer.alloc(32, 1), 'the bench'), tenant: 1 })
/** The only process on its database. */
const alone = { node: 0 }
const begun = performance.now()
const routes = await routeFiles(options.folder)
const loaded = performance.now()
const engine = await startEngine({
  db,
  keys,
  tenant: 1,
  ...alone,
  routes,
  headers: { hl7v2: hl7v2() },
  connectors,
  endpoints: Object.fromEntries(
    numbers.flatMap(number => [
      [sourceEndpoint(number), { connector: 'mllp', host: '127.0.0.1', port: 0 }],
      [destinationEndpoint(number), { connector: 'mllp', host: '127.0.0.1', port: options.sinkPort }],
    ]),
  ),
  capabilities: {},
  log: {
    info: () => {},
    warn: () => {},
    error: (event, facts) => process.stderr.write(`${event} ${JSON.stringify(facts ?? {})}\n`),
  },
})
const started = performance.now()

const portOf = new Map(engine.routes().map(({ source }) => [source.endpoint, Number(new URL(source.address).port)]))
const ready: RoutesReady = {
  loadMs: loaded - begun,
  startMs: started - loaded,
  rssMb: process.memoryUsage.rss() / 2 ** 20,
  ports: numbers.map(number => portOf.get(sourceEndpoint(number)) ?? 0),
}
process.send?.(ready)
process.on('message', (question: { readonly kind: string }) => {
  if (question.kind === 'memory') process.send?.(process.memoryUsage())
  if (question.kind === 'stop') {
    void engine
      .stop()
      .then(() => db.close())
      .then(() => process.exit(0))
  }
})
process.on('disconnect', () => process.exit(0))
