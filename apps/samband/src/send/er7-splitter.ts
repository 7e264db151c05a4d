import { SambandError } from '@samband/errors'

const cr = 0x0d
const lf = 0x0a
const bom = Buffer.from([0xef, 0xbb, 0xbf])

/** Segments that begin something: a message, or the envelope around messages (HL7 v2.5.1 §2.10.3). */
const headers: ReadonlySet<string> = new Set(['MSH', 'FHS', 'BHS', 'BTS', 'FTS'])

export const messageBytesMaxDefault: number = 256 * 1024 * 1024

/**
 * Cuts a stream of HL7 v2 into messages at each line that begins with MSH; the envelope of a batch is left out. Line
 * ends may be CR, LF or CRLF and stay as they are; blank lines after a message are not part of it.
 *
 * Memory: one message, whatever the length of the stream.
 */
export class Er7Splitter {
  readonly #bytesMax: number
  #rest: Buffer = Buffer.alloc(0)
  /** Up to here the rest holds no beginning of a line that was not looked at. */
  #looked = 0
  #begun = false

  constructor(bytesMax: number = messageBytesMaxDefault) {
    this.#bytesMax = bytesMax
  }

  push(chunk: Uint8Array): { bytes: Buffer; message: boolean }[] {
    this.#rest = this.#rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([this.#rest, chunk])
    if (!this.#begun && this.#rest.length >= bom.length) {
      this.#begun = true
      if (this.#rest.subarray(0, bom.length).equals(bom)) this.#rest = this.#rest.subarray(bom.length)
    }
    const parts = this.#cut()
    if (this.#rest.length > this.#bytesMax) {
      throw new SambandError({
        code: 'message-too-large',
        category: 'incorrect',
        message: `a message is larger than ${this.#bytesMax} bytes: is this HL7 v2?`,
      })
    }
    return parts
  }

  end(): { bytes: Buffer; message: boolean }[] {
    const parts = [...this.#cut(), ...part(this.#rest)]
    this.#rest = Buffer.alloc(0)
    this.#looked = 0
    return parts
  }

  #cut(): { bytes: Buffer; message: boolean }[] {
    const parts: { bytes: Buffer; message: boolean }[] = []
    for (;;) {
      const lineEnd = nextLineEnd(this.#rest, this.#looked)
      // Three characters of the next line must be there to tell what it begins.
      if (lineEnd === -1 || lineEnd + 4 > this.#rest.length) {
        this.#looked = lineEnd === -1 ? this.#rest.length : lineEnd
        return parts
      }
      if (headers.has(this.#rest.toString('latin1', lineEnd + 1, lineEnd + 4))) {
        parts.push(...part(this.#rest.subarray(0, lineEnd + 1)))
        this.#rest = this.#rest.subarray(lineEnd + 1)
        this.#looked = 0
      } else {
        this.#looked = lineEnd + 1
      }
    }
  }
}

function nextLineEnd(bytes: Buffer, from: number): number {
  const atCr = bytes.indexOf(cr, from)
  const atLf = bytes.indexOf(lf, from)
  if (atCr === -1) return atLf
  return atLf === -1 ? atCr : Math.min(atCr, atLf)
}

/** Nothing for envelopes and for what is blank. */
function part(bytes: Buffer): { bytes: Buffer; message: boolean }[] {
  const id = bytes.toString('latin1', 0, 3)
  if (id !== 'MSH' && headers.has(id)) return []
  const trimmed = withoutBlankEnd(bytes)
  return trimmed.length === 0 ? [] : [{ bytes: trimmed, message: id === 'MSH' }]
}

/** Keeps the line end of the last segment and drops the blank lines behind it. */
function withoutBlankEnd(bytes: Buffer): Buffer {
  let end = bytes.length
  while (end > 0 && isBlank(bytes[end - 1])) end -= 1
  if (end === 0) return bytes.subarray(0, 0)
  while (end < bytes.length && bytes[end] === 0x20) end += 1
  if (bytes[end] === cr) end += bytes[end + 1] === lf ? 2 : 1
  else if (bytes[end] === lf) end += 1
  return bytes.subarray(0, end)
}

function isBlank(byte: number | undefined): boolean {
  return byte === cr || byte === lf || byte === 0x20 || byte === 0x09
}
