import type { Hl7ErrorCode } from './hl7-error.ts'
import { Hl7Error } from './hl7-error.ts'
import type { Issue } from './issue.ts'
import { segmentIdAt } from './segment-id-table.ts'
import type { SegmentId } from './segment-id.ts'

type Occurrence = '' | `[${number}]`
type Components = '' | `.${number}` | `.${number}.${number}`

/** A segment of a message: `'PID'`, `'OBX[3]'`. */
export type SegmentPath = `${SegmentId}${Occurrence}`

/** A place within a segment: `'5'`, `'5.1'`, `'5[2].1.1'`. */
export type FieldPath = `${number}${Occurrence}${Components}`

/**
 * A place within a message, 1-based as the standard counts: `'PID-3.1'`, `'PID-5[2].1.1'`, `'OBX[3]-5'`. Without a
 * repetition or component the first one is meant, as the standard asks of receivers that know fewer (HL7 v2.5.1 §2.8.2).
 */
export type Hl7Path = `${SegmentId}${Occurrence}-${FieldPath}`

/** A place within a repetition: `'1'` is its first component, `'4.2'` the second subcomponent of its fourth. */
export type ComponentPath = `${number}` | `${number}.${number}`

/** A path taken apart. 0 means "not given". */
export interface PathParts {
  readonly segmentId: string
  readonly occurrence: number
  readonly field: number
  readonly repetition: number
  readonly component: number
  readonly subcomponent: number
}

/** Highest number in a path, so that `set` on a mistyped path cannot fill the memory with delimiters. */
export const PATH_NUMBER_MAX = 99_999
const PATHS_CACHED_MAX = 4096

const PATH =
  /^([A-Z][A-Z0-9]{2})(?:\[([1-9]\d{0,4})\])?-([1-9]\d{0,4})(?:\[([1-9]\d{0,4})\])?(?:\.([1-9]\d{0,4})(?:\.([1-9]\d{0,4}))?)?$/
const SEGMENT_PATH = /^([A-Z][A-Z0-9]{2})(?:\[([1-9]\d{0,4})\])?$/
const FIELD_PATH = /^([1-9]\d{0,4})(?:\[([1-9]\d{0,4})\])?(?:\.([1-9]\d{0,4})(?:\.([1-9]\d{0,4}))?)?$/

const paths = new Map<string, PathParts>()
const segmentPaths = new Map<string, PathParts>()
const fieldPaths = new Map<string, PathParts>()

/** Checks a path that is only known at run time, such as one from a configuration or a search box. */
export function parsePath(
  path: string,
):
  | { readonly ok: true; readonly path: Hl7Path; readonly parts: PathParts }
  | { readonly ok: false; readonly issues: readonly Issue[] } {
  const parts = remember(paths, path, PATH, matchPath)
  // The pattern that accepted the string is the one that the type describes.
  if (parts !== undefined) return { ok: true, path: path as Hl7Path, parts }
  return {
    ok: false,
    issues: [
      {
        code: 'path-invalid',
        severity: 'error',
        path,
        text: `'${path}' is no HL7 path: write it as SEG-field.component.subcomponent, for example PID-3.1, PID-5[2].1 or OBX[3]-5`,
      },
    ],
  }
}

/** Checks a path within a segment that is only known at run time. */
export function parseFieldPath(path: string): FieldPath | undefined {
  // The pattern that accepted the string is the one that the type describes.
  return remember(fieldPaths, path, FIELD_PATH, matchFieldPath) === undefined ? undefined : (path as FieldPath)
}

/** Takes apart a segment path that is only known at run time; occurrence 0 means "not given". */
export function parseSegmentPath(path: string): PathParts | undefined {
  return remember(segmentPaths, path, SEGMENT_PATH, matchSegmentPath)
}

export function pathParts(path: string): PathParts {
  return paths.get(path) ?? remember(paths, path, PATH, matchPath) ?? fail('path-invalid', path)
}

export function segmentPathParts(path: string): PathParts {
  return (
    segmentPaths.get(path) ?? remember(segmentPaths, path, SEGMENT_PATH, matchSegmentPath) ?? fail('path-invalid', path)
  )
}

export function fieldPathParts(path: string): PathParts {
  return fieldPaths.get(path) ?? remember(fieldPaths, path, FIELD_PATH, matchFieldPath) ?? fail('path-invalid', path)
}

function fail(code: Hl7ErrorCode, path: string): never {
  throw new Hl7Error(code, `'${path}' is no HL7 path here`, path)
}

function remember(
  cache: Map<string, PathParts>,
  path: string,
  pattern: RegExp,
  read: (match: RegExpExecArray) => PathParts,
): PathParts | undefined {
  const known = cache.get(path)
  if (known !== undefined) return known
  const match = path.length <= 64 ? pattern.exec(path) : null
  if (match === null) return undefined
  const parts = read(match)
  // Paths are literals in code, so the cache stays small; should somebody generate them, it starts anew.
  if (cache.size >= PATHS_CACHED_MAX) cache.clear()
  cache.set(path, parts)
  return parts
}

function matchPath(match: RegExpExecArray): PathParts {
  return {
    segmentId: sharedId(match[1]),
    occurrence: Number(match[2] ?? 1),
    field: Number(match[3]),
    repetition: Number(match[4] ?? 0),
    component: Number(match[5] ?? 0),
    subcomponent: Number(match[6] ?? 0),
  }
}

function matchSegmentPath(match: RegExpExecArray): PathParts {
  return {
    segmentId: sharedId(match[1]),
    occurrence: Number(match[2] ?? 0),
    field: 0,
    repetition: 0,
    component: 0,
    subcomponent: 0,
  }
}

function matchFieldPath(match: RegExpExecArray): PathParts {
  return {
    segmentId: '',
    occurrence: 0,
    field: Number(match[1]),
    repetition: Number(match[2] ?? 0),
    component: Number(match[3] ?? 0),
    subcomponent: Number(match[4] ?? 0),
  }
}

/** The same string that segments carry, so that comparing them is comparing addresses. */
function sharedId(id: string | undefined): string {
  return segmentIdAt(id ?? '', 0) ?? ''
}
