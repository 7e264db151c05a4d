import { connect as connectNet, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { parsePeerAddress } from './peer-address.ts'
import { PeerChannel } from './peer-channel.ts'
import { errorFromHeader, peerBusy, peerFrameTooLarge, peerLost, peerTimeout, peerUnreachable } from './peer-errors.ts'
import { type Frame, frameKinds, headerBytesMax, preface } from './peer-frame.ts'
import { defaultPeerLimits, type PeerLimits } from './peer-limits.ts'
import { clientTls } from './peer-tls.ts'

export type PeerReply = {
  readonly header: unknown
  readonly body: Buffer
}

/** The other processes, as this one calls them: one connection each, made when it is first needed. */
export type Peers = {
  /**
   * Rejects with what the handler threw, or with SambandError, category `unavailable`:
   *
   * - `peer-unreachable`: there was no connection, so nothing was done. Safe to try again, anywhere.
   * - `peer-lost`, `peer-timeout`: it may have been done, or may still be: the caller has to find out, or to repeat only what can be
   *   repeated.
   *
   * `peer-stopping` (unavailable), `peer-calls-max` (busy), `peer-frame-too-large` and `peer-address-invalid` (incorrect) mean that
   * nothing was done. A body of more than 32 kB must not be changed before the answer.
   */
  readonly call: (
    address: string,
    method: number,
    header: unknown,
    body: Uint8Array | undefined,
    options: { readonly timeoutMs: number },
  ) => Promise<PeerReply>
  /** Calls under way are rejected as lost. */
  readonly close: () => void
}

export type PeersOptions = {
  /** As `PeerServerOptions.secret`. */
  readonly secret: Buffer
  readonly limits?: Partial<PeerLimits>
}

export function createPeers(options: PeersOptions): Peers {
  return new OpenPeers(options)
}

type Pending = {
  readonly resolve: (reply: PeerReply) => void
  readonly reject: (error: Error) => void
  readonly sentAt: number
  readonly timeoutMs: number
}

class OpenPeers implements Peers {
  readonly #secret: Buffer
  readonly #limits: PeerLimits
  readonly #connections = new Map<string, PeerConnection>()
  #sweeper: NodeJS.Timeout | undefined
  #closed = false

  constructor({ secret, limits }: PeersOptions) {
    this.#secret = secret
    this.#limits = { ...defaultPeerLimits, ...limits }
  }

  call: Peers['call'] = (address, method, header, body, { timeoutMs }) =>
    new Promise((resolve, reject) => {
      if (this.#closed) return reject(peerUnreachable(address, undefined))
      let connection = this.#connections.get(address)
      if (connection === undefined) {
        connection = new PeerConnection(address, this.#open(address), this.#limits, gone => {
          if (this.#connections.get(address) === gone) this.#connections.delete(address)
        })
        this.#connections.set(address, connection)
      }
      connection.call(method, header, body, { resolve, reject, sentAt: performance.now(), timeoutMs })
      this.#sweeper ??= setInterval(() => this.#sweep(), this.#limits.sweepEveryMs)
    })

  close(): void {
    this.#closed = true
    clearInterval(this.#sweeper)
    for (const connection of this.#connections.values()) connection.close()
  }

  #open(address: string): Socket {
    const target = parsePeerAddress(address)
    if (target.kind === 'unix') return connectNet(target.path)
    return connectTls({ ...clientTls(this.#secret), host: target.host, port: target.port })
  }

  #sweep(): void {
    const now = performance.now()
    let waiting = 0
    for (const connection of this.#connections.values()) waiting += connection.sweep(now)
    if (waiting > 0) return
    clearInterval(this.#sweeper)
    this.#sweeper = undefined
  }
}

/** *Connecting* (calls wait in the channel) -> *open* -> *gone*: the next call makes another. */
class PeerConnection {
  readonly #address: string
  readonly #limits: PeerLimits
  readonly #channel: PeerChannel
  readonly #pending = new Map<number, Pending>()
  readonly #openedAt = performance.now()
  #connected = false
  #heardAt = 0
  #lastCall = 0

  constructor(address: string, socket: Socket, limits: PeerLimits, onGone: (connection: PeerConnection) => void) {
    this.#address = address
    this.#limits = limits
    socket.setNoDelay(true)
    // With TLS 'connect' comes before the secret has been proven.
    socket.once('encrypted' in socket ? 'secureConnect' : 'connect', () => {
      this.#connected = true
    })
    socket.write(preface)
    this.#channel = new PeerChannel(
      socket,
      { frameBytesMax: limits.peerFrameBytesMax, expectPreface: false },
      {
        onFrame: frame => this.#answered(frame),
        onClose: reason => {
          onGone(this)
          const error = this.#connected ? peerLost(address, reason) : peerUnreachable(address, reason)
          for (const { reject } of this.#pending.values()) reject(error)
          this.#pending.clear()
        },
      },
    )
  }

  call(method: number, header: unknown, body: Uint8Array | undefined, pending: Pending): void {
    const { callsMax, unwrittenBytesMax, peerFrameBytesMax } = this.#limits
    if (this.#pending.size >= callsMax || this.#channel.unwrittenBytes > unwrittenBytesMax) {
      return pending.reject(peerBusy('peer-calls-max', `too much waits for the process at ${this.#address}`))
    }
    if ((body?.length ?? 0) > peerFrameBytesMax - headerBytesMax) {
      return pending.reject(peerFrameTooLarge(peerFrameBytesMax))
    }
    do this.#lastCall = (this.#lastCall + 1) >>> 0
    while (this.#pending.has(this.#lastCall))
    this.#pending.set(this.#lastCall, pending)
    this.#channel.send(this.#lastCall, frameKinds.request, method, header, body)
  }

  /** Rejects what has waited too long. Answers how many still wait. */
  sweep(now: number): number {
    if (!this.#connected && now - this.#openedAt > this.#limits.connectTimeoutMs) this.#channel.destroy()
    let silent = false
    for (const [call, pending] of this.#pending) {
      if (now - pending.sentAt < pending.timeoutMs) continue
      this.#pending.delete(call)
      pending.reject(peerTimeout(this.#address, pending.timeoutMs))
      silent ||= this.#heardAt < pending.sentAt
    }
    // Nothing at all came since that call was sent: a line that is broken without a word. The next call tries a new one.
    if (silent) this.#channel.destroy()
    return this.#pending.size
  }

  close(): void {
    this.#channel.destroy()
  }

  #answered({ call, kind, header, body }: Frame): void {
    this.#heardAt = performance.now()
    const pending = this.#pending.get(call)
    // Too late: its caller has been told so.
    if (pending === undefined) return
    this.#pending.delete(call)
    if (kind === frameKinds.answer) pending.resolve({ header, body })
    else pending.reject(errorFromHeader(header))
  }
}
