import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectors } from '@samband/connectors'
import { type Engine, type Log, startEngine } from '@samband/engine'
import { createMasterKey, openDatabase, openKeyRing, startEmbeddedPostgres } from '@samband/store'
import { benchRoute } from './route.ts'

export type BenchEngine = { readonly engine: Engine; readonly close: () => Promise<void> }

/** Errors are shown; everything else would only measure the terminal. */
const log: Log = {
  info: () => {},
  warn: () => {},
  error: (event, facts) => process.stderr.write(`${event} ${JSON.stringify(facts ?? {})}\n`),
}

/** The engine of the bench on a database that is there, with everything on that a hospital has on: sealing, fsync. */
export async function startBenchEngine(options: {
  readonly databaseUrl: string
  readonly port: number
  readonly sink: { readonly host: string; readonly port: number }
  readonly connections: number
  /** Unique among the engine processes of one database. Default 0. */
  readonly node?: number
  /** How long the receiver may take to answer, e.g. '2s'. Default: the connector's. */
  readonly ackTimeout?: string
}): Promise<BenchEngine> {
  const db = await openDatabase({ url: options.databaseUrl, applicationName: 'samband-bench' })
  const masterKey = createMasterKey(Buffer.alloc(32, 1), 'the bench')
  const engine = await startEngine({
    db,
    keys: await openKeyRing({ db, masterKey, tenant: 1 }),
    tenant: 1,
    node: options.node ?? 0,
    routes: [{ definition: benchRoute, revision: '1.0.0+bench' }],
    connectors,
    endpoints: {
      in: { connector: 'mllp', host: '127.0.0.1', port: options.port },
      out: {
        connector: 'mllp',
        ...options.sink,
        connections: options.connections,
        ...(options.ackTimeout === undefined ? {} : { ackTimeout: options.ackTimeout }),
      },
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

export type BenchDatabase = { readonly url: string; readonly close: () => Promise<void> }

/** A throw-away embedded server, fsync on; or the one that SAMBAND_BENCH_DATABASE_URL names. */
export async function startBenchDatabase(): Promise<BenchDatabase> {
  const given = process.env['SAMBAND_BENCH_DATABASE_URL']
  if (given !== undefined) return { url: given, close: async () => {} }
  const dataDir = await mkdtemp(join(tmpdir(), 'samband-bench-'))
  // The server's unprivileged user must be able to pass through it.
  await chmod(dataDir, 0o755)
  const server = await startEmbeddedPostgres({ dataDir: join(dataDir, 'pg'), port: 0, fallbackDir: dataDir })
  return {
    url: server.url,
    close: async () => {
      await server.stop()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

/** `serve-mllp`: runs until it is told to stop. */
export async function serveMllp(options: { readonly port: number; readonly sink: string }): Promise<void> {
  const database = await startBenchDatabase()
  const [host = '127.0.0.1', port = '7700'] = options.sink.split(':')
  const sink = { host, port: Number(port) }
  const bench = await startBenchEngine({ databaseUrl: database.url, port: options.port, sink, connections: 32 })
  process.stderr.write(
    `listening on mllp://127.0.0.1:${options.port}, forwarding to mllp://${options.sink}; Ctrl-C stops\n`,
  )
  await new Promise<void>(resolve => {
    process.once('SIGINT', resolve)
    process.once('SIGTERM', resolve)
  })
  await bench.close()
  await database.close()
}
