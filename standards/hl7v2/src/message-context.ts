import type { Charset, Codec } from './charset.ts'
import { codecOf } from './charset.ts'
import type { Delimiters } from './delimiters.ts'
import { Escaper, unescapeText } from './escape.ts'
import { Hl7Error } from './hl7-error.ts'

const escapers = new WeakMap<Delimiters, Escaper>()

/** What the segments of one message share: its delimiters, its character set, and whether anything was changed. */
export class MessageContext {
  readonly delimiters: Delimiters
  /** Undefined while the content is pure ASCII and nobody asked, which is the fast and common case. */
  codec: Codec | undefined
  touched = false
  /** Counts segments added and removed, so that an index over them knows when it is old. */
  structureVersion = 0
  readonly #charset: Charset
  #decode: ((raw: string) => string) | undefined

  constructor(delimiters: Delimiters, charset: Charset, codec: Codec | undefined) {
    this.delimiters = delimiters
    this.#charset = charset
    this.codec = codec
    this.#decode = codec?.decode
  }

  /** The same facts for a copy of the message, which changes on its own from here. */
  copy(): MessageContext {
    const copy = new MessageContext(this.delimiters, this.#charset, this.codec)
    copy.touched = this.touched
    return copy
  }

  get charset(): Charset {
    return this.codec?.charset ?? this.#charset
  }

  /** The codec, chosen now if content was ASCII until here. */
  resolveCodec(): Codec {
    if (this.codec === undefined) {
      this.codec = codecOf(this.#charset)
      this.#decode = this.codec.decode
    }
    return this.codec
  }

  /** Text of a leaf value: character set, then escapes. */
  decodeLeaf(raw: string): string {
    const text = this.#decode === undefined ? raw : this.#decode(raw)
    const mark = this.delimiters.escape
    if (mark === undefined || !text.includes(mark)) return text
    return unescapeText(text, this.delimiters, this.resolveCodec().decodeHex)
  }

  /** Characters of a raw string, its escapes left alone. */
  decodeRaw(raw: string): string {
    return this.#decode === undefined ? raw : this.#decode(raw)
  }

  /** Raw form of a text as a leaf value. Throws where the message's character set cannot hold it. */
  encodeLeaf(text: string, path: string): string {
    const escaped = this.#escaper().escape(text)
    return isAscii(escaped) ? escaped : this.encodeRaw(escaped, path)
  }

  /** Raw form of text whose escapes are already in place. */
  encodeRaw(text: string, path: string): string {
    if (isAscii(text)) return text
    const codec = this.resolveCodec()
    const raw = codec.encode(text)
    if (raw === undefined) {
      throw new Hl7Error(
        'text-not-encodable',
        `${path}: the message's character set (${codec.charset}) cannot hold this text; change MSH-18 with setCharset first`,
        path,
      )
    }
    return raw
  }

  #escaper(): Escaper {
    let escaper = escapers.get(this.delimiters)
    if (escaper === undefined) {
      escaper = new Escaper(this.delimiters)
      escapers.set(this.delimiters, escaper)
    }
    return escaper
  }
}

const ASCII = /^[\x00-\x7f]*$/

export function isAscii(text: string): boolean {
  return ASCII.test(text)
}
