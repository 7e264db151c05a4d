import type { Message } from '../../message.ts'
import type { Pairing } from './align.ts'
import { align } from './align.ts'
import { IgnoredPaths } from './ignored-paths.ts'
import { pairRepetitions } from './pair-repetitions.ts'
import type { LeafContent, RepetitionContent, SegmentContent } from './segment-content.ts'
import { contentOf } from './segment-content.ts'
import { segmentScorer, SEGMENT_SAME } from './segment-score.ts'

/** One side of a change: its path in that message, and the decoded value (of segments and repetitions: the raw form). */
export interface ChangeSide {
  readonly path: string
  readonly text: string
}

/**
 * One difference. `segment` and `repetition` say that a whole one was added or removed, `value` that one leaf differs. `before` is
 * in the first message, `after` in the second; a value that is only in one has only that side.
 */
export interface Change {
  readonly kind: 'added' | 'removed' | 'changed'
  readonly level: 'segment' | 'repetition' | 'value'
  readonly before?: ChangeSide
  readonly after?: ChangeSide
}

/** Plain data: `JSON.stringify` makes the JSON report of it, `formatDiff` the text. It holds what the messages hold, patients included. */
export interface Diff {
  readonly equal: boolean
  readonly changes: readonly Change[]
}

export interface DiffOptions {
  /** Paths to pass over: fields, components or segments, in every occurrence unless one is named. */
  readonly ignore?: readonly string[]
}

/** What differs between any two sends of the same content: date and time of the message, and its control id. */
export const DIFF_IGNORE_ENVELOPE: readonly string[] = ['MSH-7', 'MSH-10']

/**
 * Compares two messages by content: what they say, not how it is spelt. Delimiters (but for MSH-1 and MSH-2 themselves), escapes, character
 * sets, line ends and empty fields at the end make no difference; `""` and an empty field do. Segments are paired in order: equal ones,
 * then by what they are about (OBX-3 and OBX-4, OBR-4), by set id, and by name.
 */
export function diff(a: Message, b: Message, options: DiffOptions = {}): Diff {
  const ignored = new IgnoredPaths(options.ignore ?? [])
  const before = contentOf(a, ignored)
  const after = contentOf(b, ignored)
  const changes: Change[] = []
  for (const pairing of align(before.length, after.length, segmentScorer(before, after), SEGMENT_SAME)) {
    addSegmentChanges(pairing, before, after, changes)
  }
  return { equal: changes.length === 0, changes }
}

function addSegmentChanges(
  pairing: Pairing,
  before: readonly SegmentContent[],
  after: readonly SegmentContent[],
  changes: Change[],
): void {
  const a = pairing.a === undefined ? undefined : before[pairing.a]
  const b = pairing.b === undefined ? undefined : after[pairing.b]
  if (a !== undefined && b !== undefined) {
    if (a.key !== b.key) addFieldChanges(a, b, changes)
  } else if (a !== undefined) {
    changes.push({ kind: 'removed', level: 'segment', before: { path: a.name, text: a.segment.raw() } })
  } else if (b !== undefined) {
    changes.push({ kind: 'added', level: 'segment', after: { path: b.name, text: b.segment.raw() } })
  }
}

function addFieldChanges(a: SegmentContent, b: SegmentContent, changes: Change[]): void {
  const fieldCount = Math.max(a.fields.length, b.fields.length)
  for (let index = 0; index < fieldCount; index++) {
    const before = a.fields[index] ?? []
    const after = b.fields[index] ?? []
    const pathA = `${a.name}-${index + 1}`
    const pathB = `${b.name}-${index + 1}`
    for (const pairing of pairRepetitions(before, after)) {
      const from = pairing.a === undefined ? undefined : before[pairing.a]
      const to = pairing.b === undefined ? undefined : after[pairing.b]
      const fromPath = from === undefined ? pathA : repetitionPath(pathA, from, before)
      const toPath = to === undefined ? pathB : repetitionPath(pathB, to, after)
      if (from !== undefined && to !== undefined) {
        if (from.key !== to.key) addLeafChanges(from, fromPath, to, toPath, changes)
      } else if (from !== undefined && (before.length > 1 || after.length > 0)) {
        changes.push({ kind: 'removed', level: 'repetition', before: { path: fromPath, text: from.raw } })
      } else if (to !== undefined && (after.length > 1 || before.length > 0)) {
        changes.push({ kind: 'added', level: 'repetition', after: { path: toPath, text: to.raw } })
      } else addLeafChanges(from, fromPath, to, toPath, changes)
    }
  }
}

function repetitionPath(field: string, { number }: RepetitionContent, all: readonly RepetitionContent[]): string {
  return all.length > 1 ? `${field}[${number}]` : field
}

function addLeafChanges(
  from: RepetitionContent | undefined,
  fromPath: string,
  to: RepetitionContent | undefined,
  toPath: string,
  changes: Change[],
): void {
  const after = new Map(to?.leaves.map(leaf => [placeOf(leaf), leaf]))
  for (const leaf of from?.leaves ?? []) {
    const other = after.get(placeOf(leaf))
    after.delete(placeOf(leaf))
    if (other?.text === leaf.text) continue
    const before = { path: leafPath(fromPath, leaf), text: leaf.text }
    if (other === undefined) changes.push({ kind: 'removed', level: 'value', before })
    else
      changes.push({
        kind: 'changed',
        level: 'value',
        before,
        after: { path: leafPath(toPath, other), text: other.text },
      })
  }
  for (const leaf of after.values()) {
    changes.push({ kind: 'added', level: 'value', after: { path: leafPath(toPath, leaf), text: leaf.text } })
  }
}

function placeOf({ component, subcomponent }: LeafContent): string {
  return `${component}.${subcomponent}`
}

function leafPath(repetition: string, leaf: LeafContent): string {
  if (leaf.subcomponents > 1) return `${repetition}.${leaf.component}.${leaf.subcomponent}`
  return leaf.components > 1 ? `${repetition}.${leaf.component}` : repetition
}
