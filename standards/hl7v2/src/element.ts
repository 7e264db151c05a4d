import type { Delimiters } from './delimiters.ts'
import type { PathParts } from './path.ts'

/**
 * Reading and replacing the n-th part of a delimited string, 1-based. An undefined delimiter divides nothing.
 * Parts are found by scanning and never kept: measured against `split` with a cache, a scan of a field's 10 to 60
 * characters costs a fifth and leaves no garbage.
 */

/** The n-th part, or undefined where the string has fewer. */
export function nthPart(raw: string, delimiter: string | undefined, n: number): string | undefined {
  if (delimiter === undefined) return n === 1 ? raw : undefined
  let start = 0
  for (let i = 1; i < n; i++) {
    const at = raw.indexOf(delimiter, start)
    if (at < 0) return undefined
    start = at + 1
  }
  const end = raw.indexOf(delimiter, start)
  if (end < 0) return start === 0 ? raw : raw.slice(start)
  return raw.slice(start, end)
}

/** The string with its n-th part replaced; missing parts before it become empty ones. */
export function withPart(raw: string, delimiter: string, n: number, part: string): string {
  let start = 0
  for (let i = 1; i < n; i++) {
    const at = raw.indexOf(delimiter, start)
    if (at < 0) return raw + delimiter.repeat(n - i) + part
    start = at + 1
  }
  const end = raw.indexOf(delimiter, start)
  return raw.slice(0, start) + part + (end < 0 ? '' : raw.slice(end))
}

/** The string without its n-th part and the delimiter before or after it. */
export function withoutPart(raw: string, delimiter: string, n: number): string {
  let start = 0
  for (let i = 1; i < n; i++) {
    const at = raw.indexOf(delimiter, start)
    if (at < 0) return raw
    start = at + 1
  }
  const end = raw.indexOf(delimiter, start)
  if (end >= 0) return raw.slice(0, start) + raw.slice(end + 1)
  return start === 0 ? '' : raw.slice(0, start - 1)
}

/** How many parts the string has; an empty string has one, an empty one. */
export function countParts(raw: string, delimiter: string | undefined): number {
  if (delimiter === undefined) return 1
  let count = 1
  for (let at = raw.indexOf(delimiter); at >= 0; at = raw.indexOf(delimiter, at + 1)) count++
  return count
}

/** The element of a field that the path names, at the depth that it names. */
export function readElement(field: string, delimiters: Delimiters, parts: PathParts): string | undefined {
  if (parts.repetition === 0 && parts.component === 0) return field
  const repetition = nthPart(field, delimiters.repetition, parts.repetition || 1)
  if (repetition === undefined || parts.component === 0) return repetition
  const component = nthPart(repetition, delimiters.component, parts.component)
  if (component === undefined || parts.subcomponent === 0) return component
  return nthPart(component, delimiters.subcomponent, parts.subcomponent)
}

/** The place that a field without further divisions is. */
export const FIRST_LEAF: Pick<PathParts, 'repetition' | 'component' | 'subcomponent'> = {
  repetition: 1,
  component: 1,
  subcomponent: 1,
}

/**
 * The leaf of a field that the path leads to: what it leaves open is the first. Narrows a range and cuts once: half the time of three
 * `nthPart` in a row.
 */
export function readLeaf(
  field: string,
  delimiters: Delimiters,
  parts: Pick<PathParts, 'repetition' | 'component' | 'subcomponent'>,
): string | undefined {
  let start = 0
  let end = field.length
  for (let level = 0; level < 3; level++) {
    const delimiter = level === 0 ? delimiters.repetition : level === 1 ? delimiters.component : delimiters.subcomponent
    let n = level === 0 ? parts.repetition : level === 1 ? parts.component : parts.subcomponent
    if (delimiter === undefined) {
      if (n > 1) return undefined
      continue
    }
    for (; n > 1; n--) {
      const at = field.indexOf(delimiter, start)
      if (at < 0 || at >= end) return undefined
      start = at + 1
    }
    const at = field.indexOf(delimiter, start)
    if (at >= 0 && at < end) end = at
  }
  return start === 0 && end === field.length ? field : field.slice(start, end)
}

/** The field with the named element replaced. Undefined where it would need a delimiter that the message does not have. */
export function writeElement(
  field: string,
  delimiters: Delimiters,
  parts: PathParts,
  element: string,
): string | undefined {
  if (parts.repetition === 0 && parts.component === 0) return element
  const { repetition: repetitionMark, component: componentMark, subcomponent: subcomponentMark } = delimiters
  const n = parts.repetition || 1
  let inner = element
  if (parts.component !== 0) {
    const repetition = nthPart(field, repetitionMark, n) ?? ''
    if (parts.subcomponent !== 0) {
      const component = nthPart(repetition, componentMark, parts.component) ?? ''
      const written = writePart(component, subcomponentMark, parts.subcomponent, element)
      if (written === undefined) return undefined
      inner = written
    }
    const written = writePart(repetition, componentMark, parts.component, inner)
    if (written === undefined) return undefined
    inner = written
  }
  return writePart(field, repetitionMark, n, inner)
}

function writePart(raw: string, delimiter: string | undefined, n: number, part: string): string | undefined {
  if (delimiter !== undefined) return withPart(raw, delimiter, n, part)
  return n === 1 ? part : undefined
}
