import type { ConnectionOptions } from 'node:tls'
import type { EndpointState } from '@samband/engine'
import { SambandError } from '@samband/errors'
import { encodeMllpFrame, quickHeader } from '@samband/hl7v2'
import { EndpointMonitor } from '../endpoint-monitor.ts'
import { MllpClientConnection, type MllpClientConnectionOptions, type MllpJob } from './client-connection.ts'
import type { Hl7Reply } from '../hl7/reply.ts'

export type MllpClientOptions = {
  readonly host: string
  readonly port: number
  /** Present: TLS. Any option of `tls.connect` (ca, cert, key, servername ...). */
  readonly tls?: ConnectionOptions | undefined
  /** Connections in parallel, one message under way on each. Default 1. */
  readonly connections?: number
  /** What ends a delivery in enhanced mode: the commit (CA, default) or the application's answer that follows it. */
  readonly acceptedBy?: 'commit' | 'application'
  readonly ackTimeoutMs?: number
  readonly connectTimeoutMs?: number
  readonly reconnectBackoffMs?: number
  readonly reconnectMaxMs?: number
  readonly keepAliveMs?: number
  readonly ackBytesMax?: number
  /** Messages that may wait for a free connection; more are refused as `busy`. Default 10,000. */
  readonly queueMax?: number
}

export type MllpClient = {
  /**
   * Sends one message and resolves with the receiver's answer, whatever its code. Rejects with SambandError:
   * `unavailable` when nothing was written, `busy` when it is unknown whether the receiver has it.
   */
  readonly send: (bytes: Uint8Array) => Promise<Hl7Reply>
  readonly state: () => EndpointState
  readonly close: () => Promise<void>
}

const defaults: Omit<MllpClientConnectionOptions, 'host' | 'port' | 'tls'> = {
  acceptedBy: 'commit',
  ackTimeoutMs: 30_000,
  connectTimeoutMs: 5_000,
  reconnectBackoffMs: 100,
  reconnectMaxMs: 2_000,
  keepAliveMs: 60_000,
  ackBytesMax: 1024 * 1024,
}

const sweepMinMs = 5
const sweepMaxMs = 500

/** An MLLP client that connects on demand, keeps its connections open and sends in the order of the calls. */
export function createMllpClient(options: MllpClientOptions): MllpClient {
  return new MllpClientPool(options)
}

class MllpClientPool implements MllpClient {
  readonly #connections: readonly MllpClientConnection[]
  /** Connections without a job; the last one used is taken first, so that few stay warm under little load. */
  readonly #free: MllpClientConnection[]
  readonly #queue: MllpJob[] = []
  readonly #queueMax: number
  readonly #sweepMs: number
  readonly #monitor: EndpointMonitor = new EndpointMonitor()
  #timer: NodeJS.Timeout | undefined
  #closed = false

  constructor(options: MllpClientOptions) {
    const { connections = 1, queueMax = 10_000, ...given } = options
    const settings: MllpClientConnectionOptions = { ...defaults, ...given, tls: options.tls }
    const hooks = {
      onFree: (connection: MllpClientConnection) => this.#onFree(connection),
      onCount: (counter: string) => this.#monitor.count(counter),
      onTrouble: (code: string, text: string) => this.#monitor.trouble(code, text),
    }
    this.#connections = Array.from({ length: connections }, () => new MllpClientConnection(settings, hooks))
    this.#free = [...this.#connections]
    this.#queueMax = queueMax
    const shortest = Math.min(settings.ackTimeoutMs, settings.connectTimeoutMs)
    this.#sweepMs = Math.max(sweepMinMs, Math.min(sweepMaxMs, shortest / 10))
  }

  readonly send = (bytes: Uint8Array): Promise<Hl7Reply> => {
    if (this.#closed) return Promise.reject(closedError())
    if (this.#queue.length >= this.#queueMax) return Promise.reject(queueFullError(this.#queueMax))
    const controlId = quickHeader(bytes)?.controlId
    const frame = frameOf(bytes)
    if (frame === undefined) return Promise.reject(unframeableError())
    // One timer for all limits of all connections: none is armed per message.
    this.#timer ??= setInterval(() => this.#sweep(), this.#sweepMs).unref()
    return new Promise((resolve, reject) => {
      const job: MllpJob = { frame, controlId: controlId === '' ? undefined : controlId, resolve, reject }
      const connection = this.#free.pop()
      if (connection === undefined) this.#queue.push(job)
      else connection.run(job)
    })
  }

  readonly state = (): EndpointState => {
    let open = 0
    let connecting = 0
    for (const connection of this.#connections) {
      if (connection.state === 'open') open++
      else if (connection.state !== 'closed') connecting++
    }
    return this.#monitor.state(this.#status(open, connecting), open)
  }

  readonly close = async (): Promise<void> => {
    this.#closed = true
    clearInterval(this.#timer)
    for (const job of this.#queue.splice(0)) job.reject(closedError())
    await Promise.all(this.#connections.map(connection => connection.close()))
  }

  #status(open: number, connecting: number): EndpointState['status'] {
    if (open > 0) return 'up'
    if (connecting > 0) return 'connecting'
    return this.#connections.some(connection => connection.failing) ? 'down' : 'idle'
  }

  #onFree(connection: MllpClientConnection): void {
    const next = this.#queue.shift()
    if (next === undefined) this.#free.push(connection)
    else connection.run(next)
  }

  #sweep(): void {
    const now = performance.now()
    for (const connection of this.#connections) connection.sweep(now)
  }
}

function frameOf(bytes: Uint8Array): Uint8Array | undefined {
  try {
    return encodeMllpFrame(bytes)
  } catch {
    return undefined
  }
}

function unframeableError(): SambandError {
  return new SambandError({
    code: 'mllp-message-unframeable',
    category: 'incorrect',
    message: 'the message holds the bytes that end an MLLP frame (FS CR) and cannot be sent',
  })
}

function closedError(): SambandError {
  return new SambandError({ code: 'mllp-client-closed', category: 'unavailable', message: 'the MLLP client is closed' })
}

function queueFullError(queueMax: number): SambandError {
  return new SambandError({
    code: 'mllp-queue-full',
    category: 'busy',
    message: `${queueMax} messages already wait for a connection (queueMax)`,
  })
}
