import { createServer, type Server } from 'node:http'
import fastify from 'fastify'
import { systemCaller } from '../access/caller.ts'
import type { HubContext } from '../hub-context.ts'
import { answerClientError, answerFrameworkError } from './framework-error.ts'
import { hubPlugin, type HubPluginOptions } from './plugin.ts'

export type ServeOptions = Omit<HubPluginOptions, 'context' | 'authenticate'> &
  Partial<Pick<HubPluginOptions, 'authenticate'>> & {
    /** The hub, made when its address is known. */
    readonly open: (baseUrl: string) => Promise<HubContext>
    /** Default '127.0.0.1'. */
    readonly host?: string
    /** Default 0: any free port. */
    readonly port?: number
    /** Default '/fhir'. */
    readonly path?: string
  }

export type ServedHub = {
  /** 'http://127.0.0.1:7600/fhir' */
  readonly url: string
  readonly context: HubContext
  close(): Promise<void>
}

/** A request whose head or body does not arrive in this time is let go: slow senders hold a connection each. */
const requestTimeoutMs = 60_000
/** How long requests that run may take when the server closes. */
const drainMs = 10_000
const sweepMs = 20

/**
 * A server with nothing else on it, for tests, trials and measurements: without `authenticate`, everyone is the system
 * itself, so it listens on this machine only unless told otherwise.
 */
export async function serveHub(options: ServeOptions): Promise<ServedHub> {
  const { open, host = '127.0.0.1', port = 0, path = '/fhir', authenticate = () => systemCaller, ...rest } = options
  const http = createServer({ requestTimeout: requestTimeoutMs })
  await listening(http, host, port)
  const address = http.address()
  const url = `http://${host}:${typeof address === 'object' && address !== null ? address.port : port}${path}`
  try {
    const context = await open(url)
    const server = fastify({
      serverFactory: handler => http.on('request', handler),
      forceCloseConnections: true,
      frameworkErrors: (error, _request, reply) => answerFrameworkError(error, reply),
      clientErrorHandler: (error, socket) => answerClientError(error, socket),
      routerOptions: { maxParamLength: 2_000 },
    })
    await server.register(hubPlugin, { ...rest, context, authenticate, prefix: path })
    await server.ready()
    return {
      url,
      context,
      close: async () => {
        await closed(http)
        await server.close()
        await context.close()
      },
    }
  } catch (thrown) {
    await closed(http)
    throw thrown
  }
}

async function listening(http: Server, host: string, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    http.once('error', reject)
    http.listen(port, host, resolve)
  })
}

/** Lets requests that run end; connections that only wait for more, and requests that take too long, are cut. */
async function closed(http: Server): Promise<void> {
  const sweep = setInterval(() => http.closeIdleConnections(), sweepMs)
  const deadline = setTimeout(() => http.closeAllConnections(), drainMs)
  await new Promise<void>(resolve => {
    http.close(() => resolve())
  })
  clearInterval(sweep)
  clearTimeout(deadline)
}
