import { parseTimestamp, type Segment, toIso } from '@samband/hl7v2'
import type { CodeableConcept } from '@samband/fhir/types'

/** What the parts of the hospital's FHIR maps share: times, codes and ids. */

/** Identifiers and codes of the hospital as URIs. 2.999 is the arc that is set aside for examples. */
export const systems = {
  patientNumber: 'urn:oid:2.999.47.1',
  nationalNumber: 'urn:oid:2.16.578.1.12.4.1.4.1',
  visitNumber: 'urn:oid:2.999.47.1.2',
  order: 'urn:oid:2.999.47.1.3',
  staff: 'urn:oid:2.999.47.1.4',
  panel: 'urn:oid:2.999.47.1.5',
  department: 'urn:oid:2.999.47.1.6',
  npu: 'http://npu-terminology.org',
  ucum: 'http://unitsofmeasure.org',
} as const

/** HL7 writes what is empty and what is not there alike; FHIR has no empty values. */
export function filled(text: string | undefined): string | undefined {
  return text === undefined || text.trim() === '' ? undefined : text
}

/** Undefined: nothing there, or no time. Clocks that tell no zone run on UTC here. */
export function dateTime(text: string | undefined): string | undefined {
  const parsed = parseTimestamp(text ?? '')
  if (!parsed.ok) return undefined
  const { value } = parsed
  return toIso(value.hour === undefined || value.offset !== undefined ? value : { ...value, offset: '+0000' })
}

/** Undefined: nothing there, or no date. */
export function date(text: string | undefined): string | undefined {
  const parsed = parseTimestamp((text ?? '').slice(0, 8))
  return parsed.ok ? toIso(parsed.value) : undefined
}

/** CWE: code, text, system, and the same in another system. */
export function concept(segment: Segment, field: '3' | '4'): CodeableConcept {
  const coding = ([1, 4] as const).flatMap(first => {
    const code = filled(segment.text(`${field}.${first}`))
    if (code === undefined) return []
    const display = filled(segment.text(`${field}.${first === 1 ? 2 : 5}`))
    const system =
      segment.text(`${field}.${first === 1 ? 3 : 6}`) === 'NPU'
        ? systems.npu
        : first === 1
          ? systems.panel
          : systems.department
    return [{ system, code, ...(display === undefined ? {} : { display }) }]
  })
  const text = filled(segment.text(`${field}.2`))
  return { coding, ...(text === undefined ? {} : { text }) }
}

/** An id that follows from the message, so that the same message again changes nothing. At most 64 characters of R4's. */
export function idOf(...parts: readonly string[]): string {
  return parts
    .join('-')
    .replaceAll(/[^A-Za-z0-9.-]/g, '.')
    .slice(0, 64)
}
