import type { Charset, Codec } from './charset.ts'
import { codecOf } from './charset.ts'
import type { DelimiterCodes, Delimiters } from './delimiters.ts'
import { codesOf } from './delimiters.ts'
import { Escaper, unescapeText } from './escape.ts'
import { Hl7Error } from './hl7-error.ts'

const escapers = new WeakMap<Delimiters, Escaper>()

/** What the segments of one message share: its delimiters, its character set, and whether anything was changed. */
export class MessageContext {
  readonly delimiters: Delimiters
  readonly codes: DelimiterCodes
  touched = false
  /** Counts segments added and removed, so that an index over them knows when it is old. */
  structureVersion = 0
  /** Undefined while the content is pure ASCII and nobody asked, which is the fast and common case. */
  codec: Codec | undefined
  /** Whether an escape may stand anywhere behind MSH-2; mostly none does, and reads need not look for one. */
  escapes: boolean
  private readonly declaredCharset: Charset
  private decode: ((raw: string) => string) | undefined

  constructor(delimiters: Delimiters, charset: Charset, codec: Codec | undefined, escapes: boolean) {
    this.delimiters = delimiters
    this.codes = codesOf(delimiters)
    this.codec = codec
    this.escapes = escapes
    this.declaredCharset = charset
    this.decode = codec?.decode
  }

  get charset(): Charset {
    return this.codec?.charset ?? this.declaredCharset
  }

  /** The same facts for a copy of the message, which changes on its own from here. */
  copy(): MessageContext {
    const copy = new MessageContext(this.delimiters, this.declaredCharset, this.codec, this.escapes)
    copy.touched = this.touched
    return copy
  }

  /** The codec, chosen now if content was ASCII until here. */
  resolveCodec(): Codec {
    if (this.codec === undefined) {
      this.codec = codecOf(this.declaredCharset)
      this.decode = this.codec.decode
    }
    return this.codec
  }

  /** Text of a leaf value: character set, then escapes. */
  decodeLeaf(raw: string): string {
    const text = this.decode === undefined ? raw : this.decode(raw)
    return this.escapes ? this.decodeEscapes(text) : text
  }

  /** Text with its escapes decoded. */
  decodeEscapes(text: string): string {
    return unescapeText(text, this.delimiters, decodeHexOf(this))
  }

  /** Characters of a raw string, its escapes left alone. */
  decodeRaw(raw: string): string {
    return this.decode === undefined ? raw : this.decode(raw)
  }

  /** Raw form of a text as a leaf value. Throws where the message's character set cannot hold it. */
  encodeLeaf(text: string, path: string): string {
    const escaped = this.escaper().escape(text)
    if (escaped !== text) this.escapes = true
    return isAscii(escaped) ? escaped : this.encodeRaw(escaped, path)
  }

  /** Raw form of text whose escapes are already in place. */
  encodeRaw(text: string, path: string): string {
    if (!this.escapes && this.delimiters.escape !== undefined) this.escapes = text.includes(this.delimiters.escape)
    if (isAscii(text)) return text
    const codec = this.resolveCodec()
    const raw = codec.encode(text)
    if (raw === undefined) {
      const reason = `the message's character set (${codec.charset}) cannot hold this text`
      throw new Hl7Error('text-not-encodable', `${path}: ${reason}; convert it with convertCharset first`, path)
    }
    return raw
  }

  private escaper(): Escaper {
    let escaper = escapers.get(this.delimiters)
    if (escaper === undefined) {
      escaper = new Escaper(this.delimiters)
      escapers.set(this.delimiters, escaper)
    }
    return escaper
  }
}

/** Asked for per escape, and the codec is only settled then. */
function decodeHexOf(context: MessageContext): (bytes: string) => string | undefined {
  return bytes => context.resolveCodec().decodeHex(bytes)
}

const ASCII = /^[\x00-\x7f]*$/

export function isAscii(text: string): boolean {
  return ASCII.test(text)
}
