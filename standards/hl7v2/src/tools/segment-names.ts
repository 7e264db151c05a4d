import type { Message } from '../message.ts'
import type { Segment } from '../segment.ts'

/** The segments of a message under the names that paths give them: `PID`, and `OBX[2]` where there are several. */
export function namedSegments(message: Message): readonly { readonly name: string; readonly segment: Segment }[] {
  const segments = message.segments()
  const totals = new Map<string, number>()
  for (const { id } of segments) totals.set(id, (totals.get(id) ?? 0) + 1)
  const counts = new Map<string, number>()
  return segments.map(segment => {
    const count = (counts.get(segment.id) ?? 0) + 1
    counts.set(segment.id, count)
    return { name: (totals.get(segment.id) ?? 0) > 1 ? `${segment.id}[${count}]` : segment.id, segment }
  })
}
