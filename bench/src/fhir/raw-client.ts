import { connect, type Socket } from 'node:net'

export type RawAnswer = {
  readonly status: number
  /** Of the body. */
  readonly bytes: number
}

const endOfHead = Buffer.from('\r\n\r\n')

/**
 * HTTP/1.1 as small as can be, since it shares the machine with what it measures: prepared bytes out, one request at a time on a
 * connection that stays; of an answer the status and the length are read. It knows `Content-Length` only.
 */
export class RawClient {
  readonly #socket: Socket
  #waiting: { resolve: (answer: RawAnswer) => void; reject: (error: Error) => void } | undefined
  #head: Buffer | undefined
  #status = 0
  #length = 0
  #missing = 0
  #kept: Buffer[] | undefined

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.setNoDelay(true)
    socket.on('data', chunk => this.#take(chunk))
    const lost = (): void => {
      this.#waiting?.reject(new Error('the connection was lost before an answer came'))
      this.#waiting = undefined
    }
    socket.on('close', lost)
    socket.on('error', lost)
  }

  static async connect({ hostname, port }: URL): Promise<RawClient> {
    const socket = connect({ host: hostname, port: Number(port) })
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve)
      socket.once('error', reject)
    })
    return new RawClient(socket)
  }

  ask(request: Buffer): Promise<RawAnswer> {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject }
      this.#socket.write(request)
    })
  }

  /** With the text of the body: for checks, not while measuring. */
  async askWhole(request: Buffer): Promise<RawAnswer & { readonly body: string }> {
    this.#kept = []
    const answer = await this.ask(request)
    const body = Buffer.concat(this.#kept).toString()
    this.#kept = undefined
    return { ...answer, body }
  }

  close(): void {
    this.#socket.destroy()
  }

  #take(chunk: Buffer): void {
    if (this.#missing > 0) {
      this.#kept?.push(chunk)
      this.#missing -= chunk.length
      if (this.#missing <= 0) this.#done()
      return
    }
    const bytes = this.#head === undefined ? chunk : Buffer.concat([this.#head, chunk])
    const end = bytes.indexOf(endOfHead)
    if (end === -1) {
      this.#head = Buffer.from(bytes)
      return
    }
    this.#head = undefined
    const head = bytes.toString('latin1', 0, end)
    this.#status = Number(head.slice(9, 12))
    this.#length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0)
    const body = end + endOfHead.length
    this.#kept?.push(bytes.subarray(body))
    this.#missing = this.#length - (bytes.length - body)
    if (this.#missing <= 0) this.#done()
  }

  #done(): void {
    this.#missing = 0
    const waiting = this.#waiting
    this.#waiting = undefined
    waiting?.resolve({ status: this.#status, bytes: this.#length })
  }
}
