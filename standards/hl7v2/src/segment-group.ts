import type { Segment } from './segment.ts'
import type { SegmentId } from './segment-id.ts'

/** A leading segment with those that follow it. */
export interface SegmentGroup {
  readonly lead: Segment
  /** The leading segment and the others, in message order. */
  readonly segments: readonly Segment[]
}

/** Segments of a group with one id. */
export function segmentsOf(group: SegmentGroup, id: SegmentId): readonly Segment[] {
  return group.segments.filter(segment => segment.id === id)
}

/** Cuts a list before every segment with the id; what stands before the first belongs to no group. */
export function groupSegments(
  segments: readonly Segment[],
  id: SegmentId,
  until: readonly SegmentId[] = [],
): readonly SegmentGroup[] {
  const ends = new Set<string>(until)
  const groups: { lead: Segment; segments: Segment[] }[] = []
  let open: { lead: Segment; segments: Segment[] } | undefined
  for (const segment of segments) {
    if (segment.id === id) {
      open = { lead: segment, segments: [segment] }
      groups.push(open)
    } else if (ends.has(segment.id)) open = undefined
    else open?.segments.push(segment)
  }
  return groups
}
