import { SambandError } from '@samband/errors'
import pg from 'pg'
import { databaseErrorCode } from './database-error.ts'

export type DatabaseOptions = {
  /** `postgres://user:password@host:port/database`. */
  readonly url: string
  /** Connections in the pool; dedicated connections come on top. Default 10. */
  readonly poolMax?: number
  /** Shown in `pg_stat_activity`. Default 'samband'. */
  readonly applicationName?: string
  /** A statement from the pool that runs longer is cancelled. Default 30,000; 0 is no limit. */
  readonly statementTimeoutMs?: number
  /** How long to wait for a new connection. Default 10,000. */
  readonly connectTimeoutMs?: number
}

export type DatabaseClient = pg.Client
export type DatabasePoolClient = pg.PoolClient

/** Anything that runs a statement: the database's pool, a client of it, a dedicated client. */
export type Queryable = Pick<pg.ClientBase, 'query'>

/**
 * One PostgreSQL database. `int8` comes back as a number when it is a safe integer and as a bigint otherwise, because
 * the platform's ids fit 53 bits.
 */
export interface Database {
  /** With the password: never print it, print `address`. */
  readonly url: string
  /** Host, port and database without user and password. */
  readonly address: string
  /** 150004 for 15.4. */
  readonly serverVersion: number
  readonly pool: pg.Pool
  /**
   * A connection of one's own, outside the pool and without a statement timeout: for the journal, the settlement,
   * a lock. Closed by `close()` or by its own `end()`.
   */
  dedicated(name: string): Promise<pg.Client>
  /** Commits when `fn` resolves, rolls back when it throws. */
  transaction<T>(fn: (client: pg.PoolClient) => Promise<T>): Promise<T>
  close(): Promise<void>
}

/** The oldest PostgreSQL that the platform runs on. */
export const serverVersionMin = 150000

const int8Oid = 20
const int8ArrayOid = 1016
const textArrayOid = 1009

function parseInt8(text: string): number | bigint {
  const value = Number(text)
  return Number.isSafeInteger(value) ? value : BigInt(text)
}

/** The driver's types list only some of the oids; the function takes any. */
const driverParser: (oid: number, format?: 'text' | 'binary') => (text: string) => unknown = pg.types.getTypeParser
const parseTextArray = driverParser(textArrayOid)

const types: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') => {
    if (format !== 'binary') {
      if (oid === int8Oid) return parseInt8
      if (oid === int8ArrayOid) return parseInt8Array
    }
    return driverParser(oid, format)
  },
}

function parseInt8Array(text: string): unknown {
  // The text form of int8[] is that of text[], so the nesting and the nulls are left to the driver's own parser.
  const convert = (item: unknown): unknown =>
    Array.isArray(item) ? item.map(convert) : typeof item === 'string' ? parseInt8(item) : item
  return convert(parseTextArray(text))
}

/**
 * Connects, and refuses a server that is too old.
 *
 * @throws SambandError `database-url-invalid`, `database-unreachable`, `database-refused`, `database-missing`,
 * `database-too-old`: one line each, with the setting to change and without the password.
 */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const address = addressOf(options.url)
  const applicationName = options.applicationName ?? 'samband'
  const base: pg.ClientConfig = {
    connectionString: options.url,
    connectionTimeoutMillis: options.connectTimeoutMs ?? 10_000,
    keepAlive: true,
    types,
  }
  const pool = new pg.Pool({
    ...base,
    application_name: applicationName,
    max: options.poolMax ?? 10,
    statement_timeout: options.statementTimeoutMs ?? 30_000,
  })
  // A connection that the server closes is replaced at the next query; without these listeners it ends the process:
  // the pool's own covers idle connections, the client's those that are checked out between two queries.
  pool.on('error', () => {})
  pool.on('connect', client => client.on('error', () => {}))
  const serverVersion = await checkServer(pool, address).catch(async (error: unknown) => {
    await pool.end()
    throw error
  })
  return new OpenDatabase(options.url, address, serverVersion, pool, { ...base, application_name: applicationName })
}

