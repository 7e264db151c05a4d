import { createServer, type Server, type Socket } from 'node:net'
import { createMllpDecoder, encodeMllpFrame } from '@samband/hl7v2'
import type { FaultDice } from './faults.ts'

export type ReceiverOptions = {
  readonly host: string
  /** 0: any free port, kept over being down. */
  readonly port: number
  readonly dice: FaultDice
  readonly lateMs: number
  /** Takes one message and gives the acknowledgement. */
  readonly answer: (bytes: Uint8Array) => Uint8Array
  /** Refuses without taking it in: for now, or for good. */
  readonly refuse: (bytes: Uint8Array, kind: 'nack' | 'reject') => Uint8Array
}

const frameBytesMax = 4 * 1024 * 1024
const noAck = new TextEncoder().encode('HTTP/1.0 502 Bad Gateway\r\nServer: ikke-hl7\r\n\r\n')

/**
 * A system's listening side: MLLP, an acknowledgement per message in the order of arrival, and whatever faults are
 * switched on. An own small implementation on purpose, so that the hospital is a peer that shares no code with the
 * connectors.
 */
export class Receiver {
  readonly #options: ReceiverOptions
  readonly #sockets: Set<Socket> = new Set()
  readonly #timers: Set<NodeJS.Timeout> = new Set()
  #server: Server | undefined
  #port: number
  readonly faults: Record<string, number> = {}

  constructor(options: ReceiverOptions) {
    this.#options = options
    this.#port = options.port
  }

  get port(): number {
    return this.#port
  }

  get up(): boolean {
    return this.#server !== undefined
  }

  /** Starts listening. Rejects when the port is taken. */
  async open(): Promise<void> {
    if (this.#server !== undefined) return
    const server = createServer(socket => this.#onConnection(socket))
    this.#server = server
    await new Promise<void>((resolve, reject) => {
      server.once('error', error => {
        this.#server = undefined
        reject(error)
      })
      server.listen(this.#port, this.#options.host, () => {
        server.removeAllListeners('error')
        resolve()
      })
    })
    const address = server.address()
    if (typeof address === 'object' && address !== null) this.#port = address.port
  }

  /** Stops listening and hangs up on everybody. `open` brings it back on the same port. */
  async close(): Promise<void> {
    const server = this.#server
    if (server === undefined) return
    this.#server = undefined
    for (const timer of this.#timers) clearTimeout(timer)
    this.#timers.clear()
    for (const socket of this.#sockets) socket.destroy()
    await new Promise<void>(resolve => server.close(() => resolve()))
  }

  #onConnection(socket: Socket): void {
    this.#sockets.add(socket)
    socket.setNoDelay(true)
    const decoder = createMllpDecoder({ frameBytesMax })
    socket.on('data', chunk => {
      for (const event of decoder.push(chunk)) if (event.kind === 'frame') this.#onFrame(socket, event.bytes)
    })
    // A sender that hangs up is everyday life; 'close' follows.
    socket.on('error', () => undefined)
    socket.on('close', () => this.#sockets.delete(socket))
  }

  #onFrame(socket: Socket, bytes: Uint8Array): void {
    const { dice, answer, refuse, lateMs } = this.#options
    const fault = dice.forAnswer()
    if (fault !== undefined) this.faults[fault] = (this.faults[fault] ?? 0) + 1
    switch (fault) {
      case undefined:
        socket.write(encodeMllpFrame(answer(bytes)))
        return
      case 'nack':
      case 'reject':
        socket.write(encodeMllpFrame(refuse(bytes, fault)))
        return
      case 'garbage':
        socket.write(dice.coin() ? noAck : encodeMllpFrame(noAck))
        return
      case 'late-ack':
        this.#later(socket, encodeMllpFrame(answer(bytes)), lateMs)
        return
      case 'disconnect': {
        const frame = encodeMllpFrame(answer(bytes))
        socket.write(frame.subarray(0, Math.floor(frame.length / 2)), () => socket.destroy())
      }
    }
  }

  #later(socket: Socket, frame: Uint8Array, delayMs: number): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      if (!socket.destroyed) socket.write(frame)
    }, delayMs)
    this.#timers.add(timer)
  }
}
