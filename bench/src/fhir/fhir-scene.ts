import { openHub } from '@samband/hub'
import { loadPopulation, type PopulationSize } from '@samband/hub/population'
import { type Database, openDatabase } from '@samband/store'
import { type BenchDatabase, startBenchDatabase } from '../mllp/bench-database.ts'
import { type HubProcess, startHubProcess } from './hub-client.ts'
import { RawClient } from './raw-client.ts'
import { Requests } from './requests.ts'
import { signToken } from './token.ts'

/** A filled database, a hub in a process of its own, and clients in this one. */
export class FhirScene implements AsyncDisposable {
  readonly hub: HubProcess
  readonly db: Database
  readonly clients: readonly RawClient[]
  readonly requests: Requests
  /** Any session of the server, for its CPU. */
  readonly backend: number
  readonly #database: BenchDatabase

  private constructor(
    parts: Pick<FhirScene, 'hub' | 'db' | 'clients' | 'requests' | 'backend'>,
    database: BenchDatabase,
  ) {
    this.hub = parts.hub
    this.db = parts.db
    this.clients = parts.clients
    this.requests = parts.requests
    this.backend = parts.backend
    this.#database = database
  }

  /** `log` is told what takes long before anything is measured. */
  static async open(size: PopulationSize, clients: number, log: (text: string) => void): Promise<FhirScene> {
    const database = await startBenchDatabase()
    const db = await openDatabase({ url: database.url, statementTimeoutMs: 0, poolMax: 2 })
    const context = await openHub({ db, tenant: 1, node: 0, baseUrl: 'http://bench.example/fhir', reindex: false })
    const resources = Object.values(size).reduce((sum, count) => sum + count, 0)
    const begun = performance.now()
    await loadPopulation(context, size)
    await context.store.close()
    const seconds = (performance.now() - begun) / 1000
    log(
      `${resources} resources loaded in ${seconds.toFixed(0)} s (${Math.round(resources / seconds)}/s, indexes included)`,
    )
    const { token, jwk } = signToken()
    const hub = await startHubProcess({ databaseUrl: database.url, port: 0, jwk })
    const { rows } = await (await db.dedicated('cpu')).query<{ readonly pid: number }>('select pg_backend_pid() as pid')
    return new FhirScene(
      {
        hub,
        db,
        clients: await Promise.all(Array.from({ length: clients }, () => RawClient.connect(hub.url))),
        requests: new Requests(hub.url, token),
        backend: rows[0]?.pid ?? 0,
      },
      database,
    )
  }

  /** Tables and indexes of the hub, in bytes. */
  async storedBytes(): Promise<number> {
    const { rows } = await this.db.pool.query<{ readonly bytes: number }>(
      `select sum(pg_total_relation_size(oid))::float8 as bytes from pg_class where relnamespace = 'hub'::regnamespace and relkind = 'r'`,
    )
    return rows[0]?.bytes ?? 0
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.clients) client.close()
    await this.hub.stop()
    await this.db.close()
    await this.#database.close()
  }
}
