import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import type { EndpointState, Incoming, Intake, SourceContext, SourceHandle, SourceKind } from '@samband/engine'
import { categoryTable, type SambandError, toSambandError } from '@samband/errors'
import { durationMs } from '@samband/route'
import { configParser } from '../config/config-parser.ts'
import { loadListenerTls } from '../config/tls.ts'
import { EndpointMonitor } from '../endpoint-monitor.ts'
import { createHl7Intake, type Hl7Intake } from '../hl7/intake.ts'
import { listen } from '../listen.ts'
import { type Authenticate, createAuthenticate } from './authenticate.ts'
import { type HttpSourceConfig, httpSourceSchema } from './config.ts'
import { hl7ReplyType, isHl7MediaType } from './hl7-media-type.ts'
import { BodyAborted, BodyEmpty, BodyTooLarge, boundedBody, readBody } from './read-body.ts'

const alwaysRecorded: readonly string[] = ['content-type', 'idempotency-key']
const attributeCharactersMax = 256
const headerBytesMax = 16 * 1024

export const httpSource: SourceKind<HttpSourceConfig> = {
  parseConfig: configParser(httpSourceSchema),
  open: async context => {
    const source = new HttpSource(context, await createAuthenticate(context.config.auth))
    await source.open()
    return source
  },
}

/**
 * One listener with one path. A request is answered after its message's commit: 202 and the message's number, or an HL7
 * acknowledgement where HL7 v2 came; a failure by its category (see `categoryTable`) as a small JSON body.
 */
class HttpSource implements SourceHandle {
  address = ''
  readonly #config: HttpSourceConfig
  readonly #intake: Intake
  readonly #takeHl7: Hl7Intake
  readonly #authenticate: Authenticate
  readonly #monitor: EndpointMonitor = new EndpointMonitor()
  readonly #recorded: readonly string[]
  readonly #retryAfterSeconds: string
  readonly #handshakesFailed: WeakSet<Socket> = new WeakSet()
  #server: Server | undefined
  #connections = 0
  #awaiting = 0
  #closing: Promise<void> | undefined

  constructor(context: SourceContext<HttpSourceConfig>, authenticate: Authenticate) {
    this.#config = context.config
    this.#intake = context.intake
    this.#takeHl7 = createHl7Intake(context.intake, 'always')
    this.#authenticate = authenticate
    this.#recorded = [...new Set([...alwaysRecorded, ...context.config.recordHeaders])]
    this.#retryAfterSeconds = String(Math.max(1, Math.ceil(durationMs(context.config.retryAfter) / 1_000)))
  }

  async open(): Promise<void> {
    const { host, port, tls, path } = this.#config
    const server = await this.#createServer()
    this.#server = server
    await listen(server, host, port)
    // A TCP server's address is an object; only pipes have a string.
    const bound = (server.address() as AddressInfo).port
    this.address = `${tls === undefined ? 'http' : 'https'}://${host}:${bound}${path}`
  }

  readonly state = (): EndpointState =>
    this.#monitor.state(this.#closing === undefined ? 'up' : 'down', this.#connections)

