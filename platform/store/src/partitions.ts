/**
 * Daily range partitions on an int8 id column (see ids.ts), named `<table>_<yyyymmdd>` for the UTC day they hold.
 *
 * Writers are never stalled: a new partition is made beside the table and attached, and an old one is detached
 * concurrently before it is dropped. Both take SHARE UPDATE EXCLUSIVE on the table, which does not conflict with reads
 * or writes; `create table ... partition of` and a plain `drop table` would take ACCESS EXCLUSIVE and queue every
 * insert behind the slowest reader. (PostgreSQL manual, "ALTER TABLE", ATTACH and DETACH PARTITION.)
 */
import { SambandError } from '@samband/errors'
import type pg from 'pg'
import type { Database } from './database.ts'
import { databaseErrorCode, toDatabaseError } from './database-error.ts'
import { idFromTime } from './ids.ts'
import { parseTableName, type TableName } from './sql-name.ts'

export type Partition = {
  /** 'message_20261122', in the schema of its table. */
  readonly name: string
  /** Midnight UTC. */
  readonly from: Date
  /** Midnight UTC of the day after. */
  readonly to: Date
}

const dayMs = 86_400_000
/** The first half of the two-part advisory lock key; the second half is the table's oid. */
const partitionLockClass = 0x70617274

export type PartitionLimits = {
  /** How long one attempt waits for readers and for other changes of the table. Default 2,000. */
  readonly lockTimeoutMs?: number
  /** Default 10. */
  readonly attemptsMax?: number
}

const defaultLimits: Required<PartitionLimits> = { lockTimeoutMs: 2_000, attemptsMax: 10 }

/** Makes the partitions of `days` days from `from` (UTC) that are missing. Returns the names of those made. */
export async function ensureDailyPartitions(
  db: Database,
  table: string,
  { from, days, ...limits }: { from: Date; days: number } & PartitionLimits,
): Promise<string[]> {
  const name = parseTableName(table)
  const first = Math.floor(from.getTime() / dayMs) * dayMs
  const wanted = Array.from({ length: days }, (_, index) => first + index * dayMs)
  const existing = new Set((await listPartitions(db, table)).map(partition => partition.name))
  if (days > 0 && wanted.every(day => existing.has(partitionName(name, day)))) return []
  return withPartitionLock(db, name, limits, async (client, retried) => {
    const made: string[] = []
    for (const day of wanted) {
      if (await retried(() => createPartition(client, name, day))) made.push(partitionName(name, day))
    }
    return made
  })
}

/** The attached daily partitions, oldest first. */
export async function listPartitions(db: Database, table: string): Promise<Partition[]> {
  const name = parseTableName(table)
  return (await attachedPartitions(db.pool, name)).map(row => partitionOf(name, row.name)).filter(isPartition)
}

/**
 * Drops the partitions that hold nothing from `before` on. Returns the names of those dropped.
 *
 * @throws SambandError `database-55p03` (busy) when a transaction reads the table for longer than the limits allow;
 * the next call goes on where this one stopped.
 */
export async function dropPartitionsBefore(
  db: Database,
  table: string,
  before: Date,
  limits: PartitionLimits = {},
): Promise<string[]> {
  const name = parseTableName(table)
  return withPartitionLock(db, name, limits, async (client, retried) => {
    const dropped: string[] = []
    const isOld = (row: { name: string }): boolean => {
      const partition = partitionOf(name, row.name)
      return partition !== undefined && partition.to <= before
    }
    for (const row of (await attachedPartitions(client, name)).filter(isOld)) {
      await retried(() => detachPartition(client, name, row.name))
    }
    // Also what an earlier run detached but did not live to drop.
    for (const row of (await detachedPartitions(client, name)).filter(isOld)) {
      await retried(() => client.query(`drop table if exists ${name.schema}.${row.name}`))
      dropped.push(row.name)
    }
    return dropped
  })
}

/** A concurrent detach that was cut short stays pending and is then finalized, so each attempt looks first. */
async function detachPartition(client: pg.Client, name: TableName, partition: string): Promise<void> {
  const row = (await attachedPartitions(client, name)).find(attached => attached.name === partition)
  if (row === undefined) return
  const verb = row.pending ? 'finalize' : 'concurrently'
  await client.query(`alter table ${name.schema}.${name.table} detach partition ${name.schema}.${partition} ${verb}`)
}

