import { Hl7Error } from '../../hl7-error.ts'
import type { PathParts } from '../../path.ts'
import { parsePath, parseSegmentPath } from '../../path.ts'

/** A place in a segment of one message; component 0 asks for the whole repetition, and so on. */
export interface Place {
  readonly segmentId: string
  /** 1-based among the segments of its name. */
  readonly occurrence: number
  readonly field: number
  readonly repetition: number
  readonly component: number
  readonly subcomponent: number
}

/**
 * What a comparison passes over. `'MSH-7'` means the field and all below it, in every MSH; `'OBX[2]-14'` only the second OBX;
 * `'ZPD'` a whole segment.
 */
export class IgnoredPaths {
  readonly #paths: readonly (PathParts & { readonly everyOccurrence: boolean })[]

  /** Throws `Hl7Error` `path-invalid` for what is no path. */
  constructor(paths: readonly string[]) {
    this.#paths = paths.map(path => {
      const everyOccurrence = !/^[A-Z0-9]{3}\[/.test(path)
      const parsed = parsePath(path)
      const parts = parsed.ok ? parsed.parts : parseSegmentPath(path)
      if (parts === undefined) throw new Hl7Error('path-invalid', `'${path}' is no HL7 path to ignore`, path)
      return { ...parts, everyOccurrence }
    })
  }

  /** Whether the place, or one that it lies in, is passed over. */
  covers(place: Place): boolean {
    return this.#paths.some(
      path =>
        path.segmentId === place.segmentId &&
        (path.everyOccurrence || path.occurrence === place.occurrence) &&
        matches(path.field, place.field) &&
        matches(path.repetition, place.repetition) &&
        matches(path.component, place.component) &&
        matches(path.subcomponent, place.subcomponent),
    )
  }

  /** Whether any path leads into segments of a name. */
  concerns(segmentId: string): boolean {
    return this.#paths.some(path => path.segmentId === segmentId)
  }
}

function matches(wanted: number, actual: number): boolean {
  return wanted === 0 || wanted === actual
}