  readonly close = (): Promise<void> => {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    const server = this.#server
    if (server === undefined) return
    const closed = new Promise<void>(resolve => server.close(() => resolve()))
    server.closeIdleConnections()
    const cutOff = setTimeout(() => server.closeAllConnections(), durationMs(this.#config.closeTimeout))
    await closed
    clearTimeout(cutOff)
  }

  async #createServer(): Promise<Server> {
    const { tls, connectionsMax, headersTimeout, requestTimeout, keepAliveTimeout } = this.#config
    const limits = {
      noDelay: true,
      keepAlive: true,
      maxHeaderSize: headerBytesMax,
      headersTimeout: durationMs(headersTimeout),
      requestTimeout: durationMs(requestTimeout),
      keepAliveTimeout: durationMs(keepAliveTimeout),
      // How often the two limits above are looked at; the runtime's default of 30 s would stretch them.
      connectionsCheckingInterval: Math.max(50, Math.min(5_000, durationMs(headersTimeout) / 4)),
    }
    const server =
      tls === undefined ? createServer(limits) : createTlsServer({ ...limits, ...(await loadListenerTls(tls)) })
    server.maxConnections = connectionsMax
    server.on('connection', (socket: Socket) => {
      this.#connections++
      socket.on('close', () => this.#connections--)
    })
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      void this.#onRequest(request, response)
    })
    server.prependListener('tlsClientError', (_error: Error, socket: Socket) => this.#handshakesFailed.add(socket))
    server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => this.#onClientError(error, socket))
    server.on('drop', peer => {
      const text = `more than ${connectionsMax} connections (connectionsMax)`
      this.#refuse('http-connections-exceeded', text, `${peer?.remoteAddress}:${peer?.remotePort}`)
    })
    return server
  }

  /** Never rejects: every way out answers, or finds the sender gone. */
  async #onRequest(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const peer = peerOf(request.socket)
    response.on('error', () => this.#monitor.count('responseFailed'))
    // A connection that is kept open for its next request would hold up the shutdown.
    response.on('finish', () => {
      if (this.#closing !== undefined) setImmediate(() => this.#server?.closeIdleConnections())
    })
    try {
      const refusal = this.#refusalOf(request)
      if (refusal === undefined) await this.#take(request, response, peer)
      else {
        this.#refuse(refusal.code, refusal.text, peer)
        this.#answerRefusal(request, response, refusal)
      }
    } catch (thrown) {
      this.#answerError(response, toSambandError(thrown))
    }
  }

  #refusalOf(request: IncomingMessage): HttpRefusal | undefined {
    if (!this.#authenticate(request)) return refusals.unauthenticated
    if ((request.url ?? '').split('?', 1)[0] !== this.#config.path) return refusals.path
    if (request.method !== 'POST') return refusals.method
    const encoding = request.headers['content-encoding']
    if (encoding !== undefined && encoding !== 'identity') return refusals.encoding
    return this.#awaiting >= this.#config.awaitingMax ? refusals.busy : undefined
  }

  async #take(request: IncomingMessage, response: ServerResponse, peer: string): Promise<void> {
    const { submitStream } = this.#intake
    if (submitStream !== undefined && isStreamed(request))
      return await this.#stream(request, response, peer, submitStream)
    const body = await readBody(request, this.#config.bodyBytesMax)
    if (body.kind === 'aborted') {
      this.#refuse('http-body-incomplete', 'the request ended before its body was complete', peer)
      return
    }
    if (body.kind === 'too-large') {
      this.#refuse(refusals.tooLarge.code, refusals.tooLarge.text, peer)
      this.#answerRefusal(request, response, refusals.tooLarge)
      return
    }
    if (body.bytes.length === 0) {
      this.#refuse(refusals.empty.code, refusals.empty.text, peer)
      this.#answerRefusal(request, response, refusals.empty)
      return
    }
    this.#awaiting++
    try {
      await this.#store(request, response, { bytes: body.bytes, peer, attributes: this.#attributesOf(request) })
    } finally {
      this.#awaiting--
    }
  }

  /** Never whole in memory; the route has no parser. */
  async #stream(
    request: IncomingMessage,
    response: ServerResponse,
    peer: string,
    submitStream: NonNullable<Intake['submitStream']>,
  ): Promise<void> {
    const stream = boundedBody(request, this.#config.streamedBytesMax)
    this.#awaiting++
    try {
      const { messageId } = await submitStream({ stream, peer, attributes: this.#attributesOf(request) })
      this.#monitor.count('stored')
      answerJson(response, 202, { messageId })
    } catch (thrown) {
      if (thrown instanceof BodyAborted) {
        this.#refuse('http-body-incomplete', 'the request ended before its body was complete', peer)
        return
      }
      const refusal =
        thrown instanceof BodyTooLarge ? refusals.tooLarge : thrown instanceof BodyEmpty ? refusals.empty : undefined
      if (refusal === undefined) throw thrown
      this.#refuse(refusal.code, refusal.text, peer)
      this.#answerRefusal(request, response, refusal)
    } finally {
      this.#awaiting--
    }
  }

  async #store(request: IncomingMessage, response: ServerResponse, incoming: Incoming): Promise<void> {
    if (!isHl7MediaType(request.headers['content-type'])) {
      const { messageId } = await this.#intake.submit(incoming)
      this.#monitor.count('stored')
      answerJson(response, 202, { messageId })
      return
    }
    const { answer, error } = await this.#takeHl7.submit(incoming)
    if (error === undefined) this.#monitor.count('stored')
    else this.#monitor.trouble(error.code, error.message)
    const status = error === undefined ? 200 : categoryTable[error.category].httpStatus
    if (error?.retry === true) response.setHeader('retry-after', this.#retryAfterSeconds)
    if (answer === undefined) response.writeHead(error === undefined ? 202 : status, { 'content-length': 0 }).end()
    else response.writeHead(status, { 'content-type': hl7ReplyType, 'content-length': answer.length }).end(answer)
  }

  #attributesOf(request: IncomingMessage): Record<string, string> {
    const attributes: Record<string, string> = { 'http.path': this.#config.path }
    for (const name of this.#recorded) {
      const value = request.headers[name]
      if (typeof value === 'string') attributes[`http.header.${name}`] = value.slice(0, attributeCharactersMax)
    }
    return attributes
  }

  #answerError(response: ServerResponse, error: SambandError): void {
    this.#monitor.trouble(error.code, error.message)
    if (response.headersSent || response.destroyed) {
      response.destroy()
      return
    }
    if (error.retry) response.setHeader('retry-after', this.#retryAfterSeconds)
    const { category, code, message } = error
    answerJson(response, categoryTable[category].httpStatus, { error: { code, category, message } })
  }

  /** The body that was not read would have to be: the connection closes after the answer instead. */
  #answerRefusal(request: IncomingMessage, response: ServerResponse, refusal: HttpRefusal): void {
    response.setHeader('connection', 'close')
    if (refusal.status === 401 && this.#config.auth.kind === 'bearer') response.setHeader('www-authenticate', 'Bearer')
    if (refusal.status === 405) response.setHeader('allow', 'POST')
    if (refusal.status === 503) response.setHeader('retry-after', this.#retryAfterSeconds)
    answerJson(response, refusal.status, { error: { code: refusal.code, message: refusal.text } })
    request.resume()
  }

  #onClientError(error: NodeJS.ErrnoException, socket: Socket): void {
    const code = error.code ?? 'unknown reason'
    // A server of https reports failed handshakes here too.
    if (this.#handshakesFailed.has(socket)) {
      this.#refuse('http-tls-failed', `no TLS connection could be made (${code})`, peerOf(socket))
      socket.destroy()
      return
    }
    if (code !== 'ECONNRESET')
      this.#refuse('http-request-malformed', `no usable HTTP request (${code})`, peerOf(socket))
    if (!socket.writable) socket.destroy()
    else socket.end(`HTTP/1.1 ${clientErrorStatus(code)}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`)
  }

  #refuse(code: string, text: string, peer: string): void {
    this.#monitor.trouble(code, text)
    this.#intake.refuse({ code, text, peer })
  }
}

type HttpRefusal = { readonly status: number; readonly code: string; readonly text: string }

const refusals = {
  unauthenticated: { status: 401, code: 'http-unauthenticated', text: 'no valid credentials came with the request' },
  path: { status: 404, code: 'http-path-unknown', text: 'messages are taken on another path' },
  method: { status: 405, code: 'http-method-not-allowed', text: 'messages are taken by POST' },
  encoding: { status: 415, code: 'http-encoding-unsupported', text: 'compressed bodies are not taken' },
  tooLarge: { status: 413, code: 'http-body-too-large', text: 'the body is larger than bodyBytesMax' },
  empty: { status: 400, code: 'http-body-empty', text: 'the body is empty' },
  busy: { status: 503, code: 'http-awaiting-exceeded', text: 'too many messages await their commit (awaitingMax)' },
} as const satisfies Record<string, HttpRefusal>

function clientErrorStatus(code: string): string {
  if (code === 'HPE_HEADER_OVERFLOW') return '431 Request Header Fields Too Large'
  return code === 'ERR_HTTP_REQUEST_TIMEOUT' ? '408 Request Timeout' : '400 Bad Request'
}

function answerJson(response: ServerResponse, status: number, value: unknown): void {
  const body = JSON.stringify(value)
  response
    .writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) })
    .end(body)
}

function peerOf(socket: Socket): string {
  return `${socket.remoteAddress ?? 'unknown'}:${socket.remotePort ?? 0}`
}

/** From here on a body is streamed where the route can do with that, and also where nobody says how long it will be. */
const streamFromBytes = 1024 * 1024

function isStreamed({ headers }: IncomingMessage): boolean {
  if (isHl7MediaType(headers['content-type'])) return false
  const declared = headers['content-length']
  return declared === undefined ? headers['transfer-encoding'] !== undefined : Number(declared) > streamFromBytes
}
