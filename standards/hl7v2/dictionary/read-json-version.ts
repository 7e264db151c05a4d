import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Optionality, StructureNode } from '../src/dictionary/definition.ts'
import type { Hl7Version } from '../src/dictionary/version-id.ts'
import { emptyModel, tidyName, type VersionModel } from './version-model.ts'

interface JsonField {
  readonly n: string
  readonly t: string
  readonly r: number
  readonly m: number
  readonly l?: number
  readonly tb?: string
  readonly x?: { readonly deprecated?: boolean }
}

interface JsonComponent {
  readonly n: string
  readonly t: string
  readonly r: number
}

/** `[name, min, max]`, `[name, min, max, nodes]`, and either with `'choice'` at the end; max -1 is no limit. */
type JsonNode = readonly [string, number, number, (readonly JsonNode[] | 'choice')?, 'choice'?]

interface JsonVersion {
  readonly segments: Readonly<Record<string, readonly JsonField[]>>
  readonly datatypes: Readonly<Record<string, { readonly n?: string; readonly c?: readonly JsonComponent[] | null }>>
  readonly structures?: Readonly<Record<string, readonly JsonNode[]>>
}

type JsonTables = Readonly<
  Record<string, { readonly n?: string; readonly ty?: string; readonly c: [string, string?][] }>
>

/** Reads a version before 2.9: segments, data types and tables of rethinkhealth/hl7v2, structures of hl7apy. */
export function readJsonVersion(folder: string, version: Hl7Version): VersionModel {
  const model = emptyModel(version)
  const source = readJson<JsonVersion>(join(folder, `v${version}.json`))
  const tables = readJson<JsonTables>(join(folder, `tables-v${version}.json`))
  for (const [id, fields] of Object.entries(source.segments)) {
    model.segments.set(id, { id, name: '', fields: fields.map(readField) })
  }
  for (const [id, { n, c }] of Object.entries(source.datatypes)) {
    // The export left its own table of contents among the types and tables.
    if (id === 'manifest') continue
    model.dataTypes.set(id, { id, name: tidyName(n ?? ''), components: (c ?? []).map(readComponent) })
  }
  for (const [id, { n, ty, c }] of Object.entries(tables)) {
    if (id === 'manifest') continue
    const codes = c.map(([code, meaning]) => ({
      code: code.trim(),
      meaning: tidyName(meaning ?? '').replaceAll('|', 'I'),
    }))
    model.tables.set(id, { id, name: tidyName(n ?? ''), kind: ty === 'hl7' ? 'hl7' : 'user', codes })
  }
  for (const [id, nodes] of Object.entries(source.structures ?? {})) {
    model.structures.set(id, readNodes(nodes, id))
  }
  return model
}

function readField(field: JsonField, index: number): VersionModelField {
  return {
    number: index + 1,
    name: tidyName(field.n),
    dataType: readDataType(field.t),
    optionality: readOptionality(field),
    repetitionsMax: field.m === 0 ? Infinity : field.m,
    ...(field.l === undefined ? undefined : { lengthMax: field.l }),
    ...(field.tb === undefined ? undefined : { table: field.tb.replace('HL7', '') }),
  }
}

type VersionModelField = NonNullable<ReturnType<VersionModel['segments']['get']>>['fields'][number]
type VersionModelComponent = NonNullable<ReturnType<VersionModel['dataTypes']['get']>>['components'][number]

function readComponent(component: JsonComponent, index: number): VersionModelComponent {
  return {
    number: index + 1,
    name: tidyName(component.n).replace('familiy', 'family'),
    dataType: readDataType(component.t),
    optionality: component.r === 1 ? 'R' : 'O',
  }
}

/** `*`, `var` and `varies` are the sources' three ways to write that another field decides; NUL marks withdrawn ones. */
function readDataType(type: string): string {
  if (type === '*' || type === 'var' || type === 'varies') return 'varies'
  return type === 'NUL' ? '' : type
}

function readOptionality(field: JsonField): Optionality {
  if (field.x?.deprecated === true) return 'B'
  return field.r === 1 ? 'R' : 'O'
}

function readNodes(nodes: readonly JsonNode[], structure: string): StructureNode[] {
  return nodes.map((node): StructureNode => {
    const [name, min, max, inner] = node
    const cardinality = { min, max: max === -1 ? Infinity : max }
    if (name === 'ANYHL7SEGMENT') return { kind: 'any', ...cardinality }
    if (typeof inner !== 'object') return { kind: 'segment', id: name, ...cardinality }
    const kind = node.at(-1) === 'choice' ? 'choice' : 'group'
    return { kind, name: groupName(name, structure), ...cardinality, nodes: readNodes(inner, structure) }
  })
}

/** `ORU_R01_PATIENT_RESULT` is PATIENT_RESULT; the source writes MFN_Znn as MFN_ZNN. */
function groupName(name: string, structure: string): string {
  const prefix = `${structure}_`
  return name.toUpperCase().startsWith(prefix.toUpperCase()) ? name.slice(prefix.length) : name
}

function readJson<T>(path: string): T {
  // The shape is that of the source's README; what it does not keep shows in the cross-checks.
  return JSON.parse(readFileSync(path, 'utf8')) as T
}
