import type { SegmentContent } from './segment-content.ts'

/** Score of two segments of equal content. */
export const SEGMENT_SAME = 20

/** What a segment is about; two that are about different things are never the same one, whatever their numbers. */
const SUBJECTS: Readonly<Record<string, readonly string[]>> = {
  OBX: ['3', '4'],
  OBR: ['4'],
}

/** Segments whose first field is a set id: a number that counts them, and often moves when one is added. */
const NUMBERED = new Set(
  'ABS AL1 ARV DB1 DG1 DSP FT1 GT1 IAM IN1 IN3 LCH NK1 NTE OBR OBX PID PR1 PRA PSL PV1 RGS RMI SPM STF TQ1 TQ2 UB1 UB2'.split(
    ' ',
  ),
)

interface Facts {
  readonly id: string
  readonly key: string
  readonly withoutSetId: string
  readonly setId: string
  readonly subject: string
}

/** How well two segments fit each other, from 0 (never the same) to `SEGMENT_SAME`. */
export function segmentScorer(
  before: readonly SegmentContent[],
  after: readonly SegmentContent[],
): (a: number, b: number) => number {
  const factsA = before.map(factsOf)
  const factsB = after.map(factsOf)
  return (indexA, indexB) => {
    const a = factsA[indexA]
    const b = factsB[indexB]
    if (a === undefined || b === undefined || a.id !== b.id) return 0
    if (a.key === b.key) return SEGMENT_SAME
    if (a.withoutSetId === b.withoutSetId) return 18
    if (a.subject !== '' && b.subject !== '') return a.subject !== b.subject ? 0 : a.setId === b.setId ? 14 : 12
    if (a.setId !== '' || b.setId !== '') return a.setId === b.setId ? 6 : 1
    return 3
  }
}

function factsOf({ segment, fields, key }: SegmentContent): Facts {
  const { id } = segment
  const numbered = NUMBERED.has(id)
  const subject = (SUBJECTS[id] ?? []).map(field => fields[Number(field) - 1]?.[0]?.leaves[0]?.text ?? '')
  const end = key.indexOf('\u0000', id.length + 1)
  return {
    id,
    key,
    withoutSetId: numbered && end >= 0 ? key.slice(end) : key,
    setId: numbered ? (fields[0]?.[0]?.leaves[0]?.text ?? '') : '',
    subject: subject[0] === undefined || subject[0] === '' ? '' : subject.join('\u0000'),
  }
}
