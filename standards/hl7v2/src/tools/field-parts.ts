import type { Delimiters } from '../delimiters.ts'
import type { Segment } from '../segment.ts'

/** Raw repetitions of a field; none where it is absent or empty. The delimiter fields of a header have one. */
export function rawRepetitions(segment: Segment, field: number): readonly string[] {
  const raw = segment.fieldRaw(field)
  if (raw === undefined || raw === '') return []
  return segment.isDelimiterField(field) ? [raw] : divide(raw, segment.context.delimiters.repetition)
}

/** Raw subcomponents by component of a raw repetition. */
export function rawComponents(repetition: string, delimiters: Delimiters): readonly (readonly string[])[] {
  return divide(repetition, delimiters.component).map(component => divide(component, delimiters.subcomponent))
}

/** Parts of a raw string; an undefined delimiter divides nothing. */
export function divide(raw: string, delimiter: string | undefined): readonly string[] {
  return delimiter === undefined ? [raw] : raw.split(delimiter)
}
