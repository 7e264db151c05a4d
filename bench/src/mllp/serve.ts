import { connectors, hl7v2 } from '@samband/connectors'
import { type Engine, type Log, startEngine } from '@samband/engine'
import { createMasterKey, type MasterKey, openDatabase, openKeyRing } from '@samband/store'
import { ledgerConnector, ledgerName } from '../crash/side-effects.ts'
import { startBenchDatabase } from './bench-database.ts'
import { makeEngineFolder } from './engine-folder.ts'
import { receiverEndpoint } from './route.ts'

export type BenchEngine = { readonly engine: Engine; readonly close: () => Promise<void> }

export type BenchEngineOptions = {
  readonly databaseUrl: string
  readonly port: number
  /** Where the receivers listen; every message goes to each. */
  readonly receivers: readonly { readonly host: string; readonly port: number }[]
  /** Connections to each receiver. */
  readonly connections: number
  /** Unique among the engine processes of one database. */
  readonly node: number
  /** Module of the route. */
  readonly routeFile: string
  /** How long a receiver may take to answer, e.g. '2s'. Default: the connector's. */
  readonly ackTimeout?: string
  /** Path of the socket by which the other engine processes reach this one. Absent: it is alone. */
  readonly peerSocket?: string
  /** Others took this process for dead. */
  readonly onDeposed?: () => void
}

export const benchMasterKeyBytes: Buffer = Buffer.alloc(32, 1)

/** Errors are shown; everything else would only measure the terminal. */
const log: Log = {
  info: () => {},
  warn: () => {},
  error: (event, facts) => process.stderr.write(`${event} ${JSON.stringify(facts ?? {})}\n`),
}

/** The engine of the bench on a database that is there, with everything on that a hospital has on: sealing, fsync. */
export async function startBenchEngine(options: BenchEngineOptions): Promise<BenchEngine> {
  const db = await openDatabase({ url: options.databaseUrl, applicationName: 'samband-bench' })
  const masterKey = createMasterKey(benchMasterKeyBytes, 'the bench')
  const timeout = options.ackTimeout === undefined ? {} : { ackTimeout: options.ackTimeout }
  const receivers = options.receivers.map((receiver, number) => [
    receiverEndpoint(number),
    { connector: 'mllp', ...receiver, connections: options.connections, ...timeout },
  ])
  const engine = await startEngine({
    db,
    keys: await openKeyRing({ db, masterKey, tenant: 1 }),
    tenant: 1,
    ...amongOthers(options, masterKey),
    routes: [{ file: options.routeFile, hash: 'bench' }],
    headers: { hl7v2: hl7v2() },
    connectors: [...connectors, ledgerConnector(db)],
    endpoints: {
      in: { connector: 'mllp', host: '127.0.0.1', port: options.port },
      ...Object.fromEntries(receivers),
      [ledgerName]: { connector: 'ledger' },
    },
    capabilities: {},
    log,
  })
  return {
    engine,
    close: async () => {
      await engine.stop()
      await db.close()
    },
  }
}

/** What tells the engine processes of one database apart, and lets them reach each other. */
function amongOthers(
  { node, peerSocket, onDeposed }: BenchEngineOptions,
  masterKey: MasterKey,
): { readonly node: number } {
  const peers =
    peerSocket === undefined ? {} : { peers: { listen: `unix:${peerSocket}`, secret: masterKey.derive('peers', 1) } }
  return { node, ...peers, ...(onDeposed === undefined ? {} : { onDeposed }) }
}

/** `serve-mllp`: runs until it is told to stop. */
export async function serveMllp(options: { readonly port: number; readonly sink: string }): Promise<void> {
  const database = await startBenchDatabase()
  const folder = await makeEngineFolder({ receivers: 1, processes: 1 })
  const [host = '127.0.0.1', port = '7700'] = options.sink.split(':')
  const bench = await startBenchEngine({
    databaseUrl: database.url,
    port: options.port,
    receivers: [{ host, port: Number(port) }],
    connections: 32,
    node: 0,
    routeFile: folder.routeFile,
  })
  process.stderr.write(
    `listening on mllp://127.0.0.1:${options.port}, forwarding to mllp://${options.sink}; Ctrl-C stops\n`,
  )
  await new Promise<void>(resolve => {
    process.once('SIGINT', resolve)
    process.once('SIGTERM', resolve)
  })
  await bench.close()
  await folder.close()
  await database.close()
}
