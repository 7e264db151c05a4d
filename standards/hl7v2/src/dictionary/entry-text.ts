/**
 * The dictionary's own text form, one line an entry, so that a version is one string at rest and an entry is parsed when it is
 * asked for. Written by the generator, read by `Dictionary`; both sides live here so that they cannot drift apart.
 *
 *   S:PID|Patient Identification⇥Set ID - PID|SI|O|1|4⇥...      name | data type | optionality | repetitions (0: no limit) | length | table
 *   D:CX|Extended Composite ID with Check Digit⇥ID Number|ST|R|15|
 *   T:0001|u|Administrative Sex⇥A|Ambiguous⇥...                 u: user-defined, h: HL7's
 *   M:ORU_R01|MSH SFT* PATIENT_RESULT+(PATIENT?(PID ...) ...)   ? 0..1, * 0..n, + 1..n, {2,3}; (in order) <one of> # any segment; ! withdrawn
 *   E:ADT|A04=ADT_A01 A08=ADT_A01                               structures of trigger events that are not code_event
 */
import type {
  ComponentDefinition,
  DataTypeDefinition,
  ElementDefinition,
  FieldDefinition,
  Optionality,
  SegmentDefinition,
  StructureDefinition,
  TableDefinition,
} from './definition.ts'
import { formatNodes, parseNodes } from './structure-text.ts'

export type EntryKind = 'S' | 'D' | 'T' | 'M' | 'E'

export function formatSegment(segment: SegmentDefinition): string {
  const fields = segment.fields.map(field =>
    cells([
      field.name,
      field.dataType,
      field.optionality,
      field.repetitionsMax === Infinity ? '0' : String(field.repetitionsMax),
      String(field.lengthMax ?? ''),
      field.table ?? '',
    ]),
  )
  return line('S', segment.id, [segment.name, ...fields])
}

export function parseSegment(id: string, text: string): SegmentDefinition {
  const [name = '', ...rest] = text.split('\t')
  const fields = rest.map((cell, index): FieldDefinition => {
    const [fieldName, dataType, optionality, repetitions, length, table] = cell.split('|')
    return {
      ...element(index + 1, fieldName, dataType, optionality, length, table),
      repetitionsMax: Number(repetitions) || Infinity,
    }
  })
  return { id, name, fields }
}

export function formatDataType(dataType: DataTypeDefinition): string {
  const components = dataType.components.map(({ name, dataType: type, optionality, lengthMax, table }) =>
    cells([name, type, optionality, String(lengthMax ?? ''), table ?? '']),
  )
  return line('D', dataType.id, [dataType.name, ...components])
}

export function parseDataType(id: string, text: string): DataTypeDefinition {
  const [name = '', ...rest] = text.split('\t')
  const components = rest.map((cell, index): ComponentDefinition => {
    const [componentName, dataType, optionality, length, table] = cell.split('|')
    return element(index + 1, componentName, dataType, optionality, length, table)
  })
  return { id, name, components }
}

export function formatTable(table: TableDefinition): string {
  const codes = table.codes.map(({ code, meaning }) => cells([code, meaning]))
  return line('T', table.id, [`${table.kind === 'hl7' ? 'h' : 'u'}|${table.name}`, ...codes])
}

export function parseTable(id: string, text: string): TableDefinition {
  const [head = '', ...rest] = text.split('\t')
  const codes = rest.map(cell => {
    const [code = '', meaning = ''] = cell.split('|')
    return { code, meaning }
  })
  return { id, name: head.slice(2), kind: head.startsWith('h') ? 'hl7' : 'user', codes }
}

export function formatStructure({ id, nodes, withdrawn }: StructureDefinition): string {
  return line('M', id, [`${withdrawn ? '!' : ''}${formatNodes(nodes)}`])
}

export function parseStructure(id: string, text: string): StructureDefinition {
  const withdrawn = text.startsWith('!')
  return { id, withdrawn, nodes: parseNodes(withdrawn ? text.slice(1) : text) }
}

/** Trigger events of a message code, with the structures that they use. */
export function formatEvents(code: string, events: ReadonlyMap<string, string>): string {
  return line('E', code, [[...events].map(([event, structure]) => `${event}=${structure}`).join(' ')])
}

export function parseEvents(text: string): ReadonlyMap<string, string> {
  return new Map(
    text.split(' ').map(pair => {
      const at = pair.indexOf('=')
      return [pair.slice(0, at), pair.slice(at + 1)] as const
    }),
  )
}

function line(kind: EntryKind, id: string, parts: readonly string[]): string {
  return `${kind}:${id}|${parts.join('\t')}`
}

function element(
  number: number,
  name = '',
  dataType = '',
  optionality = '',
  length = '',
  table = '',
): ElementDefinition {
  return {
    number,
    name,
    dataType,
    // The generator writes no other letters.
    optionality: (optionality === '' ? 'O' : optionality) as Optionality,
    ...(length === '' ? undefined : { lengthMax: Number(length) }),
    ...(table === '' ? undefined : { table }),
  }
}

/** Joins cells without the empty ones at the end; O for optional is left out, as most elements are. */
function cells(values: readonly string[]): string {
  const kept = values.map((value, index) => (index === 2 && value === 'O' ? '' : value))
  for (const value of kept) if (/[|\t\n]/.test(value)) throw new Error(`a dictionary text holds a delimiter: ${value}`)
  return kept.join('|').replace(/\|+$/, '')
}
