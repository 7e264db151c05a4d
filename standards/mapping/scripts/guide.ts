import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseCsv } from './csv.ts'

/** A row of a segment or data type map: source, condition, target, data type map, vocabulary, assignment, type of the target. */
export type ElementRow = readonly [string, string, string, string, string, string, string]
/** A row of a message map: place in the structure, condition, target, segment map, references. */
export type MessageRow = readonly [string, string, string, string, string]
/** A row of a concept map: code, code in FHIR, its display, its system. */
export type ConceptRow = readonly [string, string, string, string]

export interface GuideMessage {
  readonly structure: string
  readonly rows: readonly MessageRow[]
}

function text(cell: string | undefined): string {
  return (cell ?? '').replace(/\s+/g, ' ').trim()
}

function files(folder: string): { name: string; rows: string[][] }[] {
  return readdirSync(folder)
    .filter(file => file.endsWith('.csv'))
    .map(file => ({
      name: /_ (.*?) - /.exec(file)?.[1]?.trim() ?? file,
      rows: parseCsv(readFileSync(join(folder, file), 'utf8')),
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** Segment and data type maps: what has no target is left out. */
export function elementMaps(folder: string): Record<string, ElementRow[]> {
  const maps: Record<string, ElementRow[]> = {}
  for (const { name, rows } of files(folder)) {
    maps[name] = rows.slice(2).flatMap(row => {
      const target = text(row[9])
      if (target === '') return []
      return [[text(row[1]), text(row[6]), target, text(row[14]), text(row[15]), text(row[16]), text(row[11])] as const]
    })
  }
  return maps
}

export function conceptMaps(folder: string): Record<string, { table: string; rows: ConceptRow[] }> {
  const maps: Record<string, { table: string; rows: ConceptRow[] }> = {}
  for (const { name, rows } of files(folder)) {
    const header = (rows[1] ?? []).map(text)
    const target = header.indexOf('Code', 3)
    const display = header.indexOf('Display', target)
    const system = header.indexOf('Code System', target)
    const seen = new Set<string>()
    const kept = rows.slice(2).flatMap(row => {
      const code = text(row[0])
      const to = text(row[target])
      if (code === '' || to === '' || seen.has(code)) return []
      seen.add(code)
      const shown = text(row[display]) || (target + 1 < display ? text(row[target + 1]) : '')
      return [[code, to, shown, text(row[system])] as const]
    })
    maps[name] = { table: text(rows.slice(2).find(row => text(row[2]) !== '')?.[2]), rows: kept }
  }
  return maps
}

/** The structure as text: `MSH SFT* NEXT_OF_KIN*( NK1 OH2* )`; `ROL@PID` is the ROL that follows PID. */
export function messageMaps(folder: string): Record<string, GuideMessage> {
  const maps: Record<string, GuideMessage> = {}
  for (const { name, rows } of files(folder)) maps[name] = messageMap(rows.slice(2))
  return maps
}

function messageMap(rows: readonly string[][]): GuideMessage {
  const structure: string[] = []
  const groups: string[] = []
  const found: MessageRow[] = []
  let leaf = ''
  for (const row of rows) {
    const identifier = text(row[1])
    const syntax = text(row[2]).replaceAll(' ', '')
    const last = identifier.split('.').at(-1) ?? ''
    if (/^[[{]+$/.test(syntax)) {
      groups.push(last)
      structure.push(`${last}${syntax.includes('{') ? '*' : ''}(`)
      continue
    }
    if (/^[}\]]+$/.test(syntax)) {
      groups.pop()
      structure.push(')')
      continue
    }
    const segment = /^[[{]*([A-Z][A-Z0-9]{2})[}\]]*$/.exec(syntax)?.[1]
    if (segment === undefined) continue
    const follows = /:follow:([A-Z0-9]+)\./.exec(identifier)?.[1]
    const id = follows === undefined ? segment : `${segment}@${follows}`
    const place = [...groups, id].join('.')
    if (place !== leaf) structure.push(`${id}${syntax.includes('{') ? '*' : ''}`)
    leaf = place
    const target = text(row[9])
    const map = text(row[10])
    const references = (row[11] ?? '')
      .split(/[;\n]/)
      .map(text)
      .filter(part => part !== '')
      .join('; ')
    if (target !== '') found.push([place, text(row[6]), target, map, references])
  }
  return { structure: structure.join(' '), rows: found }
}
