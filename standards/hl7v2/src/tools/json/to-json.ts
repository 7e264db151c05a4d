import { bytesOfBinary, encodeUtf8 } from '../../charset.ts'
import { Escaper } from '../../escape.ts'
import type { Message } from '../../message.ts'
import type { MessageContext } from '../../message-context.ts'
import type { Segment } from '../../segment.ts'
import { isHeaderId } from '../../segment.ts'
import { isSegmentId } from '../../segment-line.ts'
import { divide } from '../field-parts.ts'
import type { FieldJson, LeafJson, MessageJson, SegmentJson } from './message-json.ts'
import { MESSAGE_JSON_FORMAT } from './message-json.ts'

/** The JSON form of a message. Nothing is lost: see `MessageJson`. */
export function toJson(message: Message): MessageJson {
  const { context, lineEnd } = message
  const writer = new JsonWriter(context)
  const segments = message.segments()
  const lineEnds: Record<string, string> = {}
  for (const [index, { terminator }] of segments.entries()) {
    if (terminator !== lineEnd) lineEnds[index + 1] = terminator
  }
  return {
    format: MESSAGE_JSON_FORMAT,
    charset: message.charset,
    ...(message.prefix === '' ? undefined : { prefix: writer.prefix(message.prefix) }),
    ...(lineEnd === '\r' ? undefined : { lineEnd }),
    ...(Object.keys(lineEnds).length === 0 ? undefined : { lineEnds }),
    segments: segments.map(segment => writer.segment(segment)),
  }
}

class JsonWriter {
  readonly #context: MessageContext
  readonly #escaper: Escaper

  constructor(context: MessageContext) {
    this.#context = context
    this.#escaper = new Escaper(context.delimiters)
  }

  segment(segment: Segment): SegmentJson {
    const { field } = this.#context.delimiters
    const [name = '', ...parts] = segment.rawAll.split(field)
    const first: LeafJson = isSegmentId(name) ? name : { raw: this.#hex(name), text: this.#context.decodeRaw(name) }
    // What is no header by its exact name goes as any segment: its delimiters are then leaves of unusual spelling.
    if (!isHeaderId(name) || parts.length === 0) return [first, ...parts.map(part => this.#field(part))]
    const [encodingCharacters = '', ...rest] = parts
    return [first, field, this.verbatim(encodingCharacters), ...rest.map(part => this.#field(part))]
  }

  /** Spaces, line ends and framing characters as text; a byte order mark would not be the same in every character set. */
  prefix(raw: string): LeafJson {
    return /^[\x0b\x1c\t\f\r\n ]*$/.test(raw) ? raw : { raw: this.#hex(raw) }
  }

  /** Text without escapes, such as the delimiters themselves. */
  verbatim(raw: string): LeafJson {
    const text = this.#context.decodeRaw(raw)
    return this.#encode(text) === raw ? text : { raw: this.#hex(raw), text }
  }

  #field(raw: string): FieldJson {
    const { repetition, component, subcomponent } = this.#context.delimiters
    const repetitions = divide(raw, repetition).map(part => {
      const components = divide(part, component).map(inner => {
        const leaves = divide(inner, subcomponent).map(leaf => this.#leaf(leaf))
        return leaves.length === 1 && leaves[0] !== undefined ? leaves[0] : leaves
      })
      const only = components.length === 1 ? components[0] : undefined
      return only !== undefined && !Array.isArray(only) ? only : components
    })
    const only = repetitions.length === 1 ? repetitions[0] : undefined
    return only !== undefined && !Array.isArray(only) ? only : repetitions
  }

  #leaf(raw: string): LeafJson {
    const text = this.#context.decodeLeaf(raw)
    return this.#escape(text) === raw ? text : { raw: this.#hex(raw), text }
  }

  /** The raw form that the text would be given; undefined where it cannot be written. */
  #escape(text: string): string | undefined {
    // Without an escape character nothing that needs one can be in the text, but for control characters.
    if (this.#context.delimiters.escape === undefined)
      return /[\x00-\x08\x0a-\x1f\x7f]/.test(text) ? undefined : this.#encode(text)
    return this.#encode(this.#escaper.escape(text))
  }

  #encode(text: string): string | undefined {
    const { codec } = this.#context
    return codec === undefined ? text : codec.encode(text)
  }

  #hex(raw: string): string {
    const bytes = this.#context.codec === undefined ? encodeUtf8(raw) : this.#context.codec.toBytes(raw)
    return Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('')
  }
}

/** Bytes of hexadecimal digits; undefined for what is none. */
export function bytesOfHex(hex: string): Uint8Array | undefined {
  if (!/^(?:[0-9a-fA-F]{2})*$/.test(hex)) return undefined
  let binary = ''
  for (let i = 0; i < hex.length; i += 2) binary += String.fromCharCode(Number.parseInt(hex.slice(i, i + 2), 16))
  return bytesOfBinary(binary)
}
