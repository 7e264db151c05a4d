import { connect as connectTcp, type Socket } from 'node:net'
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls'
import { SambandError } from '@samband/errors'
import { createMllpDecoder, type MllpDecoder } from '@samband/hl7v2'
import { boundaryOf } from './frame-boundary.ts'
import { type Hl7Reply, readReply } from '../hl7/reply.ts'

/** One message on its way: written once, answered or failed once. */
export type MllpJob = {
  /** The message in its frame, so that it is one write. */
  readonly frame: Uint8Array
  /** MSH-10; undefined where the message has none, and then MSA-2 cannot be checked. */
  readonly controlId: string | undefined
  readonly resolve: (reply: Hl7Reply) => void
  readonly reject: (error: SambandError) => void
}

export type MllpClientConnectionOptions = {
  readonly host: string
  readonly port: number
  readonly tls: ConnectionOptions | undefined
  readonly acceptedBy: 'commit' | 'application'
  readonly ackTimeoutMs: number
  readonly connectTimeoutMs: number
  readonly reconnectBackoffMs: number
  readonly reconnectMaxMs: number
  readonly keepAliveMs: number
  readonly ackBytesMax: number
}

export type MllpClientHooks = {
  /** The connection can take the next job. */
  readonly onFree: (connection: MllpClientConnection) => void
  readonly onCount: (counter: string) => void
  readonly onTrouble: (code: string, text: string) => void
}

type State = 'closed' | 'waiting' | 'connecting' | 'open'

/**
 * One connection to a receiver, with at most one message under way.
 *
 * closed → waiting (a job came; after failures a backoff passes first) → connecting → open. Open, a job's frame is
 * written at once and its answer ends the job. Whatever leaves doubt which message an answer belongs to — a timeout,
 * another MSA-2, bytes that no message asked for, an unreadable answer — closes the socket: open → closed. The next job
 * connects again, so that a late answer can never be taken for that of another message.
 */
export class MllpClientConnection {
  readonly #options: MllpClientConnectionOptions
  readonly #hooks: MllpClientHooks
  #state: State = 'closed'
  #socket: Socket | undefined
  #decoder: MllpDecoder | undefined
  #job: MllpJob | undefined
  #written = false
  #deadline = Number.POSITIVE_INFINITY
  #failures = 0
  #backoffTimer: NodeJS.Timeout | undefined
  #onClosed: (() => void) | undefined

  constructor(options: MllpClientConnectionOptions, hooks: MllpClientHooks) {
    this.#options = options
    this.#hooks = hooks
  }

  get state(): State {
    return this.#state
  }

  /** Whether the last attempt to connect failed. */
  get failing(): boolean {
    return this.#failures > 0
  }

