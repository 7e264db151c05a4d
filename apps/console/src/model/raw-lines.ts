/**
 * A message as lines for reading: one per segment, cut into pieces that know what they are. Display only: nothing that
 * is sent comes from here (the codec lives in @samband/hl7v2).
 */

export type RawPiece = {
  readonly kind: 'name' | 'text' | 'delimiter' | 'invisible' | 'broken'
  readonly text: string
  /** HL7 path of what the piece belongs to ('PID-3[2].1'); null outside HL7. */
  readonly path: string | null
}

export type RawLine = { readonly number: number; readonly pieces: readonly RawPiece[]; readonly truncated: number }

const LINE_CHARS_MAX = 4_000

/** ISO 646's names, by code: fonts lack the Unicode pictures (U+2400 block), everyone can read names. */
const controlNames =
  'NUL SOH STX ETX EOT ENQ ACK BEL BS TAB LF VT FF CR SO SI DLE DC1 DC2 DC3 DC4 NAK SYN ETB CAN EM SUB ESC FS GS RS US'.split(
    ' ',
  )

/** What else hides in plain sight. */
const otherNames: Readonly<Record<string, string>> = {
  '\u007f': 'DEL',
  '\u00a0': 'NBSP',
  '\u00ad': 'SHY',
  '\u200b': 'ZWSP',
  '\u200e': 'LRM',
  '\u200f': 'RLM',
  '\ufeff': 'BOM',
}

/** The name of a character that cannot be seen; null for those that can. */
export function nameOfInvisible(character: string): string | null {
  return controlNames[character.charCodeAt(0)] ?? otherNames[character] ?? null
}

/** Splits at CR, LF or CRLF; the terminator stays at the end of its line. */
export function splitLines(text: string): string[] {
  return text.match(/[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+$/g) ?? []
}

type Delimiters = {
  readonly field: string
  readonly component: string
  readonly repetition: string
  readonly sub: string
}

const header = /^(MSH|FHS|BHS)/

function delimitersOf(lines: readonly string[]): Delimiters | null {
  const first = lines.find(line => header.test(line.replace(/^\u000b/, '')))?.replace(/^\u000b/, '')
  if (!first || first.length < 8) return null
  return { field: first[3] ?? '|', component: first[4] ?? '^', repetition: first[5] ?? '~', sub: first[7] ?? '&' }
}

export function rawLines(text: string): RawLine[] {
  const lines = splitLines(text)
  const delimiters = delimitersOf(lines)
  return lines.map((line, index) => {
    const shown = line.length > LINE_CHARS_MAX ? line.slice(0, LINE_CHARS_MAX) : line
    const pieces = delimiters ? segmentPieces(shown, delimiters) : plainPieces(shown, null)
    return { number: index + 1, pieces, truncated: line.length - shown.length }
  })
}

function segmentPieces(line: string, delimiters: Delimiters): RawPiece[] {
  const lead = /^[\u000b\s]*/.exec(line)?.[0] ?? ''
  const rest = line.slice(lead.length)
  const name = /^[A-Z][A-Z0-9]{2}/.exec(rest)?.[0]
  if (!name || (rest[3] ?? delimiters.field) !== delimiters.field) {
    if (!name || !/^[\r\n\u001c]/.test(rest.slice(3))) return plainPieces(line, null)
  }
  const segment = name ?? ''
  const pieces: RawPiece[] = [...plainPieces(lead, null), { kind: 'name', text: segment, path: segment }]
  const isHeader = header.test(segment)
  let position = { field: isHeader ? 1 : 0, repetition: 1, component: 1, sub: 1 }
  let start = segment.length
  const path = (): string => pathOf(segment, position)
  for (let at = segment.length; at <= rest.length; at++) {
    const character = rest[at]
    // MSH-2 is the delimiters themselves: nothing is separated inside it.
    const inEncoding = isHeader && position.field === 2
    const next =
      character === undefined
        ? null
        : nextPosition(
            character,
            inEncoding ? { ...delimiters, component: '', repetition: '', sub: '' } : delimiters,
            position,
          )
    if (next === null && character !== undefined) continue
    if (at > start) pieces.push(...plainPieces(rest.slice(start, at), path()))
    if (character === undefined || next === null) break
    pieces.push({ kind: 'delimiter', text: character, path: path() })
    position = next
    start = at + 1
  }
  return pieces
}

type Position = {
  readonly field: number
  readonly repetition: number
  readonly component: number
  readonly sub: number
}

function nextPosition(character: string, delimiters: Delimiters, position: Position): Position | null {
  if (character === delimiters.field) return { field: position.field + 1, repetition: 1, component: 1, sub: 1 }
  if (character === delimiters.repetition) {
    return { ...position, repetition: position.repetition + 1, component: 1, sub: 1 }
  }
  if (character === delimiters.component) return { ...position, component: position.component + 1, sub: 1 }
  if (character === delimiters.sub) return { ...position, sub: position.sub + 1 }
  return null
}

function pathOf(segment: string, { field, repetition, component, sub }: Position): string {
  if (field === 0) return segment
  const repeated = repetition > 1 ? `[${repetition}]` : ''
  const deeper = sub > 1 ? `.${component}.${sub}` : component > 1 ? `.${component}` : ''
  return `${segment}-${field}${repeated}${deeper}`
}

const hidden = /([\u0000-\u001f\u007f\u00a0\u00ad\u200b\u200e\u200f\ufeff\ufffd])/

function plainPieces(text: string, path: string | null): RawPiece[] {
  if (text === '') return []
  return text
    .split(hidden)
    .filter(part => part !== '')
    .map(part => {
      if (part === '\ufffd') return { kind: 'broken' as const, text: part, path }
      return {
        kind: part.length === 1 && nameOfInvisible(part) ? ('invisible' as const) : ('text' as const),
        text: part,
        path,
      }
    })
}
