import type { Socket } from 'node:net'
import { type Frame, type FrameKind, framePrefixBytes, FrameReader, writeFramePrefix } from './peer-frame.ts'

/** Bodies up to this size are copied beside each other; larger ones are written from where they are. */
const copyBytesMax = 32 * 1024
const blockBytes = 64 * 1024

export type ChannelEvents = {
  readonly onFrame: (frame: Frame) => void
  /** Once. The reason is undefined when the other side just closed. */
  readonly onClose: (reason: unknown) => void
  readonly onDrain?: () => void
}

/**
 * One socket: frames in, frames out. Everything sent in one turn of the event loop leaves with one write: small frames are
 * put into one block, which is used again once it has been written.
 */
export class PeerChannel {
  readonly #socket: Socket
  readonly #events: ChannelEvents
  #block: Buffer = Buffer.allocUnsafeSlow(blockBytes)
  #spare: Buffer | undefined
  #used = 0
  /** What is to be written before the block's content. */
  #parts: Buffer[] = []
  #partsBytes = 0
  #flushing = false
  #reason: unknown
  #closed = false

  constructor(
    socket: Socket,
    { frameBytesMax, expectPreface }: { readonly frameBytesMax: number; readonly expectPreface: boolean },
    events: ChannelEvents,
  ) {
    this.#socket = socket
    this.#events = events
    const reader = new FrameReader(frameBytesMax, { expectPreface })
    socket.on('data', chunk => {
      try {
        reader.read(chunk, events.onFrame)
      } catch (thrown) {
        this.destroy(thrown)
      }
    })
    socket.on('drain', () => events.onDrain?.())
    socket.on('error', error => this.destroy(error))
    socket.once('close', () => this.#close())
  }

  get unwrittenBytes(): number {
    return this.#socket.writableLength + this.#partsBytes + this.#used
  }

  /** A body of more than 32 kB must not be changed before it is answered. */
  send(call: number, kind: FrameKind, method: number, header: unknown, body: Uint8Array | undefined): void {
    if (this.#closed) return
    const text = header === undefined ? '' : JSON.stringify(header)
    const headerBytes = Buffer.byteLength(text)
    const bodyBytes = body?.length ?? 0
    const apart = bodyBytes > copyBytesMax
    const bytes = framePrefixBytes + headerBytes + (apart ? 0 : bodyBytes)
    if (bytes > this.#block.length - this.#used) this.#nextBlock(bytes)
    const at = this.#used
    writeFramePrefix(this.#block, at, { call, kind, method, headerBytes, bodyBytes })
    if (headerBytes > 0) this.#block.write(text, at + framePrefixBytes, 'utf8')
    this.#used += bytes
    if (body !== undefined && bodyBytes > 0) {
      if (apart) this.#addApart(body)
      else this.#block.set(body, at + framePrefixBytes + headerBytes)
    }
    if (this.#flushing) return
    this.#flushing = true
    setImmediate(() => this.#flush())
  }

  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  /** What was sent before goes out first. */
  end(): void {
    this.#flush()
    this.#socket.end()
  }

  destroy(reason?: unknown): void {
    this.#reason ??= reason
    this.#socket.destroy()
  }

  #addApart(body: Uint8Array): void {
    this.#sealBlock()
    this.#parts.push(Buffer.from(body.buffer, body.byteOffset, body.length))
    this.#partsBytes += body.length
  }

  #nextBlock(bytesMin: number): void {
    this.#sealBlock()
    if (this.#block.length - this.#used < bytesMin) {
      this.#block = Buffer.allocUnsafeSlow(Math.max(blockBytes, bytesMin))
      this.#used = 0
    }
  }

  /** Moves what is in the block to the parts; what is left of the block stays in use. */
  #sealBlock(): void {
    if (this.#used === 0) return
    this.#parts.push(this.#block.subarray(0, this.#used))
    this.#partsBytes += this.#used
    this.#block = this.#block.subarray(this.#used)
    this.#used = 0
  }

  #flush(): void {
    this.#flushing = false
    if (this.#closed) return
    if (this.#parts.length > 0) {
      this.#sealBlock()
      const parts = this.#parts
      this.#parts = []
      this.#partsBytes = 0
      this.#socket.cork()
      for (const part of parts) this.#socket.write(part)
      this.#socket.uncork()
      this.#block = Buffer.allocUnsafeSlow(blockBytes)
      return
    }
    if (this.#used === 0) return
    const block = this.#block
    const written = block.subarray(0, this.#used)
    this.#block = this.#spare ?? Buffer.allocUnsafeSlow(blockBytes)
    this.#spare = undefined
    this.#used = 0
    this.#socket.write(written, () => {
      if (block.length === blockBytes) this.#spare = block
    })
  }

  #close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#parts = []
    this.#used = 0
    this.#events.onClose(this.#reason)
  }
}
