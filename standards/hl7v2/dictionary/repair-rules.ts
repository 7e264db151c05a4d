import type { ElementDefinition, StructureNode, TableDefinition } from '../src/dictionary/definition.ts'
import type { Hl7Version } from '../src/dictionary/version-id.ts'
import { HL7_VERSIONS } from '../src/dictionary/version-id.ts'
import { changeFields, changeNodes } from './repair-steps.ts'
import { segmentNames } from './segment-names.ts'
import { type Models, modelOf, type VersionModel } from './version-model.ts'

/** Repairs that follow a rule over many entries, for the table in `repairs.ts` to name. Each gives how many entries it changed. */

/** Names of segments: those of 2.9, and for older ones those of `segment-names.ts`. */
export function nameSegments(model: VersionModel, models: Models): number {
  let named = 0
  for (const [id, segment] of model.segments) {
    const name = segmentNames[id] ?? modelOf(models, '2.9').segments.get(id)?.name ?? ''
    if (name === '') throw new Error(`segment-names.ts lacks ${id} of HL7 v${model.version}`)
    if (segment.name === name) continue
    model.segments.set(id, { ...segment, name })
    named++
  }
  return named
}

/** Limits of repetitions, from 2.9 to earlier versions' fields of the same number and name. */
export function limitRepetitions(model: VersionModel, models: Models): number {
  let limited = 0
  for (const { id, fields } of modelOf(models, '2.9').segments.values()) {
    for (const { number, name, repetitionsMax } of fields) {
      if (repetitionsMax === 1 || repetitionsMax === Infinity) continue
      const own = model.segments.get(id)?.fields[number - 1]
      if (own === undefined || !sameName(own, { name })) continue
      limited += changeFields(model, { [`${id}-${number}`]: { repetitionsMax } })
    }
  }
  return limited
}

/** Tables of components, from 2.9 to the same component of earlier versions that have the table. */
export function bindComponents(model: VersionModel, models: Models): number {
  let bound = 0
  for (const [id, dataType] of model.dataTypes) {
    const newest = modelOf(models, '2.9').dataTypes.get(id)?.components ?? []
    const components = dataType.components.map(component => {
      const same = newest.find(other => sameName(other, component))
      const table = same?.table
      if (component.table !== undefined || table === undefined || !model.tables.has(table)) return component
      bound++
      return { ...component, table }
    })
    model.dataTypes.set(id, { ...dataType, components })
  }
  return bound
}

/** Tables of components that 2.9 has withdrawn or renamed, by table. */
const OLDER_COMPONENT_TABLES: Readonly<Record<string, string>> = {
  '0001': 'RFR.2',
  '0061': 'XON.5',
  '0064': 'FC.1',
  '0113': 'DLD.1',
  '0163': 'SPS.4',
  '0190': 'LA2.15',
  '0191': 'ED.2 RP.3',
  '0291': 'ED.3',
  '0301': 'OSD.9 OSD.11',
  '0302': 'LA1.1 LA2.1',
  '0303': 'LA1.2 LA2.2',
  '0304': 'LA1.3 LA2.3',
  '0305': 'LA1.6 LA2.6',
  '0306': 'LA1.5 LA2.5',
  '0307': 'LA1.7 LA2.7',
  '0308': 'LA1.8 LA2.8',
  '0357': 'ELD.4',
  '0360': 'CNN.7 PPN.7 XCN.7 XPN.6',
  '0363': 'OSD.3 OSD.5',
  '0369': 'SPS.7',
  '0371': 'SPS.2',
  '0396': 'CE.3 CE.6 CSU.13',
  '0399': 'LA2.14',
  '0472': 'TQ.9',
  '0495': 'SPS.5',
  '0529': 'TS.2',
}

/** Puts them in, and the table of EI.2 before 2.5, which was the one of HD.1 then. */
export function bindOlderComponents(model: VersionModel): number {
  let bound = 0
  const bind = (path: string, table: string, replace: boolean): void => {
    const [id = '', number = ''] = path.split('.')
    const dataType = model.dataTypes.get(id)
    const component = dataType?.components[Number(number) - 1]
    if (dataType === undefined || component === undefined || component.table === table) return
    if ((component.table !== undefined && !replace) || !model.tables.has(table)) return
    const components = dataType.components.map(other => (other === component ? { ...component, table } : other))
    model.dataTypes.set(id, { ...dataType, components })
    bound++
  }
  for (const [table, paths] of Object.entries(OLDER_COMPONENT_TABLES)) {
    for (const path of paths.split(' ')) bind(path, table, false)
  }
  if (model.version === '2.3.1' || model.version === '2.4') bind('EI.2', '0300', true)
  return bound
}

