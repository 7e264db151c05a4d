import { parseSegmentPath, parsePath } from '../path.ts'
import type {
  ComponentDefinition,
  DataTypeDefinition,
  ElementDefinition,
  FieldDefinition,
  SegmentDefinition,
  StructureDefinition,
  TableDefinition,
} from './definition.ts'
import type { EntryIndex } from './entry-index.ts'
import { parseDataType, parseEvents, parseSegment, parseStructure, parseTable } from './entry-text.ts'
import type { Hl7Version } from './version-id.ts'

/** What a site adds to a version, or puts in place of its entries. */
export interface LocalEntries {
  readonly segments: ReadonlyMap<string, SegmentDefinition>
  readonly dataTypes: ReadonlyMap<string, DataTypeDefinition>
  readonly tables: ReadonlyMap<string, TableDefinition>
  readonly structures: ReadonlyMap<string, StructureDefinition>
  /** Structure ids by `ADT^A01`. */
  readonly events: ReadonlyMap<string, string>
}

/**
 * What one version of the standard knows: segments, data types, tables and message structures. Look-ups are by the standard's ids
 * and give undefined for what the version does not have; entries are parsed when they are first asked for, and kept.
 */
export class Dictionary {
  readonly version: Hl7Version
  readonly #entries: EntryIndex
  readonly #local: LocalEntries | undefined
  readonly #segments = new Map<string, SegmentDefinition | undefined>()
  readonly #dataTypes = new Map<string, DataTypeDefinition | undefined>()
  readonly #tables = new Map<string, TableDefinition | undefined>()
  readonly #structures = new Map<string, StructureDefinition | undefined>()
  readonly #events = new Map<string, ReadonlyMap<string, string> | undefined>()

  /** Use `loadDictionary`. @internal */
  constructor(version: Hl7Version, entries: EntryIndex, local?: LocalEntries) {
    this.version = version
    this.#entries = entries
    this.#local = local
  }

  /** The same version with what a site declares. @internal */
  with(local: LocalEntries): Dictionary {
    return new Dictionary(this.version, this.#entries, local)
  }

  /** `segment('PID')`. */
  segment(id: string): SegmentDefinition | undefined {
    return remembered(this.#segments, id, () => {
      const text = this.#entries.find('S', id)
      return this.#local?.segments.get(id) ?? (text === undefined ? undefined : parseSegment(id, text))
    })
  }

  /** `dataType('CX')`. */
  dataType(id: string): DataTypeDefinition | undefined {
    return remembered(this.#dataTypes, id, () => {
      const text = this.#entries.find('D', id)
      return this.#local?.dataTypes.get(id) ?? (text === undefined ? undefined : parseDataType(id, text))
    })
  }

  /** `table('0001')`. A table without codes is one that the standard leaves to sites, or refers to other publications. */
  table(id: string): TableDefinition | undefined {
    return remembered(this.#tables, id, () => {
      const text = this.#entries.find('T', id)
      return this.#local?.tables.get(id) ?? (text === undefined ? undefined : parseTable(id, text))
    })
  }

  /** `structure('ORU_R01')`. Knows withdrawn structures too, and says that they are. */
  structure(id: string): StructureDefinition | undefined {
    return remembered(this.#structures, id, () => {
      const text = this.#entries.find('M', id)
      return this.#local?.structures.get(id) ?? (text === undefined ? undefined : parseStructure(id, text))
    })
  }

  /**
   * The structure of a message type: `structureOf('ADT', 'A04')` is ADT_A01. For senders that leave MSH-9.3 out; those who fill it are
   * asked with `structure`.
   */
  structureOf(code: string, event = ''): StructureDefinition | undefined {
    const local = this.#local?.events.get(`${code}^${event}`)
    if (local !== undefined) return this.structure(local)
    const events = remembered(this.#events, code, () => {
      const text = this.#entries.find('E', code)
      return text === undefined ? undefined : parseEvents(text)
    })
    // An acknowledgement has one structure whatever it answers.
    return (
      this.structure(events?.get(event) ?? `${code}_${event}`) ?? (code === 'ACK' ? this.structure('ACK') : undefined)
    )
  }

  /** `field('PID', 3)`. */
  field(segmentId: string, number: number): FieldDefinition | undefined {
    return this.segment(segmentId)?.fields[number - 1]
  }

  /**
   * The field, component or subcomponent that a path names: `element('PID-3.4.1')` is the namespace id of the assigning authority. What
   * depends on another field is looked up with its type: `element('OBX-5.2', 'CWE')`. `'PID-8.1'` of a field without components is the
   * field. undefined for what is no path or not defined.
   */
  element(path: string, valueType?: string): ElementDefinition | undefined {
    return this.elements(path, valueType)?.at(-1)
  }

  /**
   * The names along a path: `nameOf('PID-3.1')` is `Patient Identifier List / ID Number`, `nameOf('PID')` is `Patient Identification`.
   * Takes `valueType` as `element` does.
   */
  nameOf(path: string, valueType?: string): string | undefined {
    const names = this.elements(path, valueType)?.map(({ name }) => name)
    if (names !== undefined) return names.join(' / ')
    const parts = parseSegmentPath(path)
    return parts === undefined ? undefined : this.segment(parts.segmentId)?.name
  }

  /** Ids of all segments, sorted; the other lists likewise. */
  get segmentIds(): readonly string[] {
    return merged(this.#entries.ids('S'), this.#local?.segments)
  }

  get dataTypeIds(): readonly string[] {
    return merged(this.#entries.ids('D'), this.#local?.dataTypes)
  }

  get tableIds(): readonly string[] {
    return merged(this.#entries.ids('T'), this.#local?.tables)
  }

  get structureIds(): readonly string[] {
    return merged(this.#entries.ids('M'), this.#local?.structures)
  }

  /** The elements from the field down to the path's depth. */
  private elements(path: string, valueType: string | undefined): readonly ElementDefinition[] | undefined {
    const parsed = parsePath(path)
    if (!parsed.ok) return undefined
    const { segmentId, field, component, subcomponent } = parsed.parts
    const definition = this.field(segmentId, field)
    if (definition === undefined) return undefined
    const found: ElementDefinition[] = [definition]
    for (const number of [component, subcomponent]) {
      if (number === 0) break
      const above = found.at(-1) ?? definition
      const type = above.dataType === 'varies' ? (valueType ?? '') : above.dataType
      const components: readonly ComponentDefinition[] = this.dataType(type)?.components ?? []
      const below = components[number - 1]
      if (below !== undefined) found.push(below)
      else if (number > 1 || components.length > 0) return undefined
    }
    return found
  }
}

function remembered<T>(known: Map<string, T | undefined>, id: string, find: () => T | undefined): T | undefined {
  const found = known.get(id)
  if (found !== undefined) return found
  const made = find()
  // Ids come from messages too; only what exists is kept, so that the maps stay as small as the dictionary.
  if (made !== undefined) known.set(id, made)
  return made
}

function merged(ids: readonly string[], local: ReadonlyMap<string, unknown> | undefined): readonly string[] {
  return local === undefined ? ids : [...new Set([...ids, ...local.keys()])].sort()
}
