import { connect, type Socket } from 'node:net'
import { FrameReader, field, frame } from './wire.ts'

export type SenderHooks = {
  /** The next message of this connection; undefined: no more. */
  readonly next: () => { readonly controlId: string; readonly text: string } | undefined
  readonly sent: (controlId: string) => void
  readonly acknowledged: (controlId: string, code: string) => void
}

const reconnectMs = 50

/**
 * A sending system as most are: one message at a time, the next one after the answer, the same one again after anything
 * but an AA.
 */
export class Sender {
  readonly #port: number
  readonly #hooks: SenderHooks
  #socket: Socket | undefined
  #current: { readonly controlId: string; readonly text: string } | undefined
  #stopped = false
  #ended: (() => void) | undefined
  readonly done: Promise<void>

  constructor(port: number, hooks: SenderHooks) {
    this.#port = port
    this.#hooks = hooks
    this.done = new Promise(resolve => {
      this.#ended = resolve
    })
    this.#connect()
  }

  stop(): void {
    this.#stopped = true
    if (this.#current === undefined) this.#end()
  }

  #connect(): void {
    const reader = new FrameReader()
    const socket = connect({ host: '127.0.0.1', port: this.#port, noDelay: true })
    this.#socket = socket
    socket.on('connect', () => this.#write())
    socket.on('data', chunk => {
      for (const answer of reader.push(chunk)) this.#answered(field(answer, 'MSA', 1), field(answer, 'MSA', 2))
    })
    socket.on('error', () => socket.destroy())
    socket.on('close', () => {
      if (this.#socket === socket && this.#ended !== undefined) setTimeout(() => this.#connect(), reconnectMs)
    })
  }

  #write(): void {
    if (this.#current === undefined) {
      this.#current = this.#stopped ? undefined : this.#hooks.next()
      if (this.#current === undefined) return this.#end()
      this.#hooks.sent(this.#current.controlId)
    }
    this.#socket?.write(frame(this.#current.text))
  }

  #answered(code: string, controlId: string): void {
    if (controlId !== this.#current?.controlId) return
    this.#hooks.acknowledged(controlId, code)
    if (code === 'AA') {
      this.#current = undefined
      this.#write()
    } else setTimeout(() => this.#write(), reconnectMs)
  }

  #end(): void {
    const ended = this.#ended
    this.#ended = undefined
    this.#socket?.destroy()
    ended?.()
  }
}