/**
 * Fields that the sources mark as deprecated stand as B; those that 2.9 has as withdrawn, and whose data type the version does
 * not define any more, are W.
 */
export function markWithdrawn(model: VersionModel, models: Models): number {
  let marked = 0
  for (const { id, fields } of model.segments.values()) {
    for (const field of fields) {
      const newest = modelOf(models, '2.9').segments.get(id)?.fields[field.number - 1]
      if (field.optionality !== 'B' || newest?.optionality !== 'W') continue
      marked += changeFields(model, { [`${id}-${field.number}`]: { optionality: 'W' } })
    }
  }
  return marked
}

/** Gives withdrawn fields of 2.9, which has no types for them, those of 2.8.2: they still arrive. */
export function typeWithdrawn(model: VersionModel, models: Models): number {
  let typed = 0
  const before = modelOf(models, '2.8.2')
  for (const { id, fields } of model.segments.values()) {
    for (const field of fields) {
      const older = before.segments.get(id)?.fields[field.number - 1]
      if (field.dataType !== '' || older === undefined || older.dataType === '') continue
      typed += changeFields(model, {
        [`${id}-${field.number}`]: { dataType: older.dataType, repetitionsMax: older.repetitionsMax },
      })
    }
  }
  for (const [id, dataType] of model.dataTypes) {
    const components = dataType.components.map(component => {
      const older = before.dataTypes.get(id)?.components[component.number - 1]
      if (component.dataType !== '' || older === undefined || !sameName(older, component)) return component
      typed++
      return { ...component, dataType: older.dataType }
    })
    model.dataTypes.set(id, { ...dataType, components })
  }
  return typed
}

/** Takes data types that fields or components still refer to from the last version that defines them. */
export function takeOverDataTypes(model: VersionModel, models: Models): number {
  let taken = 0
  for (let missing = missingDataTypes(model); missing.length > 0; missing = missingDataTypes(model)) {
    for (const id of missing) {
      const older = olderVersions(model.version).find(version => modelOf(models, version).dataTypes.has(id))
      const dataType = older === undefined ? undefined : modelOf(models, older).dataTypes.get(id)
      if (dataType === undefined) throw new Error(`HL7 v${model.version}: no version defines ${id}`)
      model.dataTypes.set(id, dataType)
      taken++
    }
  }
  return taken
}

/** Placeholder of the source for "none". */
const NO_TABLE = '9999'

export function dropNoTable(model: VersionModel): number {
  let dropped = model.tables.delete(NO_TABLE) ? 1 : 0
  for (const { id, fields } of model.segments.values()) {
    for (const { number, table } of fields) {
      if (table === NO_TABLE) dropped += changeFields(model, { [`${id}-${number}`]: { table: undefined } })
    }
  }
  return dropped
}

/** Data types whose first component is a number or an id, so that a field's table is always that of a later one. */
const TABLES_OF_LATER_COMPONENTS = new Set(['CQ', 'DIN', 'EIP'])

/** Takes tables from fields whose data type has them at another component than the first. */
export function dropTablesOfLaterComponents(model: VersionModel): number {
  let dropped = 0
  for (const { id, fields } of model.segments.values()) {
    for (const { number, table, dataType } of fields) {
      const [first, ...later] = model.dataTypes.get(dataType)?.components ?? []
      if (table === undefined || first === undefined || first.table === table) continue
      if (!TABLES_OF_LATER_COMPONENTS.has(dataType) && !later.some(component => component.table === table)) continue
      dropped += changeFields(model, { [`${id}-${number}`]: { table: undefined } })
    }
  }
  return dropped
}

function missingDataTypes(model: VersionModel): string[] {
  const elements = [
    ...[...model.segments.values()].flatMap(({ fields }) => fields),
    ...[...model.dataTypes.values()].flatMap(({ components }) => components),
  ]
  const used = new Set(elements.map(({ dataType }) => dataType))
  return [...used].filter(id => id !== '' && id !== 'varies' && !model.dataTypes.has(id))
}

