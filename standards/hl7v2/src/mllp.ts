import { Hl7Error } from './hl7-error.ts'

/** Start block (VT), end block (FS) and carriage return of the minimal lower layer protocol (HL7 transport, MLLP release 1). */
const VT = 0x0b
const FS = 0x1c
const CR = 0x0d

/**
 * What a peer did wrong: bytes outside of a frame (`junk-outside-frame`), a new start inside a frame
 * (`start-inside-frame`), an end block without its carriage return (`end-without-return`), a frame above the limit
 * (`frame-too-large`), a stream that ended in a frame (`frame-incomplete`).
 */
export type FramingFault =
  | 'junk-outside-frame'
  | 'start-inside-frame'
  | 'end-without-return'
  | 'frame-too-large'
  | 'frame-incomplete'

/** A whole frame's content, or a framing error with the first bytes of what was refused. */
export type MllpEvent =
  | { readonly kind: 'frame'; readonly bytes: Uint8Array }
  | {
      readonly kind: 'framing-error'
      readonly fault: FramingFault
      /** The bytes concerned, at most `keptBytesMax` of them. */
      readonly bytes: Uint8Array
      /** How many bytes were concerned in all. */
      readonly bytesTotal: number
    }

export interface MllpDecoderOptions {
  /** Largest content of a frame; a larger one is skipped to its end and reported. */
  readonly frameBytesMax?: number
  /** How much of refused bytes is kept for the operator. */
  readonly keptBytesMax?: number
}

export const MLLP_FRAME_BYTES_MAX_DEFAULT: number = 64 * 1024 * 1024
export const MLLP_KEPT_BYTES_MAX_DEFAULT: number = 4 * 1024

export interface MllpDecoder {
  /** Takes the next bytes of the stream, cut anywhere, and returns what is complete. The events own their bytes. */
  push(chunk: Uint8Array): MllpEvent[]
  /** Reports what is left when the peer closes the stream. */
  end(): MllpEvent[]
  /** Whether a frame has begun and not ended, which an idle limit wants to know. */
  readonly inFrame: boolean
  /** Bytes held back until their frame is whole. */
  readonly bufferedBytes: number
}

/** VT, the content, FS, CR in one piece, so that a frame is one write. Throws for content that would end the frame. */
export function encodeMllpFrame(content: Uint8Array): Uint8Array {
  if (content.includes(FS) && endsFrame(content)) {
    throw new Hl7Error('frame-invalid', 'The content holds an MLLP end block (FS CR) and cannot be framed')
  }
  const frame = new Uint8Array(content.length + 3)
  frame[0] = VT
  frame.set(content, 1)
  frame[content.length + 1] = FS
  frame[content.length + 2] = CR
  return frame
}

function endsFrame(content: Uint8Array): boolean {
  for (let at = content.indexOf(FS); at >= 0; at = content.indexOf(FS, at + 1)) {
    if (content[at + 1] === CR || at === content.length - 1) return true
  }
  return false
}

export function createMllpDecoder(options: MllpDecoderOptions = {}): MllpDecoder {
  return new Decoder(
    options.frameBytesMax ?? MLLP_FRAME_BYTES_MAX_DEFAULT,
    options.keptBytesMax ?? MLLP_KEPT_BYTES_MAX_DEFAULT,
  )
}

/** Bytes gathered from chunks: everything up to a limit, and the count of the rest. */
class Gathered {
  #chunks: Uint8Array[] = []
  #kept = 0
  total = 0

  add(bytes: Uint8Array, keptMax: number): void {
    this.total += bytes.length
    const room = keptMax - this.#kept
    if (room <= 0 || bytes.length === 0) return
    // Copied, because a socket may reuse its buffer.
    const kept = bytes.slice(0, room)
    this.#chunks.push(kept)
    this.#kept += kept.length
  }

  /** The kept bytes, and an empty collection after. */
  take(): Uint8Array {
    const [only] = this.#chunks
    const bytes = this.#chunks.length === 1 && only !== undefined ? only : joined(this.#chunks, this.#kept)
    this.#chunks = []
    this.#kept = 0
    this.total = 0
    return bytes
  }
}

function joined(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.length
  }
  return bytes
}

/**
 * The decoder's states:
 *
 * - `outside`: before a frame. VT opens one; CR and LF between frames are ignored; all else is junk, reported as one error when
 *   a frame begins.
 * - `inside`: content is gathered. FS leads to `ending`. VT means that the peer gave up the frame and began anew: the
 *   old content is reported, a new frame is open.
 * - `ending`: after FS. CR completes the frame. Anything else means that the FS was content or that the CR is missing: VT or
 *   nothing else can follow a forgotten CR, so that the frame is complete and reported; other bytes continue the content.
 */
class Decoder implements MllpDecoder {
  readonly #frameBytesMax: number
  readonly #keptBytesMax: number
  #state: 'outside' | 'inside' | 'ending' = 'outside'
  readonly #content = new Gathered()
  readonly #junk = new Gathered()
  #events: MllpEvent[] = []

  constructor(frameBytesMax: number, keptBytesMax: number) {
    this.#frameBytesMax = frameBytesMax
    this.#keptBytesMax = keptBytesMax
  }

  get inFrame(): boolean {
    return this.#state !== 'outside'
  }

  get bufferedBytes(): number {
    return Math.min(this.#content.total, this.#frameBytesMax)
  }

  push(chunk: Uint8Array): MllpEvent[] {
    let at = 0
    while (at < chunk.length) {
      if (this.#state === 'outside') at = this.#outside(chunk, at)
      else if (this.#state === 'inside') at = this.#inside(chunk, at)
      else at = this.#ending(chunk, at)
    }
    return this.#flush()
  }

  end(): MllpEvent[] {
    this.#reportJunk()
    if (this.#state !== 'outside') this.#refuse('frame-incomplete')
    this.#state = 'outside'
    return this.#flush()
  }
}
