/**
 * A throw-away database for tests. `SAMBAND_TEST_DATABASE_URL` (set by the test runner) names a server to make it on;
 * without it, this process starts an embedded server of its own in a temporary folder, once. Never `.samband/`.
 */
import { randomBytes } from 'node:crypto'
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { type Database, openDatabase } from './database.ts'
import { startEmbeddedPostgres } from './embedded/embedded-postgres.ts'
import { liveOwner } from './embedded/owner.ts'
import { isAlive } from './embedded/process-identity.ts'

export type TestDatabase = {
  readonly url: string
  readonly db: Database
  /** Closes `db` and drops the database, also when others are still connected to it. */
  close(): Promise<void>
}

type Server = { readonly url: string; release(): Promise<void> }
type SharedServer = { readonly started: Promise<{ url: string; stop(): Promise<void> }>; users: number }

let shared: SharedServer | undefined

export type TestDatabaseOptions = {
  /** A server to make it on instead, as a user who may create databases. */
  readonly serverUrl?: string
}

export async function testDatabase({ serverUrl }: TestDatabaseOptions = {}): Promise<TestDatabase> {
  const server = serverUrl === undefined ? await acquireServer() : existingServer(serverUrl)
  const name = `samband_test_${randomBytes(8).toString('hex')}`
  try {
    await onServer(server.url, `create database ${name} template template0`)
  } catch (error) {
    await server.release()
    throw error
  }
  const url = new URL(server.url)
  url.pathname = `/${name}`
  const db = await openDatabase({ url: url.href, applicationName: 'samband-test' })
  return {
    url: url.href,
    db,
    close: async () => {
      await db.close()
      await onServer(server.url, `drop database if exists ${name} with (force)`)
      await server.release()
    },
  }
}

function existingServer(url: string): Server {
  return { url, release: async () => {} }
}

async function acquireServer(): Promise<Server> {
  const given = process.env['SAMBAND_TEST_DATABASE_URL']
  if (given !== undefined && given !== '') return existingServer(given)
  shared ??= { started: startThrowAwayServer(), users: 0 }
  const mine = shared
  mine.users += 1
  const server = await mine.started
  return {
    url: server.url,
    release: async () => {
      mine.users -= 1
      if (mine.users > 0) return
      if (shared === mine) shared = undefined
      await server.stop()
    },
  }
}

/** Nothing in it outlives the test, so it does not wait for the disk. */
const fastSettings: Readonly<Record<string, string>> = { fsync: 'off', full_page_writes: 'off', shared_buffers: '64MB' }

const folderPrefix = 'samband-test-server-'

async function startThrowAwayServer(): Promise<{ url: string; stop(): Promise<void> }> {
  await sweepLeftOvers()
  const dataDir = await mkdtemp(join(tmpdir(), `${folderPrefix}${process.pid}-`))
  await chmod(dataDir, 0o755)
  const server = await startEmbeddedPostgres({ dataDir, settings: fastSettings, fallbackDir: `${dataDir}-binaries` })
  return {
    url: server.url,
    stop: async () => {
      await server.stop()
      await rm(dataDir, { recursive: true, force: true })
      await rm(`${dataDir}-binaries`, { recursive: true, force: true })
    },
  }
}

/** Folders of test processes that were killed: their guard stopped the server, nobody removed the files. */
async function sweepLeftOvers(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const pid = Number(new RegExp(`^${folderPrefix}(\\d+)-`).exec(name)?.[1] ?? Number.NaN)
    const folder = join(tmpdir(), name.replace(/-binaries$/, ''))
    if (Number.isNaN(pid) || isAlive(pid) || (await liveOwner(folder)) !== undefined) continue
    await rm(join(tmpdir(), name), { recursive: true, force: true }).catch(() => {})
  }
}

async function onServer(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}
