import { openHub } from '@samband/hub'
import {
  loadPopulation,
  measuredCodes,
  populationEndMs,
  populationId,
  populationStartMs,
} from '@samband/hub/population'
import { type Database, openDatabase, type Queryable } from '@samband/store'
import { Random } from '../load/random.ts'
import { startBenchDatabase } from '../mllp/bench-database.ts'
import { idleShare, machineTimes, type Percentiles, percentiles, round } from '../mllp/measure.ts'
import {
  type Asked,
  type Layout,
  type LayoutSearch,
  layoutSearches,
  layouts,
  layoutSchemas,
  stageSql,
} from './layout-definitions.ts'
import { serverCpuMs } from './server-cpu.ts'

type LayoutRow = {
  readonly bench: 'fhir-layouts'
  readonly layout: string
  readonly resources: number
  /** Committed 16 at a time, as 16 clients would. */
  readonly createsPerSecond: number
  readonly databaseCpuMsPerCreate: number | null
  readonly bytesPerResource: number
  readonly searchMs: Readonly<Record<string, Percentiles>>
  readonly idle: number
}

const clients = 16
const rounds = 200
const patients = 10_000
/** Kept back from filling, and then written as single commits. */
const createdMax = 20_000
const createSeconds = 6

export type LayoutOptions = { readonly resources: number; readonly json: boolean }

/** The same Observations in each layout: how fast they are written, what they take, how fast they are found. */
export async function benchLayouts(options: LayoutOptions): Promise<void> {
  const database = await startBenchDatabase()
  const db = await openDatabase({ url: database.url, statementTimeoutMs: 0, poolMax: 2 })
  try {
    const context = await openHub({ db, tenant: 1, node: 0, baseUrl: 'http://bench.example/fhir' })
    await loadPopulation(context, {
      patients,
      encounters: patients,
      observations: options.resources + createdMax,
      conditions: 0,
      medicationRequests: 0,
      diagnosticReports: 0,
    })
    await context.store.close()
    await measureLayouts(db, options)
  } finally {
    await db.close()
    await database.close()
  }
}

/** On a database that has the Observations: `resources` and `createdMax` more. */
export async function measureLayouts(db: Database, options: LayoutOptions): Promise<void> {
  await db.pool.query(stageSql(options.resources + createdMax))
  for (const layout of layouts) {
    const row = await measureLayout(db, layout, options.resources)
    process.stdout.write(options.json ? `${JSON.stringify(row)}\n` : `${describe(row)}\n`)
  }
}

async function measureLayout(db: Database, layout: Layout, resources: number): Promise<LayoutRow> {
  const client = await db.dedicated('layouts')
  const schema = layoutSchemas[layout.name] ?? ''
  await client.query(layout.tables)
  const { rows } = await client.query<{ readonly pid: number }>('select pg_backend_pid() as pid')
  const pid = rows[0]?.pid ?? 0
  for (let from = 0; from < resources; from += 5_000) {
    await client.query(layout.write, [from, Math.min(from + 5_000, resources)])
  }
  await vacuum(client, schema)
  const bytes = await sizeOf(client, schema)
  const before = { times: machineTimes(), cpu: serverCpuMs(pid), at: performance.now() }
  let created = 0
  while (created < createdMax && performance.now() - before.at < createSeconds * 1000) {
    const from = resources + created
    await client.query({ name: `write-${schema}`, text: layout.write, values: [from, from + clients] })
    created += clients
  }
  const seconds = (performance.now() - before.at) / 1000
  const cpu = serverCpuMs(pid)
  await vacuum(client, schema)
  const searchMs: Record<string, Percentiles> = {}
  // What the layout allows is asked for, not what a planner that sees only parameters makes of it.
  await client.query(`set plan_cache_mode = force_custom_plan; set max_parallel_workers_per_gather = 0; set jit = off`)
  // The keys of a record are its keys.
  for (const name of Object.keys(layoutSearches) as LayoutSearch[]) {
    searchMs[name] = await searched(client, layout.searches[name], layoutSearches[name])
  }
  const idle = idleShare(before.times, machineTimes())
  await client.query(`drop schema ${schema} cascade`)
  await client.end()
  return {
    bench: 'fhir-layouts',
    layout: layout.name,
    resources,
    createsPerSecond: round(created / seconds),
    databaseCpuMsPerCreate:
      cpu === undefined || before.cpu === undefined ? null : round((cpu - before.cpu) / created, 3),
    bytesPerResource: round(bytes / resources),
    searchMs,
    idle,
  }
}

async function searched(client: Queryable, sql: string, values: (asked: Asked) => unknown[]): Promise<Percentiles> {
  const random = new Random(7)
  const times = new Float64Array(rounds)
  for (let number = -20; number < rounds; number += 1) {
    const asked = ask(random)
    const begun = performance.now()
    await client.query(sql, values(asked))
    if (number >= 0) times[number] = performance.now() - begun
  }
  return percentiles(times)
}

/** Patients and codes are asked for as often as they have results. */
function ask(random: Random): Asked {
  const subject = (): string => `Patient/${populationId('Patient', Math.floor(patients * random.next() ** 2))}`
  const spanMs = populationEndMs - populationStartMs
  const code = measuredCodes[Math.floor(measuredCodes.length * random.next() ** 2)] ?? measuredCodes[0]
  return {
    subject: subject(),
    subjects: Array.from({ length: 200 }, subject),
    code: `http://loinc.org|${code?.loinc}`,
    fromMs: Math.floor(populationStartMs + random.next() * spanMs * 0.85),
    above: code === undefined ? 0 : code.low + (code.high - code.low) * 0.9,
  }
}

async function vacuum(client: Queryable, schema: string): Promise<void> {
  const { rows } = await client.query<{ readonly name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname = $1`,
    [schema],
  )
  for (const { name } of rows) await client.query(`vacuum (analyze) ${name}`)
}

async function sizeOf(client: Queryable, schema: string): Promise<number> {
  const { rows } = await client.query<{ readonly bytes: number }>(
    `select sum(pg_total_relation_size(c.oid))::float8 as bytes from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = $1 and c.relkind = 'r'`,
    [schema],
  )
  return rows[0]?.bytes ?? 0
}

function describe(row: LayoutRow): string {
  const searches = Object.entries(row.searchMs).map(([name, { p50, p99 }]) => `  ${name}: ${p50}/${p99} ms`)
  return (
    `${row.layout}: ${row.createsPerSecond} creates/s (${row.databaseCpuMsPerCreate ?? '?'} ms CPU of the database each), ` +
    `${row.bytesPerResource} B a resource, ${Math.round(row.idle * 100)} % idle\n${searches.join('\n')}`
  )
}
