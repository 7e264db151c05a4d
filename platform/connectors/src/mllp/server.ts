import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer, type TlsOptions } from 'node:tls'
import type { EndpointState } from '@samband/engine'
import { EndpointMonitor } from '../endpoint-monitor.ts'
import { listen } from '../listen.ts'
import {
  type MllpAnswer,
  type MllpConnectionLimits,
  type MllpFault,
  type MllpHandler,
  MllpServerConnection,
} from './server-connection.ts'

export type MllpServerLimits = MllpConnectionLimits & {
  readonly connectionsMax: number
  readonly keepAliveMs: number
  readonly closeTimeoutMs: number
}

export const mllpServerLimitsDefault: MllpServerLimits = Object.freeze({
  connectionsMax: 256,
  frameBytesMax: 16 * 1024 * 1024,
  awaitingMax: 64,
  awaitingBytesMax: 1024 * 1024,
  frameTimeoutMs: 60_000,
  idleTimeoutMs: 86_400_000,
  writeTimeoutMs: 30_000,
  keepAliveMs: 60_000,
  closeTimeoutMs: 5_000,
})

export type MllpServerOptions = {
  /** Default 127.0.0.1. */
  readonly host?: string
  /** 0 takes any free port. */
  readonly port: number
  /** Present: TLS. Any option of `tls.createServer` (key, cert, ca, requestCert ...). */
  readonly tls?: TlsOptions | undefined
  readonly limits?: Partial<MllpServerLimits>
  readonly onMessage: MllpHandler
  /** Broken framing and limits reached. What it returns is sent to the peer, where that still listens. */
  readonly onFault?: (fault: MllpFault) => MllpAnswer
}

export type MllpServer = {
  readonly host: string
  readonly port: number
  readonly state: () => EndpointState
  /** Accepts no more, lets what was taken be answered, closes; after closeTimeoutMs what is left is cut off. */
  readonly close: () => Promise<void>
}

const sweepMinMs = 5
const sweepMaxMs = 1_000

/** Listens for MLLP. Throws SambandError when it cannot ('port taken'). */
export async function createMllpServer(options: MllpServerOptions): Promise<MllpServer> {
  const listener = new MllpListener(options)
  await listener.open()
  return listener
}

class MllpListener implements MllpServer {
  readonly host: string
  port: number
  readonly #server: Server
  readonly #limits: MllpServerLimits
  readonly #options: MllpServerOptions
  readonly #connections: Set<MllpServerConnection> = new Set()
  /** Every accepted socket, with those still in their TLS handshake. */
  readonly #sockets: Set<Socket> = new Set()
  readonly #monitor: EndpointMonitor = new EndpointMonitor()
  #sweeper: NodeJS.Timeout | undefined
  #closing: Promise<void> | undefined

  constructor(options: MllpServerOptions) {
    this.#options = options
    this.host = options.host ?? '127.0.0.1'
    this.port = options.port
    this.#limits = { ...mllpServerLimitsDefault, ...options.limits }
    this.#server = this.#createServer()
    this.#server.maxConnections = this.#limits.connectionsMax
    this.#server.on('drop', peer => {
      const text = `more than ${this.#limits.connectionsMax} connections (connectionsMax)`
      this.#onFault({ code: 'mllp-connections-exceeded', text, peer: `${peer?.remoteAddress}:${peer?.remotePort}` })
    })
  }

  async open(): Promise<void> {
    await listen(this.#server, this.host, this.port)
    // A TCP server's address is an object; only pipes have a string.
    this.port = (this.#server.address() as AddressInfo).port
    const { frameTimeoutMs, idleTimeoutMs, writeTimeoutMs } = this.#limits
    const shortest = Math.min(frameTimeoutMs, idleTimeoutMs, writeTimeoutMs)
    this.#sweeper = setInterval(() => this.#sweep(), Math.max(sweepMinMs, Math.min(sweepMaxMs, shortest / 4))).unref()
  }

  readonly state = (): EndpointState => {
    let received = 0
    let answered = 0
    for (const connection of this.#connections) {
      received += connection.framesReceived
      answered += connection.answersSent
    }
    const state = this.#monitor.state(this.#closing === undefined ? 'up' : 'down', this.#connections.size)
    const { received: receivedBefore = 0, answered: answeredBefore = 0 } = state.counters
    const counters = { ...state.counters, received: receivedBefore + received, answered: answeredBefore + answered }
    return { ...state, counters }
  }

  readonly close = (): Promise<void> => {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    const closed = new Promise<void>(resolve => this.#server.close(() => resolve()))
    for (const connection of this.#connections) connection.drain()
    const cutOff = setTimeout(() => {
      for (const socket of this.#sockets) socket.destroy()
    }, this.#limits.closeTimeoutMs)
    await closed
    clearTimeout(cutOff)
    clearInterval(this.#sweeper)
  }

  #createServer(): Server {
    const { tls } = this.#options
    const { keepAliveMs, frameTimeoutMs } = this.#limits
    const tcp = { noDelay: true, keepAlive: true, keepAliveInitialDelay: keepAliveMs }
    if (tls === undefined) {
      const server = createTcpServer(tcp)
      server.on('connection', socket => {
        this.#track(socket)
        this.#onConnection(socket)
      })
      return server
    }
    const server = createTlsServer({ handshakeTimeout: frameTimeoutMs, ...tcp, ...tls })
    server.on('connection', (socket: Socket) => this.#track(socket))
    server.on('secureConnection', socket => this.#onConnection(socket))
    server.on('tlsClientError', (error, socket) => {
      const code = 'code' in error ? String(error.code) : 'handshake failed'
      const peer = `${socket.remoteAddress ?? 'unknown'}:${socket.remotePort ?? 0}`
      this.#onFault({ code: 'mllp-tls-failed', text: `no TLS connection could be made (${code})`, peer })
      socket.destroy()
    })
    return server
  }

  #track(socket: Socket): void {
    this.#sockets.add(socket)
    socket.on('close', () => this.#sockets.delete(socket))
  }

  #onConnection(socket: Socket): void {
    // A sender may end its side at once after its last message and still wait for the answer. Under TLS this must not hold
    // before: who leaves during the handshake would leave the socket open.
    socket.allowHalfOpen = true
    this.#monitor.count('connections')
    const connection = new MllpServerConnection(socket, this.#limits, {
      onMessage: this.#options.onMessage,
      onFault: fault => this.#onFault(fault),
      onClose: closed => this.#onClose(closed),
    })
    this.#connections.add(connection)
    if (this.#closing !== undefined) connection.drain()
  }

  #onClose(connection: MllpServerConnection): void {
    this.#connections.delete(connection)
    this.#monitor.count('received', connection.framesReceived)
    this.#monitor.count('answered', connection.answersSent)
  }

  #onFault(fault: MllpFault): MllpAnswer {
    this.#monitor.trouble(fault.code, fault.text)
    return this.#options.onFault?.(fault)
  }

  #sweep(): void {
    const now = performance.now()
    for (const connection of this.#connections) connection.sweep(now)
  }
}
