import type { Charset, Codec } from './charset.ts'
import { assertCharset, codecOf, decodeContent, decodeUtf8, encodeUtf8, parseCharset } from './charset.ts'
import type { Delimiters, DelimitersFault } from './delimiters.ts'
import { isFieldSeparator, readDelimiters } from './delimiters.ts'
import { FIRST_LEAF, nthPart, readLeaf } from './element.ts'
import type { Issue } from './issue.ts'
import { IssueList } from './issue.ts'
import type { ParseLimits } from './limits.ts'
import { PARSE_LIMITS_DEFAULT } from './limits.ts'
import { Message } from './message.ts'
import { isAscii, MessageContext } from './message-context.ts'
import { partEnd, partStart } from './scan.ts'
import { readSegments } from './segment-reader.ts'

export interface ParseOptions {
  /** Reads the message in this character set, whatever MSH-18 says. Any spelling; an unknown one throws. */
  readonly charset?: string
  readonly limits?: Partial<ParseLimits>
}

/** A message with what was odd about it, or what made it impossible to find one. */
export type ParseResult =
  | { readonly ok: true; readonly message: Message; readonly issues: readonly Issue[] }
  | { readonly ok: false; readonly issues: readonly Issue[] }

/**
 * Parses one message. `ok: false` means that no message could be recognised: no MSH, no usable field separator, too large. All
 * else is a message whose issues say how bad it is; the caller decides what to refuse. Never throws for what is in the input.
 *
 * The message keeps the bytes (untouched, it formats to them): hand over bytes that nobody will write into. A string is text;
 * its bytes are made in the message's character set.
 */
export function parse(input: Uint8Array | string, options: ParseOptions = {}): ParseResult {
  const limits = options.limits === undefined ? PARSE_LIMITS_DEFAULT : { ...PARSE_LIMITS_DEFAULT, ...options.limits }
  const issues = new IssueList(limits.issuesMax)
  const forced = options.charset === undefined ? undefined : assertCharset(options.charset)
  if (input.length > limits.bytesMax) {
    issues.add('input-too-large', 'error', `The input is larger than the ${limits.bytesMax} bytes allowed`)
    return { ok: false, issues: issues.issues }
  }
  if (typeof input !== 'string') return parseBytes(input, decodeUtf8(input), forced, limits, issues)
  if (isAscii(input)) return parseBytes(undefined, { text: input, lossless: true }, forced, limits, issues)
  const { bytes, charset } = bytesOfText(input, forced, issues)
  return parseBytes(bytes, decodeUtf8(bytes), charset, limits, issues)
}

/** Without bytes, the text is known to be ASCII. */
function parseBytes(
  bytes: Uint8Array | undefined,
  utf8: { readonly text: string; readonly lossless: boolean },
  forced: Charset | undefined,
  limits: ParseLimits,
  issues: IssueList,
): ParseResult {
  const start = findHeader(utf8.text, issues)
  if (start < 0) return { ok: false, issues: issues.issues }
  const header = readHeader(utf8.text, start, issues)
  if (header === undefined) return { ok: false, issues: issues.issues }
  const declared = parseCharset(header.charset)
  if (declared === undefined && forced === undefined) {
    issues.add(
      'charset-unknown',
      'warning',
      'MSH-18 names a character set that is not known; the content is read as if it were missing',
      {
        byteOffset: start,
        segmentNumber: 1,
      },
      'MSH-18',
    )
  }
  const charset = forced ?? declared ?? 'ascii'
  let raw = utf8.text
  let codec: Codec | undefined
  let prefix = start
  if (bytes !== undefined && (raw.length !== bytes.length || !utf8.lossless)) {
    const content = decodeContent(bytes, utf8, charset)
    // In a string of one character per byte, the header starts at another index when odd bytes stand before it.
    if (content.raw !== raw) prefix = content.raw.indexOf(raw.slice(start, start + 4))
    raw = content.raw
    codec = content.codec
    reportCharset(content.fault, codec.charset, issues)
  }
  const context = new MessageContext(header.delimiters, charset, codec, hasEscapes(raw, prefix, header))
  const segments = readSegments(raw, prefix, context, limits, issues)
  if (segments === undefined) return { ok: false, issues: issues.issues }
  if (raw === utf8.text && header.typeStart >= 0) segments[0]?.know(8, header.typeStart)
  return { ok: true, message: new Message(context, raw.slice(0, prefix), segments, bytes), issues: issues.issues }
}

function reportCharset(fault: string | undefined, charset: Charset, issues: IssueList): void {
  if (fault === 'charset-undeclared') {
    issues.add(
      'charset-undeclared',
      'warning',
      `MSH-18 declares ASCII or nothing, but other bytes are there; read as ${charset}`,
      undefined,
      'MSH-18',
    )
  } else if (fault === 'charset-bytes-invalid') {
    issues.add(
      'charset-bytes-invalid',
      'warning',
      `Some bytes are not valid in ${charset}; they are kept as they are`,
      undefined,
      'MSH-18',
    )
  }
}

