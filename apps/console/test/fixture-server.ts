/**
 * A make-believe Samband for developing and testing the console: the operations API over synthetic data, in memory.
 * `node test/fixture-server.ts [--port 4173] [--routes 100] [--calm]`, user `admin`, password `samband`;
 * user `reader` may look but not act.
 */
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { FixtureApi } from './fixture/api.ts'
import { hospitalRoutes, manyRoutes } from './fixture/hospital.ts'

export type FixtureOptions = {
  readonly port?: number
  /** How many routes; the hospital's own nine unless told. */
  readonly routes?: number
  /** Nothing is broken. */
  readonly calm?: boolean
  readonly messages?: number
  /** No new messages come by themselves, so that a test may count. */
  readonly still?: boolean
}

export type FixtureServer = { readonly url: string; readonly api: FixtureApi; readonly close: () => Promise<void> }

const dist = fileURLToPath(new URL('../dist', import.meta.url))

/** As the real server sets it: a page that breaks it must break here too. */
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self'; img-src 'self' data:; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
}

export async function startFixtureServer(options: FixtureOptions = {}): Promise<FixtureServer> {
  const routes = options.routes ? manyRoutes(options.routes) : hospitalRoutes
  const api = new FixtureApi(routes, {
    calm: options.calm ?? false,
    messages: options.messages ?? 2_400,
    still: options.still ?? false,
  })
  const server = createServer((request, response) => {
    handle(api, request, response).catch((error: unknown) => {
      response.writeHead(500, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ error: { code: 'fixture', category: 'fault', message: String(error) } }))
    })
  })
  await listen(server, options.port ?? 0)
  const { port } = server.address() as AddressInfo // a listening TCP server has a port
  const close = async (): Promise<void> => {
    api.close()
    server.closeAllConnections()
    await new Promise(resolve => server.close(resolve))
  }
  return { url: `http://127.0.0.1:${port}`, api, close }
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
}

async function handle(api: FixtureApi, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname } = new URL(request.url ?? '/', 'http://fixture')
  response.setHeader('content-security-policy', policy)
  if (pathname.startsWith('/api/v1/')) return api.handle(request, response, pathname.slice('/api/v1'.length))
  const file = join(dist, normalize(pathname))
  const known = file.startsWith(dist) && (await stat(file).catch(() => null))?.isFile()
  const served = known ? file : join(dist, 'index.html')
  response.writeHead(200, {
    'content-type': contentTypes[extname(served)] ?? 'application/octet-stream',
    'cache-control': pathname.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
  })
  createReadStream(served).pipe(response)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: { port: { type: 'string' }, routes: { type: 'string' }, calm: { type: 'boolean' } },
  })
  const server = await startFixtureServer({
    port: Number(values.port ?? 4173),
    calm: values.calm ?? false,
    ...(values.routes ? { routes: Number(values.routes) } : {}),
  })
  console.log(`Fixture hospital at ${server.url}, user admin, password samband`)
}
