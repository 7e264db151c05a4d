import { type ClientRequest, Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type {
  DestinationContext,
  DestinationHandle,
  DestinationKind,
  EndpointState,
  Outgoing,
  Reply,
} from '@samband/engine'
import { SambandError, toSambandError } from '@samband/errors'
import { durationMs } from '@samband/route'
import { configParser } from '../config/config-parser.ts'
import { readSecret } from '../config/secret.ts'
import { loadClientTls } from '../config/tls.ts'
import { EndpointMonitor } from '../endpoint-monitor.ts'
import { negativeCategory } from '../hl7/ack-category.ts'
import { readReply } from '../hl7/reply.ts'
import { ReplyError } from '../reply-error.ts'
import { type HttpDestinationConfig, httpDestinationSchema } from './config.ts'
import { isHl7MediaType } from './hl7-media-type.ts'
import { readBody } from './read-body.ts'
import { requestHeaders } from './request-headers.ts'
import { statusCategory } from './status-category.ts'

export const httpDestination: DestinationKind<HttpDestinationConfig> = {
  parseConfig: configParser(httpDestinationSchema),
  open: async context => new HttpDestination(context, await createAgent(context), await authorization(context.config)),
}

type Agent = HttpAgent | HttpsAgent

async function createAgent(context: DestinationContext<HttpDestinationConfig>): Promise<Agent> {
  const { config, endpoint, log } = context
  const pool = { keepAlive: true, maxSockets: config.connections, timeout: durationMs(config.keepAliveTimeout) }
  if (!config.url.startsWith('https:')) return new HttpAgent(pool)
  if (config.tls?.insecure === true) log.warn('tls-insecure', { endpoint })
  if (config.tls === undefined) return new HttpsAgent(pool)
  const { servername, insecure } = config.tls
  const loaded = await loadClientTls(config.tls)
  const name = servername === undefined ? {} : { servername }
  return new HttpsAgent({ ...pool, ...loaded, ...name, rejectUnauthorized: !insecure })
}

async function authorization(config: HttpDestinationConfig): Promise<string | undefined> {
  switch (config.auth?.kind) {
    case undefined:
      return undefined
    case 'bearer':
      return `Bearer ${await readSecret(config.auth.token, 'auth.token')}`
    case 'basic': {
      const password = await readSecret(config.auth.password, 'auth.password')
      return `Basic ${Buffer.from(`${config.auth.username}:${password}`).toString('base64')}`
    }
  }
}

type Exchange = { readonly response: IncomingMessage; readonly bytes: Buffer }

class HttpDestination implements DestinationHandle {
  readonly address: string
  readonly window: number
  readonly streams = true
  readonly #config: HttpDestinationConfig
  readonly #url: URL
  readonly #agent: Agent
  readonly #authorization: string | undefined
  readonly #timeoutMs: number
  readonly #connectTimeoutMs: number
  readonly #monitor: EndpointMonitor = new EndpointMonitor()
  #failing = false
  #used = false

  constructor(context: DestinationContext<HttpDestinationConfig>, agent: Agent, secret: string | undefined) {
    this.#config = context.config
    this.#url = new URL(context.config.url)
    this.address = `${this.#url.origin}${this.#url.pathname}`
    this.window = context.config.connections
    this.#agent = agent
    this.#authorization = secret
    this.#timeoutMs = durationMs(context.config.timeout)
    this.#connectTimeoutMs = durationMs(context.config.connectTimeout)
  }

  readonly state = (): EndpointState => {
    const connections = Object.values(this.#agent.sockets).reduce((sum, sockets) => sum + (sockets?.length ?? 0), 0)
    const free = Object.values(this.#agent.freeSockets).reduce((sum, sockets) => sum + (sockets?.length ?? 0), 0)
    return this.#monitor.state(this.#failing ? 'down' : this.#used ? 'up' : 'idle', connections + free)
  }

  readonly close = (): Promise<void> => {
    this.#agent.destroy()
    return Promise.resolve()
  }

  readonly send = async (outgoing: Outgoing): Promise<Reply> => {
    this.#used = true
    try {
      const reply = this.#judge(await this.#exchange(outgoing))
      this.#failing = false
      this.#monitor.count('answered')
      return reply
    } catch (error) {
      // Everything below throws SambandError; anything else is a bug that the engine reports.
      if (error instanceof SambandError) {
        this.#failing = error.category === 'unavailable'
        this.#monitor.trouble(error.code, error.message)
      }
      throw error
    }
  }

  #exchange(outgoing: Outgoing): Promise<Exchange> {
    return new Promise((resolve, reject) => {
      const options = {
        method: this.#config.method,
        agent: this.#agent,
        headers: requestHeaders(this.#config, outgoing, this.#authorization),
      }
      const request =
        this.#url.protocol === 'https:' ? httpsRequest(this.#url, options) : httpRequest(this.#url, options)
      const progress = watchConnection(request)
      const fail = (code: string, text: string, cause?: Error): void => {
        clearTimeout(connectTimer)
        clearTimeout(timer)
        // Nothing sent: not reached. Sent without an answer: the receiver may have it, so the attempt counts.
        reject(new SambandError({ code, category: progress.connected ? 'busy' : 'unavailable', message: text, cause }))
        request.destroy()
      }
      const connectTimer = setTimeout(() => {
        if (!progress.connected) fail('http-not-connected', `no connection within ${this.#connectTimeoutMs} ms`)
      }, this.#connectTimeoutMs)
      const timer = setTimeout(() => fail('http-timeout', `no answer within ${this.#timeoutMs} ms`), this.#timeoutMs)
      request.on('error', (error: NodeJS.ErrnoException) => {
        const reason = error.code ?? 'unknown reason'
        if (progress.connected)
          fail('http-connection-lost', `the connection was lost before the answer (${reason})`, error)
        else fail('http-not-connected', `no connection to ${this.#url.host} (${reason})`, error)
      })
      request.on('response', response => {
        void readBody(response, this.#config.responseBytesMax).then(body => {
          if (body.kind === 'aborted') {
            fail('http-response-incomplete', 'the answer ended before it was complete')
            return
          }
          clearTimeout(connectTimer)
          clearTimeout(timer)
          if (body.kind === 'too-large') {
            this.#monitor.count('responsesTooLarge')
            request.destroy()
          }
          resolve({ response, bytes: body.kind === 'whole' ? body.bytes : Buffer.alloc(0) })
        })
      })
      if (outgoing.stream === undefined) request.end(outgoing.bytes)
      else {
        // Its errors come as events of the request, but for those of the stream itself: then the request is cut short.
        pipeline(Readable.from(outgoing.stream.open()), request).catch((thrown: unknown) => {
          const { code } = toSambandError(thrown)
          fail('http-content-unreadable', `the stored content could not be sent to its end (${code})`)
        })
      }
    })
  }

  #judge({ response, bytes }: Exchange): Reply {
    const status = response.statusCode ?? 0
    const reply: Reply = { code: String(status), ...(bytes.length === 0 ? {} : { bytes }) }
    const ack = isHl7MediaType(response.headers['content-type']) ? readReply(bytes) : undefined
    const ackCategory = ack === undefined ? undefined : negativeCategory(ack.code, ack.errorCode)
    const category = ackCategory ?? statusCategory(status)
    if (category === undefined) return ack === undefined ? reply : { ...reply, code: ack.code }
    const acknowledged = ack === undefined ? '' : ` and ${ack.code}`
    const wait = response.headers['retry-after']
    const later = wait !== undefined && /^\d{1,6}$/.test(wait) ? `, asks to wait ${wait} s` : ''
    const redirect = status >= 300 && status < 400 ? ' (a redirect, which is not followed)' : ''
    const message = `the receiver answered ${status}${redirect}${acknowledged}${later}`
    throw new ReplyError({ code: `http-${status}`, category, message }, reply)
  }
}

/** Whether the request's bytes may have left: from the moment when its connection stands. */
function watchConnection(request: ClientRequest): { connected: boolean } {
  const progress = { connected: false }
  request.on('socket', socket => {
    if (!socket.connecting) {
      progress.connected = true
      return
    }
    const secure = 'encrypted' in socket
    socket.once(secure ? 'secureConnect' : 'connect', () => {
      progress.connected = true
    })
  })
  return progress
}
