import type { Message } from '../../message.ts'
import type { Segment } from '../../segment.ts'
import { rawComponents, rawRepetitions } from '../field-parts.ts'
import { namedSegments } from '../segment-names.ts'
import type { IgnoredPaths } from './ignored-paths.ts'

/** A value and where it stands within its repetition. */
export interface LeafContent {
  readonly component: number
  readonly subcomponent: number
  /** How many components and subcomponents the place has: what a path must name. */
  readonly components: number
  readonly subcomponents: number
  readonly text: string
}

export interface RepetitionContent {
  /** 1-based. */
  readonly number: number
  readonly raw: string
  readonly leaves: readonly LeafContent[]
  /** Equal for repetitions of equal content, whatever their delimiters and escapes. */
  readonly key: string
}

/** What a comparison needs of a segment: decoded, without what is ignored. */
export interface SegmentContent {
  readonly name: string
  readonly segment: Segment
  /** Index 0 is field 1. */
  readonly fields: readonly (readonly RepetitionContent[])[]
  readonly key: string
}

/** The segments of a message that are compared. */
export function contentOf(message: Message, ignored: IgnoredPaths): readonly SegmentContent[] {
  const counts = new Map<string, number>()
  const contents: SegmentContent[] = []
  for (const { name, segment } of namedSegments(message)) {
    const occurrence = (counts.get(segment.id) ?? 0) + 1
    counts.set(segment.id, occurrence)
    const place = { segmentId: segment.id, occurrence, field: 0, repetition: 0, component: 0, subcomponent: 0 }
    if (ignored.covers(place)) continue
    const watch = ignored.concerns(segment.id) ? ignored : undefined
    const fields: RepetitionContent[][] = []
    const { fieldCount } = segment
    for (let field = 1; field <= fieldCount; field++) {
      fields.push(fieldContent(segment, field, watch, occurrence))
    }
    const key = fields.map(repetitions => repetitions.map(repetition => repetition.key).join('\u0001'))
    while (key.at(-1) === '') key.pop()
    contents.push({ name, segment, fields, key: `${segment.id}\u0000${key.join('\u0000')}` })
  }
  return contents
}

function fieldContent(
  segment: Segment,
  field: number,
  ignored: IgnoredPaths | undefined,
  occurrence: number,
): RepetitionContent[] {
  const place = { segmentId: segment.id, occurrence, field, repetition: 0, component: 0, subcomponent: 0 }
  if (ignored?.covers(place) === true) return []
  const { context } = segment
  const delimiter = segment.isDelimiterField(field)
  return rawRepetitions(segment, field).map((raw, r) => {
    const components = delimiter ? [[raw]] : rawComponents(raw, context.delimiters)
    const leaves: LeafContent[] = []
    for (const [c, subcomponents] of components.entries()) {
      for (const [s, leaf] of subcomponents.entries()) {
        if (leaf === '') continue
        const at = { ...place, repetition: r + 1, component: c + 1, subcomponent: s + 1 }
        if (ignored?.covers(at) === true) continue
        leaves.push({
          component: c + 1,
          subcomponent: s + 1,
          components: components.length,
          subcomponents: subcomponents.length,
          text: delimiter ? leaf : context.decodeLeaf(leaf),
        })
      }
    }
    const key = leaves.map(leaf => `${leaf.component}.${leaf.subcomponent}\u0003${leaf.text}`).join('\u0002')
    return { number: r + 1, raw: context.decodeRaw(raw), leaves, key }
  })
}
