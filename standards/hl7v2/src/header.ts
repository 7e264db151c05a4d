import type { Charset, Codec } from './charset.ts'
import { binaryOf, codecOf, decodeUtf8, parseCharset } from './charset.ts'
import type { DelimiterCodes, Delimiters } from './delimiters.ts'
import { codesOf, DELIMITERS_DEFAULT, isFieldSeparator, readDelimiters } from './delimiters.ts'
import { FIRST_LEAF, readLeaf } from './element.ts'
import type { Message } from './message.ts'
import type { Hl7Path } from './path.ts'
import type { LeafPlace, LeafRange } from './scan.ts'
import { findLeaf, partStart } from './scan.ts'
import { unescapeText } from './escape.ts'

/**
 * What routing, acknowledging and ordering need of a message, decoded. A field that is missing is `''`. `recognised` is false for bytes in
 * which no MSH was found: then the delimiters are the recommended ones.
 */
export interface Header {
  readonly recognised: boolean
  readonly delimiters: Delimiters
  /** MSH-3 to MSH-6 in raw form (HD values with their components), as an acknowledgement swaps them. */
  readonly sendingApplication: string
  readonly sendingFacility: string
  readonly receivingApplication: string
  readonly receivingFacility: string
  /** MSH-9.1 and MSH-9.2, as `ADT` and `A01`. */
  readonly messageCode: string
  readonly triggerEvent: string
  /** As `ADT^A01`. */
  readonly type: string
  /** MSH-10. */
  readonly controlId: string
  /** MSH-11, raw. */
  readonly processingId: string
  /** MSH-12.1, as `2.5.1`. */
  readonly version: string
  /** MSH-15 and MSH-16: when the sender wants accept and application acknowledgements (`AL`, `NE`, `ER`, `SU`). */
  readonly acceptAcknowledgement: string
  readonly applicationAcknowledgement: string
  /** MSH-18, first repetition as the sender spells it. */
  readonly charset: string
  /** The character set that the header was read in, and that an answer is written in. */
  readonly readAs: Charset
  /** PID-3.1 of the first PID. */
  readonly patientId: string
}

const EMPTY_HEADER: Header = {
  recognised: false,
  delimiters: DELIMITERS_DEFAULT,
  sendingApplication: '',
  sendingFacility: '',
  receivingApplication: '',
  receivingFacility: '',
  messageCode: '',
  triggerEvent: '',
  type: '',
  controlId: '',
  processingId: '',
  version: '',
  acceptAcknowledgement: '',
  applicationAcknowledgement: '',
  charset: '',
  readAs: 'ascii',
  patientId: '',
}

const CR = 0x0d
const LF = 0x0a
const FS = 0x1c
const PATIENT_ID_FIELD = 3

/**
 * Reads the header and the patient's id without parsing the message: what a listener needs before it acknowledges. Never throws;
 * bytes without an MSH give a header that is not `recognised`.
 */
export function quickHeader(input: Uint8Array): Header {
  const bytes = withoutFrameEnd(input)
  const start = headerStart(bytes)
  if (start < 0) return EMPTY_HEADER
  const separator = bytes[start + 3]
  if (separator === undefined || !isFieldSeparator(String.fromCharCode(separator))) return EMPTY_HEADER
  const headerEnd = lineEnd(bytes, start)
  const patientStart = findPatient(bytes, headerEnd, separator)
  const end = patientStart < 0 ? headerEnd : fieldEnd(bytes, patientStart, separator, PATIENT_ID_FIELD)
  // One decoder call for everything up to PID-3: a call costs more than the bytes between.
  const region = bytes.subarray(start, end)
  const utf8 = decodeUtf8(region)
  if (utf8.lossless && utf8.text.length === region.length) {
    return readHeaderText(utf8.text, headerEnd - start, patientStart - start, undefined)
  }
  const binary = binaryOf(region)
  const charset = parseCharset(declaredCharset(binary, headerEnd - start)) ?? 'ascii'
  // What declares nothing is read as parse reads it, which looks at the whole message.
  const codec = codecOf(charset !== 'ascii' ? charset : decodeUtf8(bytes).lossless ? 'utf-8' : 'iso-8859-1')
  return readHeaderText(binary, headerEnd - start, patientStart - start, codec)
}

