import type { Message } from './message.ts'
import type { Segment } from './segment.ts'

/** A value of a message that is not divided further. */
export interface Leaf {
  /** As short as it is exact: `PID-5.1`, `PID-3[2].4.2`, `OBX[3]-5`. A line without a proper segment id keeps what stands there. */
  readonly path: string
  readonly segment: Segment
  readonly field: number
  readonly repetition: number
  readonly component: number
  readonly subcomponent: number
  /** Raw form, with escapes. */
  readonly raw: string
  /** Decoded text. */
  readonly text: string
}

/** Every leaf of a message that is not empty, in order: what a tree view, a difference or a search index is made of. */
export function* leavesOf(message: Message): Generator<Leaf, void, undefined> {
  const counts = new Map<string, number>()
  const totals = new Map<string, number>()
  for (const segment of message.segments()) totals.set(segment.id, (totals.get(segment.id) ?? 0) + 1)
  for (const segment of message.segments()) {
    const occurrence = (counts.get(segment.id) ?? 0) + 1
    counts.set(segment.id, occurrence)
    const name = (totals.get(segment.id) ?? 0) > 1 ? `${segment.id}[${occurrence}]` : segment.id
    yield* leavesOfSegment(segment, name)
  }
}

function* leavesOfSegment(segment: Segment, name: string): Generator<Leaf, void, undefined> {
  const { context } = segment
  const { repetition, component, subcomponent } = context.delimiters
  const { fieldCount } = segment
  for (let field = 1; field <= fieldCount; field++) {
    const raw = segment.fieldRaw(field)
    if (raw === undefined || raw === '') continue
    if (segment.isDelimiterField(field)) {
      yield { path: `${name}-${field}`, segment, field, repetition: 1, component: 1, subcomponent: 1, raw, text: raw }
      continue
    }
    const repetitions = divide(raw, repetition)
    for (const [r, repetitionRaw] of repetitions.entries()) {
      const components = divide(repetitionRaw, component)
      for (const [c, componentRaw] of components.entries()) {
        const subcomponents = divide(componentRaw, subcomponent)
        for (const [s, leaf] of subcomponents.entries()) {
          if (leaf === '') continue
          const deep = subcomponents.length > 1
          const path =
            `${name}-${field}` +
            (repetitions.length > 1 ? `[${r + 1}]` : '') +
            (deep || components.length > 1 ? `.${c + 1}` : '') +
            (deep ? `.${s + 1}` : '')
          const text = context.decodeLeaf(leaf)
          yield {
            path,
            segment,
            field,
            repetition: r + 1,
            component: c + 1,
            subcomponent: s + 1,
            raw: context.decodeRaw(leaf),
            text,
          }
        }
      }
    }
  }
}

function divide(raw: string, delimiter: string | undefined): string[] {
  return delimiter === undefined ? [raw] : raw.split(delimiter)
}
