import type { IssueList, IssuePosition } from './issue.ts'
import type { ParseLimits } from './limits.ts'
import type { MessageContext } from './message-context.ts'
import { Segment } from './segment.ts'
import { isSegmentId } from './segment-line.ts'

const CR = 0x0d
const LF = 0x0a

/**
 * Cuts a message into segments without looking inside them. CR, LF and CRLF all end a segment; further line ends that follow at
 * once belong to the same segment's end, so that empty lines survive. Linear: each kind of line end is searched for once.
 */
export function readSegments(
  raw: string,
  start: number,
  context: MessageContext,
  limits: ParseLimits,
  issues: IssueList,
): Segment[] | undefined {
  const segments: Segment[] = []
  let nextLf = raw.indexOf('\n', start)
  let nextCr = raw.indexOf('\r', start)
  let at = start
  const stop = contentEnd(raw, issues)
  while (at < stop) {
    if (nextCr >= 0 && nextCr < at) nextCr = raw.indexOf('\r', at)
    if (nextLf >= 0 && nextLf < at) nextLf = raw.indexOf('\n', at)
    const end = Math.min(firstOf(nextCr, nextLf, stop), stop)
    let next = end
    while (next < stop && isLineEnd(raw.charCodeAt(next))) next++
    if (segments.length === limits.segmentsMax) {
      issues.add('segments-too-many', 'error', `The message has more than the ${limits.segmentsMax} segments allowed`)
      return undefined
    }
    segments.push(readSegment(raw, at, end, next, segments.length + 1, context, issues))
    at = next
  }
  const last = segments.at(-1)
  if (last !== undefined && stop < raw.length) last.terminator += raw.slice(stop)
  return segments
}

/** Where the segments end: before the FS of an MLLP frame that was left on, which is kept with the last line end. */
function contentEnd(raw: string, issues: IssueList): number {
  const tail = raw.slice(-4)
  const at = tail.indexOf('\x1c')
  if (at < 0 || !/^[\x1c\r\n]*$/.test(tail.slice(at))) return raw.length
  issues.add('framing-characters', 'warning', 'MLLP framing characters stand after the message')
  return raw.length - tail.length + at
}

function firstOf(a: number, b: number, none: number): number {
  if (a < 0) return b < 0 ? none : b
  return b < 0 || a < b ? a : b
}

function isLineEnd(code: number): boolean {
  return code === CR || code === LF
}

function readSegment(
  raw: string,
  at: number,
  end: number,
  next: number,
  number: number,
  context: MessageContext,
  issues: IssueList,
): Segment {
  const terminator = next - end === 1 ? (raw.charCodeAt(end) === CR ? '\r' : '\n') : raw.slice(end, next)
  const line = raw.slice(at, end)
  const separated = end - at === 3 || raw.startsWith(context.delimiters.field, at + 3)
  if (separated) {
    const id = raw.slice(at, at + 3)
    if (isSegmentId(id)) {
      if (number > 1 && id === 'MSH') {
        issues.add('message-repeated', 'error', 'A second MSH stands in the message; a batch is read with parseBatch', {
          byteOffset: byteOffset(raw, at, context),
          segmentNumber: number,
        })
      }
      return new Segment(id, line, terminator, context)
    }
  }
  return readOddSegment(
    line,
    terminator,
    { byteOffset: byteOffset(raw, at, context), segmentNumber: number },
    context,
    issues,
  )
}

const ODD_ID_CHARACTERS_MAX = 16

/** A line that does not start as the standard wants. It stays in its place, and is found by name where the name can be guessed. */
function readOddSegment(
  line: string,
  terminator: string,
  position: IssuePosition,
  context: MessageContext,
  issues: IssueList,
): Segment {
  const separator = line.slice(0, ODD_ID_CHARACTERS_MAX).indexOf(context.delimiters.field)
  const written = line.slice(0, separator < 0 ? ODD_ID_CHARACTERS_MAX : separator)
  const trimmed = written.trim()
  const id = trimmed.toUpperCase()
  if (!isSegmentId(id)) {
    issues.add(
      'segment-id-invalid',
      'warning',
      'A line does not start with a segment id and a field separator',
      position,
    )
    return new Segment(trimmed, line, terminator, context)
  }
  if (trimmed !== id) issues.add('segment-id-case', 'warning', `Segment id ${id} is not in upper case`, position, id)
  if (trimmed !== written)
    issues.add('segment-indented', 'warning', `Spaces stand around segment id ${id}`, position, id)
  // A second header written oddly must not shift its fields as a header's.
  return new Segment(id === 'MSH' ? trimmed : id, line, terminator, context)
}

/** Byte offset of an index of the raw string; only computed where there is something to report. */
function byteOffset(raw: string, index: number, context: MessageContext): number {
  const codec = context.codec
  return codec === undefined ? index : codec.toBytes(raw.slice(0, index)).length
}
