import { SambandError } from '@samband/errors'

/**
 * What goes over the wire, after the client's preface. Big-endian:
 *
 *     u32 bytes that follow | u32 call | u8 kind | u16 method | u32 header bytes | header (JSON) | body
 *
 * A request and its answer have the same call number. The header of an error is `{ code, category, message }`.
 */
export type FrameKind = 1 | 2 | 3

export const frameKinds: { readonly request: 1; readonly answer: 2; readonly error: 3 } = {
  request: 1,
  answer: 2,
  error: 3,
}

/** 'SAMBPEER' and the version: a stray connection is recognised by its first bytes. */
export const preface: Buffer = Buffer.from('SAMBPEER\u0001', 'latin1')

export const framePrefixBytes: number = 15

/** Headers are short facts about a message; whatever is long belongs into the body. */
export const headerBytesMax: number = 64 * 1024

export type Frame = {
  readonly call: number
  readonly kind: FrameKind
  readonly method: number
  /** Parsed JSON; undefined when there is none. */
  readonly header: unknown
  /** A window into what was received: copy what must outlive the call by long. */
  readonly body: Buffer
}

export function writeFramePrefix(
  target: Buffer,
  at: number,
  { call, kind, method, headerBytes, bodyBytes }: FramePrefix,
): void {
  target.writeUInt32BE(framePrefixBytes - 4 + headerBytes + bodyBytes, at)
  target.writeUInt32BE(call, at + 4)
  target.writeUInt8(kind, at + 8)
  target.writeUInt16BE(method, at + 9)
  target.writeUInt32BE(headerBytes, at + 11)
}

export type FramePrefix = {
  readonly call: number
  readonly kind: FrameKind
  readonly method: number
  readonly headerBytes: number
  readonly bodyBytes: number
}

/** Cuts what is received into frames. A frame of many chunks is put together once, when it is complete. */
export class FrameReader {
  readonly #frameBytesMax: number
  #chunks: Buffer[] = []
  #heldBytes = 0
  #neededBytes: number
  #prefaceLeft: boolean

  constructor(frameBytesMax: number, { expectPreface }: { readonly expectPreface: boolean }) {
    this.#frameBytesMax = frameBytesMax
    this.#prefaceLeft = expectPreface
    this.#neededBytes = expectPreface ? preface.length : 4
  }

  /** Throws SambandError 'peer-protocol' when these cannot be frames: the connection is then of no more use. */
  read(chunk: Buffer, onFrame: (frame: Frame) => void): void {
    this.#chunks.push(chunk)
    this.#heldBytes += chunk.length
    if (this.#heldBytes < this.#neededBytes) return
    const data = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks, this.#heldBytes)
    let at = 0
    if (this.#prefaceLeft) {
      if (preface.compare(data, 0, preface.length) !== 0) throw protocolError('it does not begin as a peer does')
      this.#prefaceLeft = false
      at = preface.length
    }
    while (data.length - at >= 4) {
      const end = at + 4 + this.#lengthAt(data, at)
      if (end > data.length) break
      onFrame(parseFrame(data, at, end))
      at = end
    }
    const rest = data.length - at
    this.#chunks = rest === 0 ? [] : [data.subarray(at)]
    this.#heldBytes = rest
    this.#neededBytes = rest < 4 ? 4 : 4 + this.#lengthAt(data, at)
  }

  #lengthAt(data: Buffer, at: number): number {
    const length = data.readUInt32BE(at)
    if (length < framePrefixBytes - 4 || length > this.#frameBytesMax) {
      throw protocolError(`a frame of ${length} bytes, where ${this.#frameBytesMax} are the most`)
    }
    return length
  }
}

function parseFrame(data: Buffer, at: number, end: number): Frame {
  const kind = data.readUInt8(at + 8)
  if (kind !== frameKinds.request && kind !== frameKinds.answer && kind !== frameKinds.error) {
    throw protocolError(`a frame of kind ${kind}`)
  }
  const headerAt = at + framePrefixBytes
  const headerBytes = data.readUInt32BE(at + 11)
  const bodyAt = headerAt + headerBytes
  if (headerBytes > headerBytesMax) throw protocolError(`a header of ${headerBytes} bytes`)
  if (bodyAt > end) throw protocolError('a header longer than its frame')
  return {
    call: data.readUInt32BE(at + 4),
    kind,
    method: data.readUInt16BE(at + 9),
    header: bodyAt === headerAt ? undefined : parseHeader(data.toString('utf8', headerAt, bodyAt)),
    body: data.subarray(bodyAt, end),
  }
}

function parseHeader(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw protocolError('a header that is not JSON')
  }
}

function protocolError(what: string): SambandError {
  return new SambandError({
    code: 'peer-protocol',
    category: 'incorrect',
    message: `the other side is no Samband process of this version: ${what}`,
  })
}