async function createPartition(client: pg.Client, { schema, table }: TableName, day: number): Promise<boolean> {
  const partition = `${schema}.${partitionName({ schema, table }, day)}`
  const { rows } = await client.query<{ exists: boolean }>('select to_regclass($1) is not null as exists', [partition])
  if (rows[0]?.exists === true) return false
  const [low, high] = [idFromTime(day), idFromTime(day + dayMs)]
  // Several statements in one query are one transaction.
  await client.query(`
    create table ${partition} (like ${schema}.${table} including all);
    alter table ${schema}.${table} attach partition ${partition} for values from (${low}) to (${high})`)
  return true
}

type PartitionRow = { name: string; pending: boolean }

async function attachedPartitions(client: pg.ClientBase | pg.Pool, name: TableName): Promise<PartitionRow[]> {
  const { rows } = await client.query<PartitionRow>(
    `select child.relname as name, inhdetachpending as pending
       from pg_inherits
       join pg_class child on child.oid = inhrelid
       join pg_class parent on parent.oid = inhparent
      where parent.relname = $2 and parent.relnamespace = to_regnamespace($1)
      order by child.relname`,
    [name.schema, name.table],
  )
  return rows
}

async function detachedPartitions(client: pg.Client, name: TableName): Promise<{ name: string }[]> {
  const { rows } = await client.query<{ name: string }>(
    `select relname as name from pg_class
      where relnamespace = to_regnamespace($1) and relkind in ('r', 'p') and not relispartition
        and relname ~ ('^' || $2 || '_[0-9]{8}$')
      order by relname`,
    [name.schema, name.table],
  )
  return rows
}

function partitionName({ table }: TableName, day: number): string {
  return `${table}_${new Date(day).toISOString().slice(0, 10).replaceAll('-', '')}`
}

function partitionOf({ table }: TableName, name: string): Partition | undefined {
  const match = /^(\d{4})(\d\d)(\d\d)$/.exec(name.slice(table.length + 1))
  if (match === null) return undefined
  const from = Date.UTC(Number(match[1]), Number(match[2]) - 1, Number(match[3]))
  return { name, from: new Date(from), to: new Date(from + dayMs) }
}

function isPartition(partition: Partition | undefined): partition is Partition {
  return partition !== undefined
}

type Retried = <T>(fn: () => Promise<T>) => Promise<T>

/** One process at a time changes the partitions of one table. The lock ends with the session. */
async function withPartitionLock<T>(
  db: Database,
  { schema, table }: TableName,
  limits: PartitionLimits,
  fn: (client: pg.Client, retried: Retried) => Promise<T>,
): Promise<T> {
  const { lockTimeoutMs, attemptsMax } = { ...defaultLimits, ...limits }
  const name = `${schema}.${table}`
  const client = await db.dedicated('partitions')
  try {
    const { rows } = await client.query<{ oid: number | null }>('select to_regclass($1)::oid::int4 as oid', [name])
    const oid = rows[0]?.oid
    if (oid === null || oid === undefined) throw tableMissing(name)
    await client.query('select pg_advisory_lock($1, $2)', [partitionLockClass, oid])
    await client.query(`select set_config('lock_timeout', $1, false)`, [String(lockTimeoutMs)])
    return await fn(client, attempt => retry(attempt, attemptsMax, `changing the partitions of ${name}`))
  } finally {
    await client.end()
  }
}

/** Waiting is the server's (`lock_timeout`), so attempts follow each other at once. */
async function retry<T>(fn: () => Promise<T>, attemptsMax: number, doing: string): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await fn()
    } catch (error) {
      const code = databaseErrorCode(error)
      const worthTrying = code === '55P03' || code === '40P01'
      if (!worthTrying || attempt >= attemptsMax) throw toDatabaseError(error, doing)
    }
  }
}

function tableMissing(name: string): SambandError {
  return new SambandError({
    code: 'partition-table-missing',
    category: 'not-found',
    message: `there is no table ${name} to make partitions of`,
  })
}