  /** Takes a job; only when free. */
  run(job: MllpJob): void {
    this.#job = job
    this.#written = false
    if (this.#state === 'open') this.#write(job)
    else this.#connectAfterBackoff()
  }

  /** Enforces the time limits; called by the client's one timer. */
  sweep(now: number): void {
    if (now < this.#deadline) return
    if (this.#state === 'connecting') {
      this.#connectFailed(`no connection within ${this.#options.connectTimeoutMs} ms`)
    } else {
      this.#fail('mllp-ack-timeout', `no acknowledgement within ${this.#options.ackTimeoutMs} ms`)
    }
  }

  /** Fails what is under way and closes the socket. */
  close(): Promise<void> {
    clearTimeout(this.#backoffTimer)
    const socket = this.#socket
    this.#failJob(this.#lost('mllp-client-closed', 'the connection was closed on our side'))
    this.#forgetSocket()
    if (socket === undefined || socket.closed) return Promise.resolve()
    return new Promise(resolve => {
      this.#onClosed = resolve
      socket.once('close', () => this.#onClosed?.())
      socket.destroy()
    })
  }

  #connectAfterBackoff(): void {
    this.#state = 'waiting'
    if (this.#failures === 0) {
      this.#connect()
      return
    }
    const { reconnectBackoffMs, reconnectMaxMs } = this.#options
    const exponential = Math.min(reconnectMaxMs, reconnectBackoffMs * 2 ** Math.min(this.#failures - 1, 20))
    // Half of it is random, so that the connections of a pool do not all come back in the same instant.
    this.#backoffTimer = setTimeout(() => this.#connect(), exponential / 2 + (Math.random() * exponential) / 2)
  }

  #connect(): void {
    const { host, port, tls, connectTimeoutMs, keepAliveMs, ackBytesMax } = this.#options
    this.#state = 'connecting'
    this.#deadline = performance.now() + connectTimeoutMs
    const base = { host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: keepAliveMs }
    const socket = tls === undefined ? connectTcp(base) : connectTls({ ...base, ...tls })
    this.#socket = socket
    this.#decoder = createMllpDecoder({ frameBytesMax: ackBytesMax })
    socket.once(tls === undefined ? 'connect' : 'secureConnect', () => this.#onConnect(socket))
    socket.on('data', chunk => this.#onData(socket, chunk))
    socket.on('end', () => this.#onLost(socket, undefined))
    socket.on('error', error => this.#onLost(socket, error))
    socket.on('close', () => this.#onLost(socket, undefined))
  }

  #onConnect(socket: Socket | TLSSocket): void {
    if (socket !== this.#socket) return
    this.#state = 'open'
    this.#failures = 0
    this.#deadline = Number.POSITIVE_INFINITY
    this.#hooks.onCount('connected')
    if (this.#job !== undefined) this.#write(this.#job)
  }

  #write(job: MllpJob): void {
    this.#written = true
    this.#deadline = performance.now() + this.#options.ackTimeoutMs
    this.#hooks.onCount('sent')
    this.#socket?.write(job.frame)
  }

  #onData(socket: Socket, chunk: Buffer): void {
    const decoder = this.#decoder
    if (socket !== this.#socket || decoder === undefined) return
    const events = decoder.push(chunk)
    const openEnd = decoder.inFrame || boundaryOf(chunk) === 'other'
    for (const [index, event] of events.entries()) {
      if (event.kind === 'frame') this.#onFrame(event.bytes, openEnd || index < events.length - 1)
      else this.#onGarbage()
      if (socket !== this.#socket) return
    }
    // Bytes outside of a frame, or of a frame that nobody asked for.
    if (openEnd && (!decoder.inFrame || this.#job === undefined)) this.#onGarbage()
  }

  /** `more`: other bytes came behind this frame, so that the next answer could not be told from them. */
  #onFrame(bytes: Uint8Array, more: boolean): void {
    const job = this.#job
    if (job === undefined) {
      this.#closeStray()
      return
    }
    const reply = readReply(bytes)
    if (reply === undefined) {
      this.#onGarbage()
    } else if (job.controlId !== undefined && reply.controlId !== job.controlId) {
      this.#fail('mllp-ack-mismatch', 'the acknowledgement is for another message (MSA-2 is not MSH-10)')
    } else if (reply.code === 'CA' && this.#options.acceptedBy === 'application') {
      this.#deadline = performance.now() + this.#options.ackTimeoutMs
    } else {
      this.#job = undefined
      this.#deadline = Number.POSITIVE_INFINITY
      this.#hooks.onCount('answered')
      if (more) this.#closeStray()
      job.resolve(reply)
      this.#hooks.onFree(this)
    }
  }

  #onGarbage(): void {
    if (this.#job === undefined) this.#closeStray()
    else this.#fail('mllp-ack-unreadable', 'the answer is no HL7 acknowledgement')
  }

  /** Bytes that no message under way asked for: whose answer they are is unknown, so the socket goes. */
  #closeStray(): void {
    this.#hooks.onTrouble('mllp-stray-bytes', 'the receiver sent bytes that answer no message; the socket was closed')
    this.#forgetSocket()
  }

  #onLost(socket: Socket, error: Error | undefined): void {
    if (socket !== this.#socket) return
    const reason = error !== undefined && 'code' in error ? String(error.code) : 'closed by the receiver'
    if (this.#state === 'connecting') {
      this.#connectFailed(reason)
      return
    }
    if (this.#job === undefined) {
      this.#hooks.onCount('closedByPeer')
      this.#forgetSocket()
      return
    }
    this.#fail('mllp-connection-lost', `the connection was lost before the acknowledgement came (${reason})`)
  }

  #connectFailed(reason: string): void {
    this.#failures++
    this.#fail('mllp-not-connected', `no connection to ${this.#options.host}:${this.#options.port} (${reason})`)
  }

  #fail(code: string, text: string): void {
    this.#hooks.onTrouble(code, text)
    const error = this.#lost(code, text)
    this.#forgetSocket()
    this.#failJob(error)
  }

  /** Nothing written: not reached. Written without an answer: the receiver may have it, so the attempt counts. */
  #lost(code: string, message: string): SambandError {
    return new SambandError({ code, category: this.#written ? 'busy' : 'unavailable', message })
  }

  #failJob(error: SambandError): void {
    const job = this.#job
    if (job === undefined) return
    this.#job = undefined
    job.reject(error)
    this.#hooks.onFree(this)
  }

  #forgetSocket(): void {
    const socket = this.#socket
    this.#socket = undefined
    this.#decoder = undefined
    this.#state = 'closed'
    this.#deadline = Number.POSITIVE_INFINITY
    socket?.destroy()
  }
}