class OpenDatabase implements Database {
  readonly url: string
  readonly address: string
  readonly serverVersion: number
  readonly pool: pg.Pool
  readonly #clientConfig: pg.ClientConfig
  readonly #dedicated = new Set<pg.Client>()
  #closing: Promise<void> | undefined

  constructor(url: string, address: string, serverVersion: number, pool: pg.Pool, clientConfig: pg.ClientConfig) {
    this.url = url
    this.address = address
    this.serverVersion = serverVersion
    this.pool = pool
    this.#clientConfig = clientConfig
  }

  async dedicated(name: string): Promise<pg.Client> {
    const client = new pg.Client({
      ...this.#clientConfig,
      application_name: `${this.#clientConfig.application_name}:${name}`,
    })
    // A lost connection rejects the queries under way; without a listener it would also end the process.
    client.on('error', () => {})
    client.once('end', () => this.#dedicated.delete(client))
    try {
      await client.connect()
    } catch (error) {
      throw connectError(error, this.address)
    }
    this.#dedicated.add(client)
    return client
  }

  async transaction<T>(fn: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    const client = await this.pool.connect()
    let broken: Error | undefined
    try {
      await client.query('begin')
      const result = await fn(client)
      await client.query('commit')
      return result
    } catch (error) {
      await client.query('rollback').catch((rollbackError: unknown) => {
        broken = rollbackError instanceof Error ? rollbackError : new Error('rollback failed', { cause: rollbackError })
      })
      throw error
    } finally {
      client.release(broken)
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    await Promise.all([...this.#dedicated].map(client => client.end().catch(() => {})))
    await this.pool.end()
  }
}

function addressOf(url: string): string {
  let parsed: URL
  try {
    parsed = new URL(url)
  } catch {
    throw urlError()
  }
  if (parsed.protocol !== 'postgres:' && parsed.protocol !== 'postgresql:') throw urlError()
  const host = parsed.hostname || parsed.searchParams.get('host') || 'localhost'
  return `${host}:${parsed.port || '5432'}${parsed.pathname}`
}

function urlError(): SambandError {
  return new SambandError({
    code: 'database-url-invalid',
    category: 'incorrect',
    message: 'SAMBAND_DATABASE_URL is not a database address: write postgres://user:password@host:5432/database',
  })
}

async function checkServer(pool: pg.Pool, address: string): Promise<number> {
  let serverVersion: number
  try {
    const { rows } = await pool.query<{ version: string }>(`select current_setting('server_version_num') as version`)
    serverVersion = Number(rows[0]?.version)
  } catch (error) {
    throw connectError(error, address)
  }
  if (serverVersion < serverVersionMin) {
    throw new SambandError({
      code: 'database-too-old',
      category: 'unsupported',
      message: `PostgreSQL ${Math.floor(serverVersion / 10_000)} at ${address} is too old: set SAMBAND_DATABASE_URL to PostgreSQL ${serverVersionMin / 10_000} or newer`,
    })
  }
  return serverVersion
}

/** Names the address and the reason, never the user's password: `pg` does not put it in its errors, nor do we. */
function connectError(thrown: unknown, address: string): SambandError {
  if (thrown instanceof SambandError) return thrown
  const code = databaseErrorCode(thrown) ?? ''
  if (code.startsWith('28')) {
    return new SambandError({
      code: 'database-refused',
      category: 'forbidden',
      message: `the database at ${address} refuses the user or the password (${code}): correct SAMBAND_DATABASE_URL`,
      cause: thrown,
    })
  }
  if (code === '3D000') {
    return new SambandError({
      code: 'database-missing',
      category: 'not-found',
      message: `there is no such database at ${address}: create it, or correct SAMBAND_DATABASE_URL`,
      cause: thrown,
    })
  }
  const reason = code || (thrown instanceof Error ? thrown.message : 'no answer')
  return new SambandError({
    code: 'database-unreachable',
    category: 'unavailable',
    message: `the database at ${address} cannot be reached (${reason}): start it, or correct SAMBAND_DATABASE_URL`,
    cause: thrown,
  })
}
