import pg from 'pg'

/** The servers that everything in SQL is tested on: the newest that we ship and the oldest that we support. */
export type TestServer = {
  readonly name: string
  /** Undefined: the server of `testDatabase` itself. */
  readonly options: { readonly serverUrl?: string }
  /** Why it is left out, or false. */
  readonly skip: string | false
}

const systemUrl = process.env['SAMBAND_TEST_SYSTEM_DATABASE_URL'] ?? 'postgres://postgres@127.0.0.1:5432/postgres'

async function systemServer(): Promise<TestServer> {
  const name = 'the PostgreSQL of this machine'
  const client = new pg.Client({ connectionString: systemUrl, connectionTimeoutMillis: 2_000 })
  try {
    await client.connect()
    await client.end()
    return { name, options: { serverUrl: systemUrl }, skip: false }
  } catch (error) {
    if (process.env['SAMBAND_TEST_SERVICES'] === 'required') throw error
    return { name, options: {}, skip: 'no PostgreSQL at 127.0.0.1:5432 (SAMBAND_TEST_SYSTEM_DATABASE_URL)' }
  }
}

export const testServers: readonly TestServer[] = [
  { name: 'the embedded server', options: {}, skip: false },
  await systemServer(),
]
