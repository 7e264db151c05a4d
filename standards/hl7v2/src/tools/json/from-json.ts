import type { Charset } from '../../charset.ts'
import { codecOf, encodeUtf8, parseCharset } from '../../charset.ts'
import type { Delimiters } from '../../delimiters.ts'
import { isFieldSeparator, readDelimiters } from '../../delimiters.ts'
import { Escaper } from '../../escape.ts'
import { PARSE_LIMITS_DEFAULT } from '../../limits.ts'
import type { ParseOptions, ParseResult } from '../../parse.ts'
import { parse } from '../../parse.ts'
import { isHeaderId } from '../../segment.ts'
import { isSegmentId } from '../../segment-line.ts'
import { MESSAGE_JSON_FORMAT } from './message-json.ts'
import { bytesOfHex } from './to-json.ts'

/**
 * The message of a JSON form, as `toJson` makes it or anybody else: a value from `JSON.parse`, of which nothing is trusted. What is not
 * as `MessageJson` describes it is an issue `json-invalid` that names the place. Texts are escaped as the message's delimiters need.
 */
export function fromJson(json: unknown, options: Pick<ParseOptions, 'limits'> = {}): ParseResult {
  const bytesMax = options.limits?.bytesMax ?? PARSE_LIMITS_DEFAULT.bytesMax
  let content: { bytes: Uint8Array; charset: Charset }
  try {
    content = readMessage(json, bytesMax)
  } catch (error) {
    if (!(error instanceof JsonFault)) throw error
    return {
      ok: false,
      issues: [{ code: 'json-invalid', severity: 'error', text: `${error.place}: ${error.message}` }],
    }
  }
  return parse(content.bytes, { ...options, charset: content.charset })
}

/** Leaves the recursion; never this file. */
class JsonFault extends Error {
  readonly place: string

  constructor(place: string, message: string) {
    super(message)
    this.place = place
  }
}

