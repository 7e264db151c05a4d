import { randomBytes } from 'node:crypto'
import {
  createMasterKey,
  type Database,
  type DatabaseClient,
  idFromTime,
  openDatabase,
  openKeyRing,
} from '@samband/store'
import { benchMasterKeyBytes } from './serve.ts'

export type PreloadOptions = {
  readonly databaseUrl: string
  readonly messages: number
  /** Spread over so many days, of which the newest is the day before yesterday. */
  readonly days: number
  readonly progress: (text: string) => void
}

/** Of messages that can be searched for, some. */
export type Preloaded = {
  readonly messages: number
  readonly seconds: number
  readonly patientIds: readonly string[]
  readonly controlIds: readonly string[]
  /** Midnight UTC of each day, oldest first. */
  readonly dayStartsMs: readonly number[]
}

const tenant = 1
const dayMs = 86_400_000
const idsPerMs = 4096
const patients = 50_000
/** One message in so many has a control id that can be searched for; the others have random terms. */
const searchableEvery = 1_000
/** As group commit makes them under load; the stored size of a message and its reply in it. */
const messagesPerPack = 32
const packedBytesPerMessage = 550
const tables = ['message', 'event', 'body'] as const

/**
 * Fills the journal with delivered messages of past days, straight into its tables: one partition a day, built beside
 * the table and then attached, which also builds its indexes in one go. The contents of the packs are random bytes: they
 * take their place, and nobody can read them.
 *
 * Knows the shape of the journal (platform/engine/src/migrations.ts): when that changes, this must.
 */
export async function preload(options: PreloadOptions): Promise<Preloaded> {
  const begun = performance.now()
  const db = await openDatabase({ url: options.databaseUrl, applicationName: 'samband-bench-preload' })
  await using cleanUp = new AsyncDisposableStack()
  cleanUp.defer(() => db.close())
  const client = await db.dedicated('preload')
  await client.query(`set synchronous_commit = off; set maintenance_work_mem = '256MB'; set work_mem = '64MB'`)
  const { blindIndex } = await openKeyRing({ db, masterKey: createMasterKey(benchMasterKeyBytes, 'the bench'), tenant })
  const patientIds = Array.from({ length: patients }, (_, number) => `H${number}`)
  const patientTerms = patientIds.map(id => blindIndex('patient', id))
  const revision = await revisionOf(db)
  const perDay = Math.ceil(options.messages / options.days)
  const today = Math.floor(Date.now() / dayMs) * dayMs
  const controlIds: string[] = []
  const dayStartsMs: number[] = []
  for (let day = 0; day < options.days; day += 1) {
    const start = today - (options.days + 1 - day) * dayMs
    const searchable = Array.from({ length: Math.ceil(perDay / searchableEvery) }, (_, number) => `H${day}-${number}`)
    const controlTerms = searchable.map(id => blindIndex('control', id))
    await fillDay(client, { start, perDay, before: day * perDay, revision, patientTerms, controlTerms })
    controlIds.push(...searchable)
    dayStartsMs.push(start)
    options.progress(
      `${(day + 1) * perDay} of ${options.messages} messages, ${Math.round((performance.now() - begun) / 1000)} s`,
    )
  }
  await client.query('analyze engine.message; analyze engine.event')
  await client.query('checkpoint')
  return {
    messages: perDay * options.days,
    seconds: (performance.now() - begun) / 1000,
    patientIds,
    controlIds,
    dayStartsMs,
  }
}

async function revisionOf(db: Database): Promise<number> {
  const { rows } = await db.pool.query<{ id: number }>(
    'select max(id) as id from engine.route_revision where tenant = $1',
    [tenant],
  )
  const id = rows[0]?.id
  if (id === undefined) throw new Error('start the engine once before its journal is filled')
  return id
}

type Day = {
  readonly start: number
  readonly perDay: number
  /** Messages of the days before, so that the patients go on where they stopped. */
  readonly before: number
  readonly revision: number
  readonly patientTerms: readonly number[]
  readonly controlTerms: readonly number[]
}

async function fillDay(client: DatabaseClient, day: Day): Promise<void> {
  const suffix = new Date(day.start).toISOString().slice(0, 10).replaceAll('-', '')
  const [low, high] = [idFromTime(day.start), idFromTime(day.start + dayMs)]
  // Names of tables and numbers of our own, not input.
  for (const table of tables) {
    await client.query(
      `create table engine.${table}_c0_${suffix} (like engine.${table}_c0 including defaults including storage)`,
    )
  }
  const spacing = Math.floor(dayMs / day.perDay) * idsPerMs
  const first = String(low)
  await client.query(
    `insert into engine.message_c0_${suffix}
       (tenant, id, pack, revision, size, body_at, class, type, control_id, peer, terms)
     select $1, $2::int8 + i::int8 * $3::int8, $2::int8 + (i - i % $4)::int8 * $3::int8, $5, 1000,
            (i % $4) * $6, 0, case when i % 2 = 0 then 'ADT^A01' else 'ORU^R01' end, 'H' || i, '127.0.0.1:40112',
            array[($7::int8[])[1 + (i::int8 + $12::int8) % $8::int8],
                  case when i % $9 = 0 then ($10::int8[])[1 + i / $9] else (random() * 9007199254740991)::int8 end]
       from generate_series(0, $11::int4 - 1) as i`,
    [
      tenant,
      first,
      String(spacing),
      messagesPerPack,
      day.revision,
      packedBytesPerMessage,
      `{${day.patientTerms.join(',')}}`,
      String(day.patientTerms.length),
      searchableEvery,
      `{${day.controlTerms.join(',')}}`,
      day.perDay,
      String(day.before),
    ],
  )
  await client.query(
    `insert into engine.event_c0_${suffix}
       (tenant, message_id, id, pack, part, owed, attempt, output_at, reply_at, kind, class, destination, code)
     select $1, $2::int8 + i::int8 * $3::int8, $2::int8 + i::int8 * $3::int8 + 1,
            $2::int8 + (i - i % $4)::int8 * $3::int8, 0, 1, 1, 0, 0, 1, 0, 'sink-1', 'AA'
       from generate_series(0, $5::int4 - 1) as i`,
    [tenant, first, String(spacing), messagesPerPack, day.perDay],
  )
  await client.query(
    `insert into engine.body_c0_${suffix} (tenant, id, part, class, content)
     select $1, $2::int8 + i::int8 * $3::int8, 0, 0, $4::bytea
       from generate_series(0, $5::int4 - 1, $6::int4) as i`,
    [tenant, first, String(spacing), randomBytes(messagesPerPack * packedBytesPerMessage), day.perDay, messagesPerPack],
  )
  for (const table of tables) {
    await client.query(
      `alter table engine.${table}_c0 attach partition engine.${table}_c0_${suffix} for values from (${low}) to (${high})`,
    )
  }
}