/** The same facts of a message that is parsed already. */
export function headerOf(message: Message): Header {
  const text = (path: Hl7Path): string => message.text(path) ?? ''
  const raw = (path: Hl7Path): string => message.raw(path) ?? ''
  return {
    recognised: true,
    delimiters: message.delimiters,
    sendingApplication: raw('MSH-3'),
    sendingFacility: raw('MSH-4'),
    receivingApplication: raw('MSH-5'),
    receivingFacility: raw('MSH-6'),
    messageCode: text('MSH-9.1'),
    triggerEvent: text('MSH-9.2'),
    type: message.type,
    controlId: message.controlId,
    processingId: raw('MSH-11'),
    version: message.version,
    acceptAcknowledgement: text('MSH-15'),
    applicationAcknowledgement: text('MSH-16'),
    charset: text('MSH-18'),
    readAs: message.charset,
    patientId: text('PID-3.1'),
  }
}

/** The bytes before the end of an MLLP frame, where that was left on. */
function withoutFrameEnd(bytes: Uint8Array): Uint8Array {
  let end = bytes.length
  let framed = false
  for (; end > 0; end--) {
    const byte = bytes[end - 1]
    if (byte === FS) framed = true
    else if (byte !== CR && byte !== LF) break
  }
  return framed ? bytes.subarray(0, end) : bytes
}

/** Index of MSH behind what may stand before it, or -1. */
function headerStart(bytes: Uint8Array): number {
  let at = 0
  if (bytes[0] !== 0x4d) {
    if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) at = 3
    while (isLeading(bytes[at])) at++
  }
  return bytes[at] === 0x4d && bytes[at + 1] === 0x53 && bytes[at + 2] === 0x48 ? at : -1
}

function isLeading(byte: number | undefined): boolean {
  return byte === 0x20 || (byte !== undefined && byte >= 0x09 && byte <= 0x0d) || byte === FS
}

function lineEnd(bytes: Uint8Array, from: number): number {
  let at = from
  while (at < bytes.length && bytes[at] !== CR && bytes[at] !== LF) at++
  return at
}

function findPatient(bytes: Uint8Array, from: number, separator: number): number {
  let at = from
  while (at < bytes.length) {
    while (bytes[at] !== FS && isLeading(bytes[at])) at++
    // Without regard to case (the bit 0x20), as parse finds an odd 'pid' too.
    const p = (bytes[at] ?? 0) & 0xdf
    const i = (bytes[at + 1] ?? 0) & 0xdf
    const d = (bytes[at + 2] ?? 0) & 0xdf
    if (p === 0x50 && i === 0x49 && d === 0x44 && bytes[at + 3] === separator) return at
    at = lineEnd(bytes, at)
  }
  return -1
}

function fieldEnd(bytes: Uint8Array, from: number, separator: number, field: number): number {
  let separators = 0
  let at = from
  for (; at < bytes.length; at++) {
    const byte = bytes[at]
    if (byte === CR || byte === LF) break
    if (byte === separator && ++separators > field) break
  }
  return at
}

/** Fields of MSH that are read, and where each begins; overwritten by every call, which reads it at once. */
const FIELDS_READ = 18
const fieldStarts = new Int32Array(FIELDS_READ + 2)
const leafRange: LeafRange = { start: 0, end: 0 }

/** Notes where MSH-2 to MSH-18 begin. A field that is not there begins behind the end. */
function findFields(text: string, headerEnd: number): void {
  const separator = text.charCodeAt(3)
  let field = 2
  fieldStarts[field] = 4
  for (let i = 4; i < headerEnd && field <= FIELDS_READ; i++) {
    if (text.charCodeAt(i) === separator) fieldStarts[++field] = i + 1
  }
  while (field <= FIELDS_READ) fieldStarts[++field] = headerEnd + 1
}

