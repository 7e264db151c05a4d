import type { SegmentDeclaration } from './define-segment.ts'
import { definitionOf } from './define-segment.ts'
import type {
  CodeDefinition,
  DataTypeDefinition,
  SegmentDefinition,
  StructureDefinition,
  StructureNode,
  TableDefinition,
} from './definition.ts'
import type { Dictionary, LocalEntries } from './dictionary.ts'
import { DictionaryError } from './dictionary-error.ts'
import { parseNodes } from './structure-text.ts'
import type { Hl7Version } from './version-id.ts'

/** A local table, or local codes of a standard one. */
export interface TableDeclaration {
  /** That of the standard's table where it is left out. */
  readonly name?: string
  /** Meanings by code. */
  readonly codes: { readonly [code: string]: string }
  /** Whether the standard's codes of the table still count. `keep` where left out. */
  readonly standardCodes?: 'keep' | 'drop'
}

/** A data type that the standard does not have. */
export interface DataTypeDeclaration {
  readonly name?: string
  readonly components: readonly { readonly name: string; readonly dataType: string; readonly table?: string }[]
}

/** One node more in a structure: `{ after: 'PID', add: 'ZPD?' }`, in every group or only in the one named by `in`. */
export interface StructureAddition {
  readonly after: string
  /** Nodes as `formatNodes` writes them: `ZPD?`, `ZPD*`, `EXTRAS*(ZPD NTE?)`. */
  readonly add: string
  /** Name of the group to look in, `''` for the top: where left out, everywhere. */
  readonly in?: string
}

/** What a site adds to a version. */
export interface VersionChanges {
  readonly segments?: readonly SegmentDeclaration[]
  readonly dataTypes?: { readonly [id: string]: DataTypeDeclaration }
  readonly tables?: { readonly [id: string]: TableDeclaration }
  /** A whole structure as text (`'MSH EVN PID ZPD?'`), or additions to the standard's. */
  readonly structures?: { readonly [id: string]: string | readonly StructureAddition[] }
  /** Structures of local trigger events: `{ 'ADT^Z01': 'ADT_A01' }`. */
  readonly events?: { readonly [type: string]: string }
}

/** A version of the standard with what sites add to it, the outermost last. Give it to `loadDictionary`. */
export interface VersionExtension<V extends Hl7Version = Hl7Version> {
  readonly version: V
  readonly changes: readonly VersionChanges[]
}

/**
 * Declares a local variant of a version: nothing is registered, the declaration is the value. `loadDictionary(hospital)` checks it
 * and gives the dictionary with it; `extendVersion(hospital, ...)` adds to it again.
 *
 *     const hospital = extendVersion('2.5.1', {
 *       segments: [zpd],
 *       structures: { ADT_A01: [{ after: 'PID', add: 'ZPD?' }] },
 *       tables: { BLOOD: { name: 'Blood groups', codes: { A: 'A', B: 'B', AB: 'AB', O: '0' } } },
 *     })
 */
export function extendVersion<V extends Hl7Version>(
  version: V | VersionExtension<V>,
  changes: VersionChanges,
): VersionExtension<V> {
  const base = typeof version === 'string' ? { version, changes: [] } : version
  return Object.freeze({ version: base.version, changes: [...base.changes, changes] })
}

/** The extension's entries, checked against each other and the standard. Throws `DictionaryError` `declaration-invalid`. @internal */
export function localEntries(standard: Dictionary, extension: VersionExtension): LocalEntries {
  const segments = new Map<string, SegmentDefinition>()
  const dataTypes = new Map<string, DataTypeDefinition>()
  const tables = new Map<string, TableDefinition>()
  const structures = new Map<string, StructureDefinition>()
  const events = new Map<string, string>()
  for (const changes of extension.changes) {
    for (const declared of changes.segments ?? []) {
      segments.set(declared.id, definitionOf(declared, segments.get(declared.id) ?? standard.segment(declared.id)))
    }
    for (const [id, declared] of Object.entries(changes.dataTypes ?? {})) dataTypes.set(id, dataTypeOf(id, declared))
    for (const [id, declared] of Object.entries(changes.tables ?? {})) {
      tables.set(id, tableOf(id, declared, tables.get(id) ?? standard.table(id)))
    }
    for (const [id, declared] of Object.entries(changes.structures ?? {})) {
      structures.set(id, structureOf(id, declared, structures.get(id) ?? standard.structure(id)))
    }
    for (const [type, id] of Object.entries(changes.events ?? {})) events.set(type, id)
  }
  const local = { segments, dataTypes, tables, structures, events }
  check(standard.with(local), local)
  return local
}