function readMessage(json: unknown, bytesMax: number): { bytes: Uint8Array; charset: Charset } {
  if (!isRecord(json)) throw new JsonFault('message', 'it must be an object')
  if (json['format'] !== MESSAGE_JSON_FORMAT) throw new JsonFault('format', `it must be '${MESSAGE_JSON_FORMAT}'`)
  const charset = typeof json['charset'] === 'string' ? parseCharset(json['charset']) : undefined
  if (charset === undefined) throw new JsonFault('charset', 'it must be the name of a character set')
  const { segments } = json
  if (!Array.isArray(segments)) throw new JsonFault('segments', 'they must be an array')
  const lineEnd = json['lineEnd'] === undefined ? '\r' : lineEndOf(json['lineEnd'], 'lineEnd')
  const lineEnds = json['lineEnds'] === undefined ? {} : json['lineEnds']
  if (!isRecord(lineEnds)) throw new JsonFault('lineEnds', 'they must be an object')
  const writer = new SegmentWriter(delimitersOf(segments[0]), charset, bytesMax)
  if (json['prefix'] !== undefined) writer.prefix(json['prefix'])
  for (const [index, segment] of segments.entries()) {
    const place = `segments[${index}]`
    if (!Array.isArray(segment)) throw new JsonFault(place, 'it must be an array')
    writer.segment(segment, place)
    const number = String(index + 1)
    writer.verbatim(Object.hasOwn(lineEnds, number) ? lineEndOf(lineEnds[number], `lineEnds.${number}`) : lineEnd)
  }
  return { bytes: writer.bytes(), charset }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function lineEndOf(value: unknown, place: string): string {
  if (typeof value === 'string' && /^[\r\n\x1c]{0,64}$/.test(value)) return value
  throw new JsonFault(place, 'it must be of line ends')
}

function delimitersOf(header: unknown): Delimiters {
  const [name, field, encoding]: readonly unknown[] = Array.isArray(header) ? header : []
  if (name !== 'MSH') throw new JsonFault('segments[0]', 'the first segment must be MSH')
  if (typeof field !== 'string' || !isFieldSeparator(field))
    throw new JsonFault('segments[0][1]', 'it must be a field separator')
  return readDelimiters(field, typeof encoding === 'string' ? encoding : '').delimiters
}

class SegmentWriter {
  readonly #delimiters: Delimiters
  readonly #escaper: Escaper
  readonly #charset: Charset
  readonly #forbidden: readonly string[]
  readonly #bytesMax: number
  readonly #chunks: Uint8Array[] = []
  #text = ''
  #bytesTotal = 0

  constructor(delimiters: Delimiters, charset: Charset, bytesMax: number) {
    this.#delimiters = delimiters
    this.#escaper = new Escaper(delimiters)
    this.#charset = charset
    this.#bytesMax = bytesMax
    const { field, repetition, component, subcomponent } = delimiters
    this.#forbidden = ['\r', '\n', field, repetition, component, subcomponent].filter(mark => mark !== undefined)
  }

  prefix(value: unknown): void {
    if (typeof value === 'string' && /^[\ufeff\x0b\x1c\s]*$/.test(value)) this.verbatim(value)
    else this.#raw(value, 'prefix', [])
  }

  segment(parts: readonly unknown[], place: string): void {
    const [name, ...fields] = parts
    if (typeof name === 'string' && isSegmentId(name)) this.verbatim(name)
    else this.#raw(name, `${place}[0]`, ['\r', '\n', this.#delimiters.field])
    const header = typeof name === 'string' && isHeaderId(name) && fields.length > 0
    for (const [index, field] of fields.entries()) {
      const at = `${place}[${index + 1}]`
      if (header && index === 0) {
        if (field !== this.#delimiters.field) throw new JsonFault(at, 'it must be the field separator of the message')
        continue
      }
      this.verbatim(this.#delimiters.field)
      if (header && index === 1) this.#encodingCharacters(field, at)
      else this.#divided(field, at, 0)
    }
    if (header && fields.length === 1) this.verbatim(this.#delimiters.field)
  }

  verbatim(text: string): void {
    this.#text += text
    if (this.#text.length + this.#bytesTotal > this.#bytesMax) {
      throw new JsonFault('message', `it is larger than the ${this.#bytesMax} bytes allowed`)
    }
  }

  bytes(): Uint8Array {
    this.#flush()
    const bytes = new Uint8Array(this.#bytesTotal)
    let at = 0
    for (const chunk of this.#chunks) {
      bytes.set(chunk, at)
      at += chunk.length
    }
    return bytes
  }

  #encodingCharacters(value: unknown, place: string): void {
    if (typeof value === 'string' && !/[\r\n]/.test(value) && !value.includes(this.#delimiters.field))
      this.verbatim(value)
    else this.#raw(value, place, ['\r', '\n', this.#delimiters.field])
  }

  /** Level 0 divides into repetitions, 1 into components, 2 into subcomponents. */
  #divided(value: unknown, place: string, level: number): void {
    if (!Array.isArray(value)) {
      this.#leaf(value, place)
      return
    }
    if (level > 2) throw new JsonFault(place, 'it is divided too deeply')
    if (value.length === 0) throw new JsonFault(place, 'it must not be an empty array')
    const { repetition, component, subcomponent } = this.#delimiters
    const mark = [repetition, component, subcomponent][level]
    for (const [index, part] of value.entries()) {
      if (index > 0) {
        if (mark === undefined) throw new JsonFault(place, 'MSH-2 declares no delimiter for it')
        this.verbatim(mark)
      }
      this.#divided(part, `${place}[${index}]`, level + 1)
    }
  }

  #leaf(value: unknown, place: string): void {
    if (typeof value !== 'string') {
      this.#raw(value, place, this.#forbidden)
      return
    }
    if (this.#delimiters.escape !== undefined) this.verbatim(this.#escaper.escape(value))
    else if (/[\x00-\x08\x0a-\x1f\x7f]/.test(value) || this.#forbidden.some(mark => value.includes(mark))) {
      throw new JsonFault(place, 'it needs escapes, and MSH-2 declares no escape character')
    } else this.verbatim(value)
  }

  #raw(value: unknown, place: string, forbidden: readonly string[]): void {
    const raw = isRecord(value) ? value['raw'] : undefined
    const bytes = typeof raw === 'string' ? bytesOfHex(raw) : undefined
    if (bytes === undefined) throw new JsonFault(place, "it must be a text or { raw: '<hexadecimal>' }")
    if (bytes.some(byte => forbidden.includes(String.fromCharCode(byte)))) {
      throw new JsonFault(place, 'its bytes hold a delimiter or a line end')
    }
    this.#flush()
    this.#push(bytes)
  }

  #flush(): void {
    if (this.#text === '') return
    const codec = codecOf(this.#charset)
    const raw = codec.encode(this.#text)
    if (raw === undefined) throw new JsonFault('message', `${this.#charset} cannot hold its text`)
    this.#push(codec === codecOf('utf-8') ? encodeUtf8(raw) : codec.toBytes(raw))
    this.#text = ''
  }

  #push(bytes: Uint8Array): void {
    this.#chunks.push(bytes)
    this.#bytesTotal += bytes.length
  }
}
