import { SambandError } from '@samband/errors'
import { type Database, dropPartitionsBefore, ensureDailyPartitions } from '@samband/store'

/** How long a class of routes keeps what. Bodies may go before what is known of the messages, never after. */
export type Retention = {
  /** Days that contents (what came in, went out and was answered) are kept. */
  readonly bodyDays: number
  /** Days that messages and their events can be found. */
  readonly metadataDays: number
}

export const defaultClass = 'default'
export const defaultRetention: Retention = { bodyDays: 90, metadataDays: 90 }
/** Each class has partitions of its own for every day, so there should be few. */
export const retentionClassesMax = 16

const dayMs = 86_400_000
/** Yesterday (clocks of processes differ) to a week ahead. */
const daysBehind = 1
const daysAhead = 8
const classTables = ['message', 'event', 'body'] as const
type ClassTable = (typeof classTables)[number]
/** The transaction lock under which classes are numbered: 'clas' in ASCII. */
const classLock = 0x636c6173

/**
 * Retention by dropping partitions: each class of routes (`retention` in a route's facts) has partitions of its own in
 * every table, so that it can be kept longer or shorter than others without a row being deleted. A class belongs to one
 * tenant; its number is unique in the database.
 */
export class RetentionClasses {
  readonly #db: Database
  readonly #ids: ReadonlyMap<string, number>

  private constructor(db: Database, ids: ReadonlyMap<string, number>) {
    this.#db = db
    this.#ids = ids
  }

  /** Numbers the classes that are new and makes their tables. */
  static async open(db: Database, tenant: number, names: Iterable<string>): Promise<RetentionClasses> {
    const wanted = [...new Set([defaultClass, ...names])]
    if (wanted.length > retentionClassesMax) {
      throw new SambandError({
        code: 'retention-classes-too-many',
        category: 'incorrect',
        message: `routes name ${wanted.length} retention classes; at most ${retentionClassesMax} keep the database quick`,
      })
    }
    const ids = await db.transaction(async client => {
      await client.query('select pg_advisory_xact_lock($1)', [classLock])
      await client.query(
        `insert into engine.retention_class (tenant, id, name)
         select $1, (select coalesce(max(id) + 1, 0) from engine.retention_class) + row_number() over () - 1, w.name
           from unnest($2::text[]) as w (name)
          where not exists (select from engine.retention_class c where c.tenant = $1 and c.name = w.name)`,
        [tenant, wanted],
      )
      const { rows } = await client.query<{ id: number; name: string }>(
        'select id, name from engine.retention_class where tenant = $1',
        [tenant],
      )
      for (const { id } of rows) for (const table of classTables) await createClassTable(client, table, id)
      return new Map(rows.map(({ id, name }) => [name, id]))
    })
    return new RetentionClasses(db, ids)
  }

  /** The number of a class that was named at the start. */
  idOf(name: string): number {
    const id = this.#ids.get(name)
    if (id === undefined) throw new Error(`retention class "${name}" was not opened`)
    return id
  }

  get names(): readonly string[] {
    return [...this.#ids.keys()]
  }

  /** Partitions from yesterday to a week ahead. */
  async prepareDays(nowMs: number): Promise<void> {
    const days = { from: new Date(nowMs - daysBehind * dayMs), days: daysBehind + daysAhead }
    for (const id of this.#ids.values()) {
      for (const table of classTables) await ensureDailyPartitions(this.#db, tableOf(table, id), days)
    }
    await ensureDailyPartitions(this.#db, 'engine.refusal', days)
  }

  /** Drops what a class keeps no longer. `unsettledMs`: nothing from this moment on is dropped. Answers table names. */
  async prune(name: string, retention: Retention, nowMs: number, unsettledMs: number): Promise<readonly string[]> {
    const id = this.idOf(name)
    const bodies = new Date(Math.min(nowMs - retention.bodyDays * dayMs, unsettledMs))
    const metadata = new Date(
      Math.min(nowMs - Math.max(retention.metadataDays, retention.bodyDays) * dayMs, unsettledMs),
    )
    return [
      ...(await dropPartitionsBefore(this.#db, tableOf('body', id), bodies)),
      ...(await dropPartitionsBefore(this.#db, tableOf('event', id), metadata)),
      ...(await dropPartitionsBefore(this.#db, tableOf('message', id), metadata)),
    ]
  }

  async pruneRefusals(days: number, nowMs: number): Promise<readonly string[]> {
    return await dropPartitionsBefore(this.#db, 'engine.refusal', new Date(nowMs - days * dayMs))
  }
}

function tableOf(table: ClassTable, classId: number): string {
  return `engine.${table}_c${classId}`
}

type Client = { query: (sql: string) => Promise<{ readonly rows: readonly { readonly exists?: boolean }[] }> }

/** Beside the table and then attached, which stalls no writer. Table and number are our own, not input. */
async function createClassTable(client: Client, table: ClassTable, classId: number): Promise<void> {
  const name = tableOf(table, classId)
  const { rows } = await client.query(`select to_regclass('${name}') is not null as exists`)
  if (rows[0]?.exists === true) return
  await client.query(`create table ${name} (like engine.${table} including all) partition by range (id)`)
  await client.query(`alter table engine.${table} attach partition ${name} for values in (${classId})`)
}
