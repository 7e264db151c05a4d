import { connect } from 'node:net'
import { type Database, testDatabase } from '@samband/store'
import { type HubOptions, openHub } from '../src/hub.ts'
import { type ServedHub, type ServeOptions, serveHub } from '../src/http/serve.ts'

export type TestServer = ServedHub & {
  readonly db: Database
  /** Below the base: 'Patient/1'. */
  send(method: string, path: string, options?: SendOptions): Promise<Answer>
}

export type SendOptions = {
  /** An object goes as JSON, a text as it is. */
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

export type Answer = {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  // The tests say what they expect of it.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly json: any
}

/** A hub on a throw-away database, behind a real socket. */
export async function testServer(
  hub: Partial<Omit<HubOptions, 'db' | 'baseUrl'>> = {},
  serve: Omit<ServeOptions, 'open'> = {},
): Promise<TestServer> {
  const database = await testDatabase()
  const served = await serveHub({
    ...serve,
    open: async baseUrl => await openHub({ tenant: 1, node: 0, ...hub, db: database.db, baseUrl }),
  })
  const send = async (method: string, path: string, options: SendOptions = {}): Promise<Answer> => {
    const { body, headers } = options
    const answer = await fetch(path.startsWith('http') ? path : `${served.url}${path === '' ? '' : '/'}${path}`, {
      method,
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/fhir+json' }), ...headers },
      ...(body === undefined
        ? {}
        : { body: typeof body === 'string' || body instanceof Buffer ? body : JSON.stringify(body) }),
      redirect: 'manual',
    })
    const text = await answer.text()
    const isJson = (answer.headers.get('content-type') ?? '').includes('json') && text !== ''
    return { status: answer.status, headers: answer.headers, text, json: isJson ? JSON.parse(text) : undefined }
  }
  return {
    ...served,
    db: database.db,
    send,
    close: async () => {
      await served.close()
      await database.close()
    },
  }
}

/** Writes bytes to the server's port, and answers what comes back until the connection ends. */
export async function raw(url: string, text: string): Promise<string> {
  const { hostname, port } = new URL(url)
  return await new Promise((resolve, reject) => {
    let answer = ''
    const socket = connect(Number(port), hostname, () => socket.write(text))
    socket.setTimeout(5_000, () => socket.destroy(new Error('no answer')))
    socket.on('data', data => (answer += data.toString()))
    socket.on('error', reject)
    socket.on('close', () => resolve(answer))
  })
}