function dataTypeOf(id: string, declared: DataTypeDeclaration): DataTypeDefinition {
  const components = declared.components.map((component, index) => ({
    number: index + 1,
    optionality: 'O' as const,
    ...component,
  }))
  return { id, name: declared.name ?? id, components }
}

function tableOf(id: string, declared: TableDeclaration, standard: TableDefinition | undefined): TableDefinition {
  const codes = new Map<string, CodeDefinition>()
  const kept = declared.standardCodes === 'drop' ? [] : (standard?.codes ?? [])
  for (const code of kept) codes.set(code.code, code)
  for (const [code, meaning] of Object.entries(declared.codes)) codes.set(code, { code, meaning })
  return { id, name: declared.name ?? standard?.name ?? id, kind: 'local', codes: [...codes.values()] }
}

function structureOf(
  id: string,
  declared: string | readonly StructureAddition[],
  standard: StructureDefinition | undefined,
): StructureDefinition {
  if (typeof declared === 'string') return { id, withdrawn: false, nodes: nodesOf(id, declared) }
  if (standard === undefined) throw invalid(`${id}: the version has no such structure to add to`)
  let nodes = standard.nodes
  for (const addition of declared) {
    const added = nodesOf(id, addition.add)
    const grown = withAddition(nodes, '', addition, added)
    if (grown === nodes) {
      const where = addition.in === undefined ? '' : ` in ${addition.in === '' ? 'its top' : addition.in}`
      throw invalid(`${id}: has no ${addition.after}${where} to add ${addition.add} after`)
    }
    nodes = grown
  }
  return { ...standard, nodes }
}

function nodesOf(id: string, text: string): readonly StructureNode[] {
  try {
    return parseNodes(text)
  } catch (error) {
    throw new DictionaryError('declaration-invalid', `${id}: '${text}' is no structure`, { cause: error })
  }
}

/** The same array where nothing was added. */
function withAddition(
  nodes: readonly StructureNode[],
  group: string,
  addition: StructureAddition,
  added: readonly StructureNode[],
): readonly StructureNode[] {
  const here = addition.in === undefined || addition.in === group
  const grown = nodes.flatMap((node): readonly StructureNode[] => {
    let kept = node
    if (node.kind === 'group' || node.kind === 'choice') {
      const inner = withAddition(node.nodes, node.name, addition, added)
      if (inner !== node.nodes) kept = { ...node, nodes: inner }
    }
    const name = node.kind === 'segment' ? node.id : node.kind === 'any' ? '' : node.name
    return here && name === addition.after ? [kept, ...added] : [kept]
  })
  return grown.length === nodes.length && grown.every((node, index) => node === nodes[index]) ? nodes : grown
}

function check(dictionary: Dictionary, local: LocalEntries): void {
  const problems: string[] = []
  const checkElement = (owner: string, type: string, table: string | undefined): void => {
    if (type !== '' && type !== 'varies' && dictionary.dataType(type) === undefined) {
      problems.push(`${owner}: HL7 v${dictionary.version} has no data type ${type}`)
    }
    if (table !== undefined && dictionary.table(table) === undefined)
      problems.push(`${owner}: there is no table ${table}`)
  }
  for (const { id, fields } of local.segments.values()) {
    for (const { number, dataType, table } of fields) checkElement(`${id}-${number}`, dataType, table)
  }
  for (const { id, components } of local.dataTypes.values()) {
    for (const { number, dataType, table } of components) checkElement(`${id}.${number}`, dataType, table)
  }
  for (const { id, nodes } of local.structures.values()) {
    for (const segment of segmentsIn(nodes)) {
      if (dictionary.segment(segment) === undefined) problems.push(`${id}: there is no segment ${segment}`)
    }
  }
  for (const [type, id] of local.events) {
    if (dictionary.structure(id) === undefined) problems.push(`${type}: there is no structure ${id}`)
  }
  if (problems.length > 0) throw invalid(problems.join('; '))
}

function segmentsIn(nodes: readonly StructureNode[]): string[] {
  return nodes.flatMap(node => {
    if (node.kind === 'segment') return [node.id]
    return node.kind === 'any' ? [] : segmentsIn(node.nodes)
  })
}

function invalid(text: string): DictionaryError {
  return new DictionaryError('declaration-invalid', text)
}
