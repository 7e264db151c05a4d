import type {
  ComponentDefinition,
  DataTypeDefinition,
  FieldDefinition,
  SegmentDefinition,
  StructureNode,
} from '../src/dictionary/definition.ts'
import { parseDataType, parseSegment } from '../src/dictionary/entry-text.ts'
import { parseNodes } from '../src/dictionary/structure-text.ts'
import type { Hl7Version } from '../src/dictionary/version-id.ts'
import { type Models, modelOf, type VersionModel } from './version-model.ts'

/** Fields from their text form: `Performing Organization Name|XON|C|1|567`. */
export function fieldsOf(cells: readonly string[]): readonly FieldDefinition[] {
  return parseSegment('', ['', ...cells].join('\t')).fields
}

/** Components from theirs: `Degree|IS|W`. */
export function componentsOf(cells: readonly string[]): readonly ComponentDefinition[] {
  return parseDataType('', ['', ...cells].join('\t')).components
}

export function segmentOf(model: VersionModel, id: string): SegmentDefinition {
  const segment = model.segments.get(id)
  if (segment === undefined) throw new Error(`HL7 v${model.version} has no ${id}`)
  return segment
}

/** Puts fields in place of those from a number on. */
export function replaceFields(model: VersionModel, id: string, from: number, cells: readonly string[]): number {
  const segment = segmentOf(model, id)
  const kept = segment.fields.slice(0, from - 1)
  const fields = [...kept, ...fieldsOf(cells)].map((field, index) => ({ ...field, number: index + 1 }))
  model.segments.set(id, { ...segment, fields })
  return 1
}

/** What changes in a field; `table: undefined` takes its table away. */
type FieldChange = Partial<Omit<FieldDefinition, 'number' | 'table'>> & { readonly table?: string | undefined }

/** Changes fields by path (`PID-3`); gives how many really changed, which must be all that exist. */
export function changeFields(model: VersionModel, changes: Readonly<Record<string, FieldChange>>): number {
  let changed = 0
  for (const [path, change] of Object.entries(changes)) {
    const [id = '', number = ''] = path.split('-')
    const segment = model.segments.get(id)
    const field = segment?.fields[Number(number) - 1]
    if (segment === undefined || field === undefined) continue
    const next = changedField(field, change)
    if (JSON.stringify(text(next)) === JSON.stringify(text(field))) continue
    const fields = segment.fields.map(other => (other === field ? next : other))
    model.segments.set(id, { ...segment, fields })
    changed++
  }
  return changed
}

function changedField(field: FieldDefinition, change: FieldChange): FieldDefinition {
  const { table: changed, ...rest } = change
  const { table: own, ...kept } = field
  const table = 'table' in change ? changed : own
  return { ...kept, ...rest, ...(table === undefined ? undefined : { table }) }
}

/** JSON has no Infinity. */
function text(field: FieldDefinition): unknown {
  return { ...field, repetitionsMax: String(field.repetitionsMax) }
}

/** Sets a data type's components; its name is kept where none is given. */
export function setDataType(model: VersionModel, id: string, cells: readonly string[], name?: string): number {
  const known = model.dataTypes.get(id)
  model.dataTypes.set(id, { id, name: name ?? known?.name ?? id, components: componentsOf(cells) })
  return 1
}

/** Puts components between those of a data type: by their number after it. */
export function insertComponents(model: VersionModel, id: string, inserts: Readonly<Record<number, string>>): number {
  const dataType = model.dataTypes.get(id)
  if (dataType === undefined) return 0
  const components = [...dataType.components]
  let inserted = 0
  for (const [number, cell] of Object.entries(inserts)) {
    const [component] = componentsOf([cell])
    if (component === undefined || components.some(({ name }) => name === component.name)) continue
    components.splice(Number(number) - 1, 0, component)
    inserted++
  }
  const numbered = components.map((component, index) => ({ ...component, number: index + 1 }))
  model.dataTypes.set(id, { ...dataType, components: numbered } satisfies DataTypeDefinition)
  return inserted === 0 ? 0 : 1
}

/** Takes a segment or data type as another version has it, where this one has none. */
export function takeOver(model: VersionModel, models: Models, from: Hl7Version, ids: readonly string[]): number {
  const other = modelOf(models, from)
  let taken = 0
  for (const id of ids) {
    const segment = other.segments.get(id)
    const dataType = other.dataTypes.get(id)
    if (segment !== undefined && !model.segments.has(id)) {
      model.segments.set(id, segment)
      taken++
    }
    if (dataType !== undefined && !model.dataTypes.has(id)) {
      model.dataTypes.set(id, dataType)
      taken++
    }
  }
  return taken
}

export function setStructure(model: VersionModel, id: string, nodes: string): number {
  model.structures.set(id, parseNodes(nodes))
  return 1
}

/** Changes nodes wherever they stand; `change` gives what takes a node's place. */
export function changeNodes(
  model: VersionModel,
  structure: string,
  change: (node: StructureNode) => readonly StructureNode[],
): number {
  const nodes = model.structures.get(structure)
  if (nodes === undefined) return 0
  const changed = mapNodes(nodes, change)
  if (JSON.stringify(changed) === JSON.stringify(nodes)) return 0
  model.structures.set(structure, changed)
  return 1
}

function mapNodes(
  nodes: readonly StructureNode[],
  change: (node: StructureNode) => readonly StructureNode[],
): readonly StructureNode[] {
  return nodes.flatMap(node => {
    const inner =
      node.kind === 'group' || node.kind === 'choice' ? { ...node, nodes: mapNodes(node.nodes, change) } : node
    return change(inner)
  })
}
