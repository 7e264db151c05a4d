import { createServer, type Server, type Socket } from 'node:net'
import { FrameReader, field, frame } from './wire.ts'

export type Arrival = {
  readonly controlId: string
  readonly key: string
  readonly sequence: number
  readonly at: number
}

/**
 * The receiver: acknowledges at once and remembers what came, in which order. `first` is called for the first arrival of
 * each control id only.
 */
export class Sink {
  readonly #server: Server
  readonly #seen = new Set<string>()
  readonly #last = new Map<string, number>()
  readonly #sockets = new Set<Socket>()
  readonly #first: (arrival: Arrival) => void
  duplicates = 0
  outOfOrder = 0

  constructor(first: (arrival: Arrival) => void) {
    this.#first = first
    this.#server = createServer({ noDelay: true }, socket => this.#serve(socket))
  }

  get delivered(): number {
    return this.#seen.size
  }

  has(controlId: string): boolean {
    return this.#seen.has(controlId)
  }

  async listen(): Promise<number> {
    await new Promise<void>(resolve => this.#server.listen(0, '127.0.0.1', resolve))
    const address = this.#server.address()
    return typeof address === 'object' && address !== null ? address.port : 0
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
  }

  #serve(socket: Socket): void {
    const reader = new FrameReader()
    this.#sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => this.#sockets.delete(socket))
    socket.on('data', chunk => {
      for (const message of reader.push(chunk)) {
        const controlId = field(message, 'MSH', 10)
        this.#arrived(controlId, message)
        socket.write(frame(`MSH|^~\\&|SINK||SAMBAND||20260101||ACK|${controlId}A|P|2.5.1\rMSA|AA|${controlId}\r`))
      }
    })
  }

  #arrived(controlId: string, message: string): void {
    if (this.#seen.has(controlId)) {
      this.duplicates += 1
      return
    }
    this.#seen.add(controlId)
    const key = field(message, 'PID', 3).split('^', 1)[0] ?? ''
    const sequence = Number(field(message, 'MSH', 13))
    if (sequence < (this.#last.get(key) ?? -1)) this.outOfOrder += 1
    else this.#last.set(key, sequence)
    this.#first({ controlId, key, sequence, at: performance.now() })
  }
}
