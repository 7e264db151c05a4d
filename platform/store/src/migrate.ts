import { createHash } from 'node:crypto'
import { SambandError } from '@samband/errors'
import type pg from 'pg'
import type { Database } from './database.ts'
import { databaseErrorCode } from './database-error.ts'
import { ensureTenantRole, tenantRole } from './row-security.ts'
import { parseIdentifier } from './sql-name.ts'

/** A forward-only step of one schema. Once released it never changes: the next step is a new migration. */
export type Migration = {
  /** 1, 2, 3 ... without a gap. */
  readonly id: number
  /** kebab-case, for people. */
  readonly name: string
  /** One or more statements; runs in one transaction, with the schema first in the search path. */
  readonly sql: string
}

export type MigrateOptions = {
  /** Created when missing. */
  readonly schema: string
  readonly migrations: readonly Migration[]
}

/** Any number works as long as nobody else uses it: 'samb' in ASCII. Only one process migrates at a time. */
export const migrationLockKey = 0x73616d62

const bookkeeping = `
  create schema if not exists store;
  create table if not exists store.migration (
    schema_name text not null,
    id int not null,
    name text not null,
    checksum text not null,
    applied_at timestamptz not null default now(),
    primary key (schema_name, id)
  )`

/**
 * Brings one schema to the newest version. Safe when several processes start at once: the others wait, then find
 * nothing to do. Each migration commits by itself, so a failed one leaves those before it in place.
 *
 * @throws SambandError `migration-list-invalid`, `migration-changed`, `migration-gap`, `migration-database-newer`,
 * `migration-failed`, `database-role-missing`
 */
export async function migrate(db: Database, options: MigrateOptions): Promise<{ applied: number[] }> {
  const schema = parseIdentifier(options.schema)
  checkList(schema, options.migrations)
  const client = await db.dedicated(`migrate-${schema}`)
  try {
    await client.query('select pg_advisory_lock($1)', [migrationLockKey])
    await client.query(bookkeeping)
    if (options.migrations.some(migration => migration.sql.includes(tenantRole))) await ensureTenantRole(client)
    const done = await appliedMigrations(client, schema)
    checkHistory(schema, options.migrations, done)
    const applied: number[] = []
    for (const migration of options.migrations.slice(done.length)) {
      await apply(client, schema, migration)
      applied.push(migration.id)
    }
    return { applied }
  } finally {
    // Ending the session releases the lock.
    await client.end()
  }
}

type AppliedRow = { id: number; name: string; checksum: string }

async function appliedMigrations(client: pg.Client, schema: string): Promise<AppliedRow[]> {
  const { rows } = await client.query<AppliedRow>(
    'select id, name, checksum from store.migration where schema_name = $1 order by id',
    [schema],
  )
  return rows
}

async function apply(client: pg.Client, schema: string, migration: Migration): Promise<void> {
  try {
    await client.query('begin')
    await client.query(`create schema if not exists ${schema}`)
    await client.query(`set local search_path = ${schema}, public`)
    await client.query(migration.sql)
    await client.query('insert into store.migration (schema_name, id, name, checksum) values ($1, $2, $3, $4)', [
      schema,
      migration.id,
      migration.name,
      checksumOf(migration),
    ])
    await client.query('commit')
  } catch (error) {
    await client.query('rollback').catch(() => {})
    throw new SambandError({
      code: 'migration-failed',
      category: 'fault',
      message: `migration ${schema} ${migration.id} (${migration.name}) failed (${databaseErrorCode(error) ?? 'connection lost'}); the database is as it was before it`,
      cause: error,
    })
  }
}

/** Line endings do not count, so that a checkout on another system has the same checksum. */
function checksumOf(migration: Migration): string {
  return createHash('sha256').update(migration.sql.replaceAll('\r\n', '\n').trim()).digest('hex')
}

function checkList(schema: string, migrations: readonly Migration[]): void {
  const wrong = migrations.find((migration, index) => migration.id !== index + 1)
  if (wrong === undefined) return
  throw new SambandError({
    code: 'migration-list-invalid',
    category: 'fault',
    message: `the migrations of ${schema} must be numbered 1, 2, 3 ...: found ${wrong.id} (${wrong.name}) out of order`,
  })
}

function checkHistory(schema: string, migrations: readonly Migration[], done: readonly AppliedRow[]): void {
  const gap = done.find((row, index) => row.id !== index + 1)
  if (gap !== undefined) {
    throw new SambandError({
      code: 'migration-gap',
      category: 'conflict',
      message: `the database has migration ${schema} ${gap.id} but not every one before it: restore it from a backup`,
    })
  }
  if (done.length > migrations.length) {
    throw new SambandError({
      code: 'migration-database-newer',
      category: 'conflict',
      message: `the database has ${schema} at version ${done.length}, this program knows ${migrations.length}: start a newer Samband, or restore the backup from before the upgrade`,
    })
  }
  for (const [index, row] of done.entries()) {
    const migration = migrations[index]
    if (migration === undefined || checksumOf(migration) === row.checksum) continue
    throw new SambandError({
      code: 'migration-changed',
      category: 'conflict',
      message: `migration ${schema} ${row.id} (${row.name}) was changed after it was applied: put the old text back and add a new migration`,
    })
  }
}
