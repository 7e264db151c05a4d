import { createServer, type Server, type Socket } from 'node:net'
import { connectionAtId, controlIdBytes, indexAtId } from './control-id.ts'
import { controlIdStart, FrameReader } from './wire.ts'

/** One connection that the engine made to the receiver. */
export type SinkConnection = { readonly socket: Socket; readonly number: number }

/** `AR` and `AE` carry an ERR-3 of 207: try again. `reject` is an AE for good. */
export type AnswerKind = 'accept' | 'AE' | 'AR' | 'reject'

/** What a receiver does with a message. Undefined: nothing at all is answered now. */
export type OnMessage = (connection: number, index: number, on: SinkConnection) => AnswerKind | undefined

const idMark = 'C'.repeat(controlIdBytes)

/** The receiver: finds the control id, asks what to do, and answers in one write. */
export class Sink {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  readonly #onMessage: OnMessage
  readonly #onClosed: ((connection: SinkConnection) => void) | undefined
  #connections = 0
  #port = 0

  constructor(onMessage: OnMessage, onClosed?: (connection: SinkConnection) => void) {
    this.#onMessage = onMessage
    this.#onClosed = onClosed
    this.#server = createServer({ noDelay: true }, socket => this.#serve(socket))
  }

  /** The same port again after `vanish`. Answers the port. */
  async listen(): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(this.#port, '127.0.0.1', resolve)
    })
    const address = this.#server.address()
    this.#port = typeof address === 'object' && address !== null ? address.port : 0
    return this.#port
  }

  /** Cuts every connection and listens no more. */
  async vanish(): Promise<void> {
    const closed = new Promise(resolve => this.#server.close(resolve))
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }

  /** Answers a message that got no answer when it came. */
  answer({ socket }: SinkConnection, kind: AnswerKind, connection: number, index: number): void {
    if (!socket.destroyed) socket.write(answerText(kind, controlIdText(connection, index)))
  }

  #serve(socket: Socket): void {
    this.#connections += 1
    const reader = new FrameReader()
    const connection: SinkConnection = { socket, number: this.#connections }
    const accept = answerText('accept', idMark)
    const idsAt = [accept.indexOf(idMark), accept.lastIndexOf(idMark)] as const
    const onFrame = (bytes: Buffer, start: number, end: number): void => {
      const id = controlIdStart(bytes, start, end)
      const from = connectionAtId(bytes, id)
      const index = from === -1 ? -1 : indexAtId(bytes, id)
      const kind = this.#onMessage(from, index, connection)
      if (kind === undefined) return
      if (kind !== 'accept') return this.answer(connection, kind, from, index)
      bytes.copy(accept, idsAt[0], id, id + controlIdBytes)
      bytes.copy(accept, idsAt[1], id, id + controlIdBytes)
      socket.write(accept)
    }
    this.#sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => {
      this.#sockets.delete(socket)
      this.#onClosed?.(connection)
    })
    socket.on('data', chunk => reader.push(chunk, onFrame))
  }
}

function controlIdText(connection: number, index: number): string {
  return `C${String(connection).padStart(4, '0')}-${String(index).padStart(8, '0')}`
}

function answerText(kind: AnswerKind, controlId: string): Buffer {
  const code = kind === 'accept' ? 'AA' : kind === 'reject' ? 'AE' : kind
  const error = kind === 'accept' ? '' : `ERR|||${kind === 'reject' ? '102' : '207'}|E\r`
  return Buffer.from(
    `\x0bMSH|^~\\&|SINK||SAMBAND||20260101||ACK|${controlId}A|P|2.5.1\rMSA|${code}|${controlId}\r${error}\x1c\r`,
  )
}
