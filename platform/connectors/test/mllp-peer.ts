import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/** A raw TCP peer: writes any bytes in any pieces, gathers what comes. */
export class RawPeer {
  readonly socket: Socket
  #received: Buffer = Buffer.alloc(0)
  #closed = false
  readonly #checks: Set<() => void> = new Set()

  constructor(socket: Socket) {
    this.socket = socket.setNoDelay(true)
    socket.on('data', (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk])
      this.#changed()
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      this.#closed = true
      this.#changed()
    })
  }

  static async connect(port: number): Promise<RawPeer> {
    const socket = connect({ port, host: '127.0.0.1' })
    await once(socket, 'connect')
    return new RawPeer(socket)
  }

  get received(): Buffer {
    return this.#received
  }

  /** The contents of the whole MLLP frames that came. */
  get frames(): readonly string[] {
    return this.#received
      .toString('latin1')
      .split('\x0b')
      .slice(1)
      .filter(part => part.endsWith('\x1c\r'))
      .map(part => part.slice(0, -2))
  }

  /** Resolves with the frames once there are so many; rejects when the connection closes before. */
  async framesCame(count: number): Promise<readonly string[]> {
    await this.until(() => this.frames.length >= count)
    return this.frames
  }

  closed(): Promise<void> {
    return new Promise(resolve => {
      if (this.#closed) resolve()
      else this.socket.once('close', () => resolve())
    })
  }

  until(condition: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const check = (): void => {
        if (!condition() && !this.#closed) return
        this.#checks.delete(check)
        if (condition()) resolve()
        else reject(new Error(`the connection closed; received ${JSON.stringify(this.#received.toString('latin1'))}`))
      }
      this.#checks.add(check)
      check()
    })
  }

  #changed(): void {
    for (const check of this.#checks) check()
  }
}

/** A receiver whose every move the test decides. */
export class RawReceiver {
  readonly #server: Server
  readonly #accepted: RawPeer[] = []
  readonly #waiting: ((peer: RawPeer) => void)[] = []

  constructor(server: Server) {
    this.#server = server
    server.on('connection', socket => {
      const peer = new RawPeer(socket)
      const waiter = this.#waiting.shift()
      if (waiter === undefined) this.#accepted.push(peer)
      else waiter(peer)
    })
  }

  static async listen(port = 0): Promise<RawReceiver> {
    const receiver = new RawReceiver(createServer())
    receiver.#server.listen(port, '127.0.0.1')
    await once(receiver.#server, 'listening')
    return receiver
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** The next connection that comes (or has come). */
  accept(): Promise<RawPeer> {
    const peer = this.#accepted.shift()
    return peer === undefined ? new Promise(resolve => this.#waiting.push(resolve)) : Promise.resolve(peer)
  }

  get pending(): number {
    return this.#accepted.length
  }

  async close(): Promise<void> {
    this.#server.close()
    await once(this.#server, 'close')
  }
}

export function frame(content: string): Buffer {
  return Buffer.from(`\x0b${content}\x1c\r`, 'latin1')
}

/** A small message of a synthetic patient (Norwegian test series: month + 80). */
export function adt(controlId: string, header: { accept?: string; application?: string } = {}): string {
  const wish = `${header.accept ?? ''}|${header.application ?? ''}`
  return [
    `MSH|^~\\&|EHR|WEST|LIS|WEST|20260101120000||ADT^A01^ADT_A01|${controlId}|P|2.5.1|||${wish}`,
    'PID|1||13816900216^^^FNR~4711^^^WEST||Nordmann^Kari',
  ].join('\r')
}

export function ackOf(controlId: string, code = 'AA', err = ''): string {
  const lines = [
    `MSH|^~\\&|LIS|WEST|EHR|WEST|20260101120001||ACK^A01^ACK|A${controlId}|P|2.5.1`,
    `MSA|${code}|${controlId}`,
  ]
  return (err === '' ? lines : [...lines, `ERR|||${err}^^HL70357|E`]).join('\r')
}