/** What may stand before MSH without being a reason to refuse: a byte order mark, line ends, spaces, the VT of an MLLP frame. */
const LEADING = /^[\ufeff\x0b\x1c\s]+/

function findHeader(text: string, issues: IssueList): number {
  if (text.startsWith('MSH')) return 0
  if (text.length === 0) {
    issues.add('input-empty', 'error', 'The input is empty')
    return -1
  }
  const start = LEADING.exec(text)?.[0].length ?? 0
  if (start > 0 && text.startsWith('MSH', start)) {
    const framed = text.slice(0, start).includes('\x0b')
    if (framed)
      issues.add('framing-characters', 'warning', 'MLLP framing characters stand in the message', { byteOffset: 0 })
    else issues.add('header-displaced', 'warning', 'Something stands before the MSH segment', { byteOffset: 0 })
    return start
  }
  issues.add('header-missing', 'error', 'The input does not start with an MSH segment', {
    byteOffset: encodeUtf8(text.slice(0, start)).length,
  })
  return -1
}

interface HeaderFacts {
  readonly delimiters: Delimiters
  readonly charset: string
  /** Characters from MSH to the end of MSH-2. */
  readonly delimitersEnd: number
  /** Where MSH-9 begins in the text, or -1. */
  readonly typeStart: number
}

function readHeader(text: string, start: number, issues: IssueList): HeaderFacts | undefined {
  const field = text.charAt(start + 3)
  if (!isFieldSeparator(field)) {
    issues.add(
      'field-separator-invalid',
      'error',
      'MSH is not followed by a field separator',
      { byteOffset: start, segmentNumber: 1 },
      'MSH-1',
    )
    return undefined
  }
  const code = field.charCodeAt(0)
  const end = headerEnd(text, start)
  const encodingEnd = partEnd(text, start + 4, end, code)
  const { delimiters, fault } = readDelimiters(field, text.slice(start + 4, encodingEnd))
  // One pass: each field is looked for from the one before. Here 2 is MSH-2, and MSH-9 the seventh part behind it.
  const type = partStart(text, encodingEnd, end, code, 8)
  const controlId = type < 0 ? -1 : partStart(text, type, end, code, 2)
  const charset = controlId < 0 ? -1 : partStart(text, controlId, end, code, 9)
  if (fault !== undefined) reportDelimiters(fault, start, issues)
  if (isEmptyPart(text, type, end, code)) reportMissing('message-type-missing', 'MSH-9', start, issues)
  if (isEmptyPart(text, controlId, end, code)) reportMissing('control-id-missing', 'MSH-10', start, issues)
  const declared = charset < 0 ? '' : text.slice(charset, partEnd(text, charset, end, code))
  return {
    delimiters,
    charset: readLeaf(declared, delimiters, FIRST_LEAF) ?? '',
    delimitersEnd: encodingEnd - start,
    typeStart: type,
  }
}

function isEmptyPart(text: string, start: number, end: number, code: number): boolean {
  return start < 0 || start >= end || text.charCodeAt(start) === code
}

function reportMissing(
  code: 'message-type-missing' | 'control-id-missing',
  path: string,
  start: number,
  issues: IssueList,
): void {
  issues.add(code, 'error', `${path} is missing`, { byteOffset: start, segmentNumber: 1 }, path)
}

function reportDelimiters(fault: DelimitersFault, start: number, issues: IssueList): void {
  const text =
    fault === 'encoding-characters-missing'
      ? 'MSH-2 is empty; the recommended encoding characters are assumed'
      : 'MSH-2 holds repeated characters or characters that cannot delimit'
  issues.add(fault, 'error', text, { byteOffset: start, segmentNumber: 1 }, 'MSH-2')
}

/** Whether an escape character stands anywhere behind MSH-2. */
function hasEscapes(raw: string, start: number, header: HeaderFacts): boolean {
  const mark = header.delimiters.escape
  return mark !== undefined && raw.includes(mark, start + header.delimitersEnd)
}

function headerEnd(text: string, start: number): number {
  const cr = text.indexOf('\r', start)
  const lf = text.indexOf('\n', start)
  if (cr < 0) return lf < 0 ? text.length : lf
  return lf < 0 ? cr : Math.min(cr, lf)
}

/** The bytes of a text in the character set that it declares where that can hold it, else in UTF-8. */
function bytesOfText(
  text: string,
  forced: Charset | undefined,
  issues: IssueList,
): { bytes: Uint8Array; charset: Charset | undefined } {
  const start = LEADING.exec(text)?.[0].length ?? 0
  const declared = nthPart(text.slice(start, headerEnd(text, start)), text.charAt(start + 3) || undefined, 18)
  const charset = forced ?? parseCharset(declared ?? '') ?? 'utf-8'
  const codec = codecOf(charset)
  const raw = codec.encode(text)
  if (raw !== undefined) return { bytes: codec.toBytes(raw), charset: forced }
  issues.add(
    'charset-bytes-invalid',
    'warning',
    `The text holds characters that ${charset} cannot; it is read as utf-8`,
    undefined,
    'MSH-18',
  )
  return { bytes: encodeUtf8(text), charset: 'utf-8' }
}
