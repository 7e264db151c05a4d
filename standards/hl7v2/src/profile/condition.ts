import type { Message } from '../message.ts'
import { parseFieldPath, parsePath } from '../path.ts'
import type { Segment } from '../segment.ts'

/**
 * What a conditional usage depends on. A path within the segment (`'11'`, `'3.1'`) or of the message (`'MSH-9.2'`, its first
 * such segment); several tests of one condition must all hold.
 */
export type Condition =
  | PathCondition
  | { readonly all: readonly Condition[] }
  | { readonly any: readonly Condition[] }
  | { readonly not: Condition }
  | ((segment: Segment, message: Message) => boolean)

export interface PathCondition {
  readonly path: string
  /** Whether it has a value; HL7's null is none. */
  readonly valued?: boolean
  /** Whether its text is one of these. */
  readonly in?: readonly string[]
  readonly notIn?: readonly string[]
}

/** Whether a condition holds for a segment. A path that is none holds nothing. */
export function holds(condition: Condition, segment: Segment, message: Message): boolean {
  if (typeof condition === 'function') return condition(segment, message)
  if ('all' in condition) return condition.all.every(part => holds(part, segment, message))
  if ('any' in condition) return condition.any.some(part => holds(part, segment, message))
  if ('not' in condition) return !holds(condition.not, segment, message)
  const text = textAt(condition.path, segment, message)
  const valued = text !== '' && text !== '""'
  if (condition.valued !== undefined && condition.valued !== valued) return false
  if (condition.in !== undefined && !condition.in.includes(text)) return false
  return condition.notIn === undefined || !condition.notIn.includes(text)
}

/** Paths of a condition that are no paths. */
export function invalidPaths(condition: Condition): readonly string[] {
  if (typeof condition === 'function') return []
  if ('all' in condition) return condition.all.flatMap(invalidPaths)
  if ('any' in condition) return condition.any.flatMap(invalidPaths)
  if ('not' in condition) return invalidPaths(condition.not)
  const { path } = condition
  return parseFieldPath(path) !== undefined || parsePath(path).ok ? [] : [path]
}

function textAt(path: string, segment: Segment, message: Message): string {
  const within = parseFieldPath(path)
  if (within !== undefined) return segment.text(within) ?? ''
  const parsed = parsePath(path)
  if (!parsed.ok) return ''
  // A path that names the segment's own kind means this segment, not the first one.
  const { segmentId, occurrence } = parsed.parts
  const own = segmentId === segment.id && !path.startsWith(`${segmentId}[`)
  const field = own ? parseFieldPath(path.slice(path.indexOf('-') + 1)) : undefined
  if (field !== undefined) return segment.text(field) ?? ''
  return occurrence > 0 ? (message.text(parsed.path) ?? '') : ''
}
