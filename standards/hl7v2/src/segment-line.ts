import { Hl7Error } from './hl7-error.ts'
import type { MessageContext } from './message-context.ts'
import { isHeaderId, Segment } from './segment.ts'

const SEGMENT_ID = /^[A-Z][A-Z0-9]{2}$/

export function isSegmentId(id: string): boolean {
  return SEGMENT_ID.test(id)
}

/** A new, empty segment. */
export function createSegment(id: string, terminator: string, context: MessageContext): Segment {
  if (!isSegmentId(id))
    throw new Hl7Error('segment-invalid', `'${id}' is no segment id: three characters, A-Z and 0-9`, id)
  return new Segment(id, id, 0, id.length, terminator, context)
}

/** A segment from its raw form. Throws where it would not be one segment of this message. */
export function parseSegmentLine(raw: string, terminator: string, context: MessageContext): Segment {
  const id = raw.slice(0, 3)
  const next = raw.charAt(3)
  if (!isSegmentId(id) || isHeaderId(id) || (next !== '' && next !== context.delimiters.field)) {
    throw new Hl7Error('segment-invalid', 'A raw segment starts with three characters A-Z or 0-9 and a field separator')
  }
  if (raw.includes('\r') || raw.includes('\n')) {
    throw new Hl7Error('raw-breaks-structure', 'A raw segment holds no line ends', id)
  }
  return new Segment(id, raw, 0, raw.length, terminator, context)
}