function fieldText(text: string, field: number): string {
  const start = fieldStarts[field] ?? 0
  const end = (fieldStarts[field + 1] ?? 0) - 1
  return start < end ? text.slice(start, end) : ''
}

/** MSH-18 as the sender spells it. */
function declaredCharset(text: string, headerEnd: number): string {
  findFields(text, headerEnd)
  return readLeaf(fieldText(text, 18), readDelimiters(text.charAt(3), fieldText(text, 2)).delimiters, FIRST_LEAF) ?? ''
}

/** Reads leaves of one text, whose characters are those of the message or, with a codec, its bytes. */
class LeafReader {
  readonly #text: string
  readonly #delimiters: Delimiters
  readonly #codes: DelimiterCodes
  readonly #codec: Codec | undefined
  readonly #escapes: boolean

  constructor(text: string, delimiters: Delimiters, codec: Codec | undefined) {
    this.#text = text
    this.#delimiters = delimiters
    this.#codes = codesOf(delimiters)
    this.#codec = codec
    this.#escapes = delimiters.escape !== undefined && text.includes(delimiters.escape, fieldStarts[3])
  }

  /** A field of MSH in raw form. */
  raw(field: number): string {
    const value = fieldText(this.#text, field)
    return this.#codec === undefined || value === '' ? value : this.#codec.fromBinary(value)
  }

  /** A leaf of a field of MSH. */
  header(field: number, place: LeafPlace): string {
    return this.leaf(fieldStarts[field] ?? 0, (fieldStarts[field + 1] ?? 0) - 1, place)
  }

  leaf(start: number, end: number, place: LeafPlace): string {
    if (start >= end) return ''
    const search = findLeaf(this.#text, start, end, this.#codes, place, leafRange)
    if (search === 'absent') return ''
    const found =
      search === 'found'
        ? this.#text.slice(leafRange.start, leafRange.end)
        : (readLeaf(this.#text.slice(start, end), this.#delimiters, place) ?? '')
    const decoded = this.#codec === undefined ? found : this.#codec.fromBinary(found)
    return this.#escapes ? unescapeText(decoded, this.#delimiters, this.#codec?.decodeHex) : decoded
  }
}

const SECOND_COMPONENT: LeafPlace = { repetition: 1, component: 2, subcomponent: 1 }

function readHeaderText(text: string, headerEnd: number, patientStart: number, codec: Codec | undefined): Header {
  findFields(text, headerEnd)
  const { delimiters } = readDelimiters(text.charAt(3), fieldText(text, 2))
  const reader = new LeafReader(text, delimiters, codec)
  const messageCode = reader.header(9, FIRST_LEAF)
  const triggerEvent = reader.header(9, SECOND_COMPONENT)
  const charset = reader.header(18, FIRST_LEAF)
  const patientField =
    patientStart < 0 ? -1 : partStart(text, patientStart, text.length, text.charCodeAt(3), PATIENT_ID_FIELD + 1)
  return {
    recognised: true,
    delimiters,
    sendingApplication: reader.raw(3),
    sendingFacility: reader.raw(4),
    receivingApplication: reader.raw(5),
    receivingFacility: reader.raw(6),
    messageCode,
    triggerEvent,
    type: triggerEvent === '' ? messageCode : `${messageCode}^${triggerEvent}`,
    controlId: reader.header(10, FIRST_LEAF),
    processingId: reader.raw(11),
    version: reader.header(12, FIRST_LEAF),
    acceptAcknowledgement: reader.header(15, FIRST_LEAF),
    applicationAcknowledgement: reader.header(16, FIRST_LEAF),
    charset,
    readAs: codec?.charset ?? parseCharset(charset) ?? 'ascii',
    patientId: patientField < 0 ? '' : reader.leaf(patientField, text.length, FIRST_LEAF),
  }
}
