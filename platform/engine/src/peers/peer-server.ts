import { chmod, stat, unlink } from 'node:fs/promises'
import { connect, createServer as createNetServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { isMainThread } from 'node:worker_threads'
import { SambandError, toSambandError } from '@samband/errors'
import { formatPeerAddress, type PeerAddress, parsePeerAddress } from './peer-address.ts'
import { PeerChannel } from './peer-channel.ts'
import { errorHeader, peerBusy } from './peer-errors.ts'
import { type Frame, frameKinds } from './peer-frame.ts'
import { defaultPeerLimits, type PeerLimits } from './peer-limits.ts'
import { serverTls } from './peer-tls.ts'

export type PeerAnswer = {
  /** Anything that JSON can carry. */
  readonly header?: unknown
  readonly body?: Uint8Array
}

/**
 * Answers at once or later; answers may overtake each other. `body` is a window into what was received. What it throws travels to
 * the caller as code, category and message.
 */
export type PeerHandler = (header: unknown, body: Buffer) => PeerAnswer | Promise<PeerAnswer>

export type PeerServer = {
  /** With the port that was chosen when 0 was asked for. */
  readonly address: string
  /** Takes no more calls, lets those under way be answered (within `drainMs`), then closes every connection. */
  readonly close: () => Promise<void>
}

export type PeerServerOptions = {
  /** `unix:/path/to.sock`, for this user only, or `tls://host:port`. */
  readonly listen: string
  /** What the others are told instead, where they do not reach this process by the address that it listens on: `tls://host:port`. */
  readonly advertise?: string
  /** 32 bytes, the same in every process: `masterKey.derive('peers', tenant)`. Not used on a unix socket: the file's mode guards that. */
  readonly secret: Buffer
  /** By the number of the method, 0..65535. */
  readonly handlers: ReadonlyMap<number, PeerHandler>
  readonly limits?: Partial<PeerLimits>
  /** A connection was dropped for what came over it. */
  readonly onRefused?: (error: SambandError) => void
}

/** Throws SambandError 'peer-address-invalid', 'peer-listen-failed'. */
export async function createPeerServer(options: PeerServerOptions): Promise<PeerServer> {
  const server = new RunningPeerServer(options)
  await server.open()
  return server
}

class RunningPeerServer implements PeerServer {
  address = ''
  readonly #options: PeerServerOptions
  readonly #limits: PeerLimits
  readonly #server: Server
  readonly #channels = new Set<PeerChannel>()
  readonly #target: PeerAddress
  readonly #told: TlsAddress | undefined
  #underWay = 0
  #closing = false
  #drained: (() => void) | undefined

  constructor(options: PeerServerOptions) {
    this.#options = options
    this.#limits = { ...defaultPeerLimits, ...options.limits }
    this.#target = parsePeerAddress(options.listen)
    this.#told = toldAddress(options, this.#target)
    const accept = (socket: Socket): void => this.#accept(socket)
    this.#server =
      this.#target.kind === 'unix' ? createNetServer(accept) : createTlsServer(serverTls(options.secret), accept)
    this.#server.maxConnections = this.#limits.connectionsMax
    this.#server.on('tlsClientError', (error, socket) => {
      socket.destroy()
      this.#refused(error)
    })
  }

  async open(): Promise<void> {
    const target = this.#target
    try {
      if (target.kind === 'unix') await listenOnFile(this.#server, target.path)
      else
        await listening(this.#server, () =>
          this.#server.listen({ port: target.port, host: target.host, exclusive: true }),
        )
    } catch (cause) {
      const reason = cause instanceof Error && 'code' in cause ? String(cause.code) : 'failed'
      throw new SambandError({
        code: 'peer-listen-failed',
        category: 'unavailable',
        message: `cannot listen on ${this.#options.listen} for other processes (${reason}): choose another address`,
        cause,
      })
    }
    const bound = this.#server.address()
    const port = typeof bound === 'object' && bound !== null ? bound.port : 0
    this.address = formatPeerAddress(
      target.kind === 'tls' ? { ...(this.#told ?? target), port: this.#told?.port || port } : target,
    )
  }

  async close(): Promise<void> {
    this.#closing = true
    const closed = new Promise<void>(resolve => this.#server.close(() => resolve()))
    let timer: NodeJS.Timeout | undefined
    if (this.#underWay > 0) {
      await new Promise<void>(resolve => {
        this.#drained = resolve
        timer = setTimeout(resolve, this.#limits.drainMs)
      })
    }
    clearTimeout(timer)
    for (const channel of this.#channels) channel.end()
    // Who does not close its side in turn is cut off.
    timer = setTimeout(() => {
      for (const channel of this.#channels) channel.destroy()
    }, this.#limits.drainMs)
    await closed
    clearTimeout(timer)
  }

  #accept(socket: Socket): void {
    socket.setNoDelay(true)
    let calls = 0
    let paused = false
    const channel = new PeerChannel(
      socket,
      { frameBytesMax: this.#limits.peerFrameBytesMax, expectPreface: true },
      {
        onFrame: frame => {
          calls += 1
          this.#underWay += 1
          this.#handle(channel, frame, calls > this.#limits.callsMax, () => {
            calls -= 1
            this.#underWay -= 1
            if (this.#underWay === 0) this.#drained?.()
            if (paused || channel.unwrittenBytes <= this.#limits.unwrittenBytesMax) return
            // It does not read its answers: no more of its calls are read.
            paused = true
            channel.pause()
          })
        },
        onDrain: () => {
          if (!paused) return
          paused = false
          channel.resume()
        },
        onClose: reason => {
          this.#channels.delete(channel)
          if (reason instanceof SambandError) this.#refused(reason)
        },
      },
    )
    this.#channels.add(channel)
  }

  #handle(channel: PeerChannel, frame: Frame, tooMany: boolean, done: () => void): void {
    const { call, kind, method } = frame
    const fail = (thrown: unknown): void => {
      channel.send(call, frameKinds.error, method, errorHeader(toSambandError(thrown)), undefined)
      done()
    }
    const succeed = ({ header, body }: PeerAnswer): void => {
      channel.send(call, frameKinds.answer, method, header, body)
      done()
    }
    if (kind !== frameKinds.request) {
      done()
      return channel.destroy(new SambandError({ code: 'peer-protocol', category: 'incorrect', message: 'no request' }))
    }
    if (tooMany) return fail(peerBusy('peer-calls-max', 'too many calls of one process are under way'))
    if (this.#closing) return fail(stopping())
    const handler = this.#options.handlers.get(method)
    if (handler === undefined) return fail(unknownMethod(method))
    try {
      const answer = handler(frame.header, frame.body)
      if (answer instanceof Promise) answer.then(succeed, fail)
      else succeed(answer)
    } catch (thrown) {
      fail(thrown)
    }
  }

  #refused(error: Error): void {
    this.#options.onRefused?.(toSambandError(error, 'peer-handshake-failed'))
  }
}

function stopping(): SambandError {
  return new SambandError({ code: 'peer-stopping', category: 'unavailable', message: 'the process is stopping' })
}

function unknownMethod(method: number): SambandError {
  return new SambandError({
    code: 'peer-method-unknown',
    category: 'unsupported',
    message: `the other process does not know method ${method}: run the same version of Samband everywhere`,
  })
}

type TlsAddress = Extract<PeerAddress, { kind: 'tls' }>

/** An address for every network card is none that another machine could call. */
const everyCard: ReadonlySet<string> = new Set(['0.0.0.0', '::'])

function toldAddress({ advertise }: Pick<PeerServerOptions, 'advertise'>, target: PeerAddress): TlsAddress | undefined {
  const told = advertise === undefined ? undefined : parsePeerAddress(advertise)
  const reachable = told ?? target
  if (told?.kind === 'unix' || (told !== undefined && target.kind === 'unix')) {
    throw invalid(
      '"advertise" is for processes on several machines: leave it out with unix:, or listen on tls://host:port',
    )
  }
  if (reachable.kind === 'tls' && everyCard.has(reachable.host)) {
    throw invalid(
      `the other processes cannot call ${reachable.host}: set "advertise" to this machine's own address, as tls://10.0.0.5:7610`,
    )
  }
  return told
}

function invalid(message: string): SambandError {
  return new SambandError({ code: 'peer-address-invalid', category: 'incorrect', message })
}

function listening(server: Server, listen: () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.once('listening', () => {
      server.off('error', reject)
      resolve()
    })
    listen()
  })
}

/** A file that a process which was killed left behind is replaced; one that somebody listens on is not. */
async function listenOnFile(server: Server, path: string): Promise<void> {
  try {
    await listenPrivately(server, path)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) throw error
    if (!(await stat(path)).isSocket() || (await answers(path))) throw error
    await unlink(path)
    await listenPrivately(server, path)
  }
  await chmod(path, 0o600)
}

/**
 * `exclusive`: in a child of node:cluster a server would else be one with those of its siblings, and a call could come to any of them.
 */
async function listenPrivately(server: Server, path: string): Promise<void> {
  // The file is made in this very call, and nobody else may open it, not even for a moment. Only the main thread may say so.
  const former = isMainThread ? process.umask(0o177) : undefined
  try {
    await listening(server, () => server.listen({ path, exclusive: true }))
  } finally {
    if (former !== undefined) process.umask(former)
  }
}

function answers(path: string): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(path)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
