import { type Delimiters, unescapeText } from '@samband/hl7v2'

const cr = 0x0d
const lf = 0x0a
/** Most identifiers of one message: a batch-like ORU names many patients. */
const patientIdsMax = 64

/** PID-3.1 of every repetition of every PID, each once, read from the bytes without parsing the message. */
export function readPatientIds(bytes: Uint8Array, delimiters: Delimiters): readonly string[] {
  const ids: string[] = []
  const separator = delimiters.field.charCodeAt(0)
  let at = 0
  while (at < bytes.length && ids.length < patientIdsMax) {
    if (bytes[at] === 0x50 && bytes[at + 1] === 0x49 && bytes[at + 2] === 0x44 && bytes[at + 3] === separator) {
      collect(thirdField(bytes, at + 4, separator), delimiters, ids)
    }
    at = nextLine(bytes, at)
  }
  return ids
}

function nextLine(bytes: Uint8Array, from: number): number {
  let at = from
  while (at < bytes.length && bytes[at] !== cr && bytes[at] !== lf) at++
  while (bytes[at] === cr || bytes[at] === lf) at++
  return at
}

function thirdField(bytes: Uint8Array, from: number, separator: number): string {
  let field = 1
  let start = from
  for (let at = from; ; at++) {
    const byte = bytes[at]
    const ends = byte === undefined || byte === cr || byte === lf
    if (!ends && byte !== separator) continue
    if (field === 3) return textOf(bytes.subarray(start, at))
    if (ends) return ''
    field++
    start = at + 1
  }
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8')
}

function collect(field: string, delimiters: Delimiters, ids: string[]): void {
  if (field === '') return
  for (const repetition of splitBy(field, delimiters.repetition)) {
    const component = splitBy(repetition, delimiters.component)[0] ?? ''
    const id = unescapeText(splitBy(component, delimiters.subcomponent)[0] ?? '', delimiters)
    if (id !== '' && id !== '""' && ids.length < patientIdsMax && !ids.includes(id)) ids.push(id)
  }
}

function splitBy(text: string, delimiter: string | undefined): readonly string[] {
  return delimiter === undefined ? [text] : text.split(delimiter)
}
