import type { IssueList, IssuePosition } from './issue.ts'
import type { ParseLimits } from './limits.ts'
import type { MessageContext } from './message-context.ts'
import { Segment } from './segment.ts'
import { segmentIdAt } from './segment-id-table.ts'
import { isSegmentId } from './segment-line.ts'

const CR = 0x0d
const LF = 0x0a
const FS = 0x1c

/** Longest line start that is searched for a segment id where it does not stand in its place. */
const ODD_ID_CHARACTERS_MAX = 16

/**
 * Cuts a message into segments without looking inside them. CR, LF and CRLF all end a segment; further line ends that follow at
 * once belong to the same segment's end, so that empty lines survive. Linear: each kind of line end is searched for once. Undefined
 * where there are too many.
 */
export function readSegments(
  raw: string,
  start: number,
  context: MessageContext,
  limits: ParseLimits,
  issues: IssueList,
): Segment[] | undefined {
  const segments: Segment[] = []
  const stop = contentEnd(raw, issues)
  const separator = context.delimiters.field.charCodeAt(0)
  let odd: OddLines | undefined
  let nextCr = raw.indexOf('\r', start)
  let nextLf = raw.indexOf('\n', start)
  let at = start
  while (at < stop) {
    if (nextCr >= 0 && nextCr < at) nextCr = raw.indexOf('\r', at)
    if (nextLf >= 0 && nextLf < at) nextLf = raw.indexOf('\n', at)
    const end = Math.min(firstOf(nextCr, nextLf, stop), stop)
    const next = lineStart(raw, end, stop)
    if (segments.length === limits.segmentsMax) {
      issues.add('segments-too-many', 'error', `The message has more than the ${limits.segmentsMax} segments allowed`)
      return undefined
    }
    const terminator = next - end === 1 ? (end === nextCr ? '\r' : '\n') : raw.slice(end, next)
    const id = end - at === 3 || raw.charCodeAt(at + 3) === separator ? segmentIdAt(raw, at) : undefined
    if (id === undefined || (id === 'MSH' && at > start)) {
      odd ??= new OddLines(raw, context, issues)
      segments.push(odd.read(id, at, end, terminator, segments.length + 1))
    } else {
      segments.push(new Segment(id, raw, at, end, terminator, context))
    }
    at = next
  }
  const last = segments.at(-1)
  if (last !== undefined && stop < raw.length) last.terminator += raw.slice(stop)
  return segments
}

/** Where the segments end: before the FS of an MLLP frame that was left on, which is kept with the last line end. */
function contentEnd(raw: string, issues: IssueList): number {
  let at = raw.length
  let end = -1
  while (at > 0) {
    const code = raw.charCodeAt(at - 1)
    if (code === FS) end = at - 1
    else if (!isLineEnd(code)) break
    at--
  }
  if (end < 0) return raw.length
  issues.add('framing-characters', 'warning', 'MLLP framing characters stand after the message')
  return end
}

function lineStart(raw: string, end: number, stop: number): number {
  let next = end
  while (next < stop && isLineEnd(raw.charCodeAt(next))) next++
  return next
}

function firstOf(a: number, b: number, none: number): number {
  if (a < 0) return b < 0 ? none : b
  return b < 0 || a < b ? a : b
}

function isLineEnd(code: number): boolean {
  return code === CR || code === LF
}

/** Lines that do not start as the standard wants. They stay in place, and are found by name where the name can be guessed. */
class OddLines {
  readonly #raw: string
  readonly #context: MessageContext
  readonly #issues: IssueList
  #knownIndex = 0
  #knownOffset = 0

  constructor(raw: string, context: MessageContext, issues: IssueList) {
    this.#raw = raw
    this.#context = context
    this.#issues = issues
  }

  read(id: string | undefined, at: number, end: number, terminator: string, segmentNumber: number): Segment {
    const line = this.#raw.slice(at, end)
    const position = this.#issues.full ? { byteOffset: 0 } : { byteOffset: this.#byteOffset(at), segmentNumber }
    if (id !== undefined) {
      const text = `A second ${id} stands in the message; a batch is read with parseBatch`
      this.#issues.add('message-repeated', 'error', text, position, id)
      return new Segment(id, line, 0, line.length, terminator, this.#context)
    }
    return this.#readUnnamed(line, terminator, position)
  }

  #readUnnamed(line: string, terminator: string, position: IssuePosition): Segment {
    const start = line.slice(0, ODD_ID_CHARACTERS_MAX)
    const separator = start.indexOf(this.#context.delimiters.field)
    const written = separator < 0 ? start : start.slice(0, separator)
    const trimmed = written.trimStart()
    const id = trimmed.toUpperCase()
    if (!isSegmentId(id)) {
      const text = 'A line does not start with a segment id and a field separator'
      this.#issues.add('segment-id-invalid', 'warning', text, position)
      return new Segment(trimmed, line, 0, line.length, terminator, this.#context)
    }
    if (trimmed !== id) {
      this.#issues.add('segment-id-case', 'warning', `Segment id ${id} is not in upper case`, position, id)
    }
    if (trimmed !== written) {
      this.#issues.add('segment-indented', 'warning', `Spaces stand before segment id ${id}`, position, id)
    }
    return new Segment(id, line, 0, line.length, terminator, this.#context)
  }

  /** Byte offset of an index of the raw string. Goes on from the last one asked for, so that many odd lines stay linear. */
  #byteOffset(index: number): number {
    const codec = this.#context.codec
    if (codec === undefined) return index
    this.#knownOffset += codec.toBytes(this.#raw.slice(this.#knownIndex, index)).length
    this.#knownIndex = index
    return this.#knownOffset
  }
}