/** Takes tables that are referred to but missing from the nearest version that has them, newer ones first. */
export function takeOverTables(model: VersionModel, models: Models): number {
  let taken = 0
  for (const id of referredTables(model)) {
    if (model.tables.has(id)) continue
    const table = nearestTable(models, model.version, id)
    model.tables.set(id, table ?? { id, name: '', kind: 'user', codes: [] })
    taken++
  }
  return taken
}

function nearestTable(models: Models, version: Hl7Version, id: string): TableDefinition | undefined {
  const newer = HL7_VERSIONS.slice(HL7_VERSIONS.indexOf(version) + 1)
  for (const other of [...newer, ...olderVersions(version)]) {
    const table = modelOf(models, other).tables.get(id)
    if (table !== undefined) return table
  }
  return undefined
}

function referredTables(model: VersionModel): Set<string> {
  const tables = new Set<string>()
  for (const { fields } of model.segments.values()) for (const { table } of fields) if (table) tables.add(table)
  for (const { components } of model.dataTypes.values())
    for (const { table } of components) if (table) tables.add(table)
  return tables
}

function olderVersions(version: Hl7Version): readonly Hl7Version[] {
  return HL7_VERSIONS.slice(0, HL7_VERSIONS.indexOf(version)).reverse()
}

/** A choice whose alternatives include optional or repeating ones is a sequence that lost its brackets. */
export function orderFalseChoices(model: VersionModel, named: readonly string[]): number {
  let changed = 0
  for (const id of model.structures.keys()) {
    changed += changeNodes(model, id, node => {
      const isFalse =
        node.kind === 'choice' &&
        (named.includes(node.name) || node.nodes.some(({ min, max }) => min !== 1 || max !== 1))
      return [isFalse ? { ...node, kind: 'group' } : node]
    })
  }
  return changed
}

/** A choice of one unnamed group is that group: `CANCEL<GROUP(IVC PYE)>` is `CANCEL(IVC PYE)`. */
export function flattenSoleChoices(model: VersionModel): number {
  let changed = 0
  for (const id of model.structures.keys()) {
    changed += changeNodes(model, id, node => {
      const only = node.kind === 'choice' && node.nodes.length === 1 ? node.nodes[0] : undefined
      if (only?.kind !== 'group' || only.name !== 'GROUP') return [node]
      return [{ ...only, name: node.kind === 'choice' ? node.name : '', min: node.min, max: node.max }]
    })
  }
  return changed
}

/** Names the unnamed alternatives of choices after their first segment: `GROUP(OBR PRT*)` is `OBR_GROUP`. */
export function nameAlternatives(model: VersionModel): number {
  let changed = 0
  for (const id of model.structures.keys()) {
    changed += changeNodes(model, id, node => {
      const first = node.kind === 'group' ? node.nodes[0] : undefined
      if (node.kind !== 'group' || node.name !== 'GROUP' || first?.kind !== 'segment') return [node]
      return [{ ...node, name: `${first.id}_GROUP` }]
    })
  }
  return changed
}

/** Takes structures that the version withdrew from the last version that had them, where it still knows all their segments. */
export function takeOverStructures(model: VersionModel, models: Models): number {
  let taken = 0
  for (const version of olderVersions(model.version)) {
    // Before 2.3 every event had a structure of its own; later ones share theirs.
    if (version === '2.2' || version === '2.1') break
    for (const [id, nodes] of modelOf(models, version).structures) {
      const [code = '', event = ''] = id.split('_')
      if (model.structures.has(id) || model.events.get(code)?.has(event)) continue
      if (!segmentsUsed(nodes).every(segment => model.segments.has(segment))) continue
      model.structures.set(id, nodes)
      model.withdrawnStructures.add(id)
      taken++
    }
  }
  return taken
}

/** Ids of all segments that structures name. */
function segmentsUsed(nodes: readonly StructureNode[]): string[] {
  return nodes.flatMap(node => {
    if (node.kind === 'segment') return [node.id]
    return node.kind === 'any' ? [] : segmentsUsed(node.nodes)
  })
}

function sameName(a: Pick<ElementDefinition, 'name'>, b: Pick<ElementDefinition, 'name'>): boolean {
  return plain(a.name) === plain(b.name)
}

function plain(name: string): string {
  return name
    .toLowerCase()
    .replace(/\(.*?\)/g, '')
    .replace(/[^a-z0-9]/g, '')
}
