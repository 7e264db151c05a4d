import { connect, type Socket } from 'node:net'
import { connectionAtId, indexAtId } from './control-id.ts'
import { MessageFrames } from './messages.ts'
import { acknowledgedIdOffset, acknowledgementStart, FrameReader, isAccept } from './wire.ts'

export type SenderOptions = {
  /** Where to connect; after a lost connection the next one. */
  readonly ports: readonly number[]
  /** Number of this connection; names its messages and patients. */
  readonly connection: number
  readonly keys: number
  /** Without an answer for so long, the connection is given up and the message sent again. */
  readonly ackTimeoutMs: number
  /** Whether the message with this index may be sent now; when not, `poke` asks again. Default: always. */
  readonly due?: (index: number) => boolean
  readonly sent: (index: number) => void
  readonly answered: (index: number, accepted: boolean) => void
}

const reconnectMs = 50
const readingBytes = 4096

/**
 * A sending system as most are: one message at a time, the next one after the answer, the same one again after anything
 * but an AA.
 */
export class Sender {
  readonly #options: SenderOptions
  readonly #frames: MessageFrames
  readonly #reading: Buffer = Buffer.allocUnsafeSlow(readingBytes)
  #socket: Socket | undefined
  #connected = false
  #attempts = 0
  #index = 0
  /** The message under way has been written at least once. */
  #pending = false
  #deadline = Number.POSITIVE_INFINITY
  #stopped = false
  #ended: (() => void) | undefined
  readonly done: Promise<void>

  constructor(options: SenderOptions) {
    this.#options = options
    this.#frames = new MessageFrames(options.connection, options.keys)
    this.done = new Promise(resolve => {
      this.#ended = resolve
    })
    this.#attempts = options.connection
    this.#connect()
  }

  /** Ends once the message under way has its AA. */
  stop(): void {
    this.#stopped = true
    if (!this.#pending) this.#end()
  }

  /** Ends now, whatever is under way. */
  abort(): void {
    this.#stopped = true
    this.#end()
  }

  /** The next message may have become due. */
  poke(): void {
    if (this.#connected && !this.#pending && !this.#stopped) this.#next()
  }

  /** Enforces the time limit of the answer; called by one timer for all senders. */
  sweep(now: number): void {
    if (now > this.#deadline) this.#socket?.destroy()
  }

  #connect(): void {
    const { ports } = this.#options
    const port = ports[this.#attempts % ports.length] ?? 0
    this.#attempts += 1
    const reader = new FrameReader()
    const onread = {
      buffer: this.#reading,
      callback: (length: number, buffer: Uint8Array): boolean => {
        // It is the buffer given above.
        reader.push((buffer as Buffer).subarray(0, length), this.#onFrame)
        return true
      },
    }
    const socket = connect({ host: '127.0.0.1', port, noDelay: true, onread })
    this.#socket = socket
    socket.on('connect', () => {
      this.#connected = true
      if (this.#pending) this.#write()
      else this.#next()
    })
    socket.on('error', () => socket.destroy())
    socket.on('end', () => socket.destroy())
    socket.on('close', () => {
      this.#connected = false
      this.#deadline = Number.POSITIVE_INFINITY
      if (this.#ended !== undefined) setTimeout(() => this.#ended !== undefined && this.#connect(), reconnectMs)
    })
  }

  #next(): void {
    if (this.#stopped) return this.#end()
    if (this.#options.due?.(this.#index) === false) return
    this.#pending = true
    this.#write()
  }

  #write(): void {
    if (!this.#connected) return
    this.#deadline = performance.now() + this.#options.ackTimeoutMs
    this.#options.sent(this.#index)
    this.#socket?.write(this.#frames.frame(this.#index))
  }

  readonly #onFrame = (bytes: Buffer, start: number, end: number): void => {
    const code = acknowledgementStart(bytes, start, end)
    const id = code + acknowledgedIdOffset
    // The answer to a message that was already repeated on another connection, or that says whose it is not.
    if (code === -1 || connectionAtId(bytes, id) !== this.#options.connection) return
    if (!this.#pending || indexAtId(bytes, id) !== this.#index) return
    this.#deadline = Number.POSITIVE_INFINITY
    const accepted = isAccept(bytes, code)
    this.#options.answered(this.#index, accepted)
    if (!accepted) return void setTimeout(() => this.#write(), reconnectMs)
    this.#pending = false
    this.#index += 1
    this.#next()
  }

  #end(): void {
    const ended = this.#ended
    this.#ended = undefined
    this.#socket?.destroy()
    ended?.()
  }
}
