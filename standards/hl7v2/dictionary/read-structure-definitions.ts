import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ComponentDefinition, FieldDefinition, Optionality, StructureNode } from '../src/dictionary/definition.ts'
import { emptyModel, tidyName, type VersionModel } from './version-model.ts'

interface Extension {
  readonly url: string
  readonly valueCode?: string
  readonly valueInteger?: number
  readonly extension?: readonly Extension[]
}

interface ElementJson {
  readonly id: string
  readonly path: string
  readonly short?: string
  readonly min?: number
  readonly max?: string | number
  readonly type?: readonly { readonly code: string; readonly targetProfile?: readonly string[] }[]
  readonly binding?: { readonly valueSet?: string }
  readonly extension?: readonly Extension[]
}

interface StructureDefinitionJson {
  readonly id: string
  readonly title?: string
  readonly differential?: { readonly element: readonly ElementJson[] }
}

/** Reads 2.9 from the StructureDefinitions of HL7's v2+ guide. It has no codes of tables: see `repairs.ts`. */
export function readStructureDefinitions(folder: string): VersionModel {
  const model = emptyModel('2.9')
  for (const { id, root, elements } of readFolder(folder, 'segment/segments')) {
    if (id === 'Hxx') continue
    model.segments.set(id, { id, name: tidyName(root?.short ?? ''), fields: numbered(elements, id).map(readField) })
  }
  for (const kind of ['primitive/primitives', 'complex/complex-data-types']) {
    for (const { id, title, root, elements } of readFolder(folder, `data-type/${kind}`)) {
      const name = tidyName(kind.startsWith('primitive') ? (title ?? '') : (root?.short ?? ''))
      model.dataTypes.set(id, { id, name, components: numbered(elements, id).map(readComponent) })
    }
  }
  for (const { id, elements } of readFolder(folder, 'message-structure/message_structures')) {
    const name = structureName(id)
    // Variants (ADT_A01-A to -D, one for each event) are the same but for a few cardinalities; the first is taken.
    if (elements.length > 0 && !model.structures.has(name)) model.structures.set(name, readNodes(elements, id))
  }
  for (const { id, elements } of readFolder(folder, 'message/messages')) readMessage(model, id, elements)
  return model
}

interface Definition {
  readonly id: string
  readonly title: string | undefined
  readonly root: ElementJson | undefined
  readonly elements: readonly ElementJson[]
}

function readFolder(folder: string, below: string): Definition[] {
  const path = join(folder, 'v2.9', below)
  return readdirSync(path)
    .filter(file => file.endsWith('.json'))
    .sort()
    .map(file => {
      // FHIR R4 StructureDefinition, of which the interfaces above name what is read.
      const json = JSON.parse(readFileSync(join(path, file), 'utf8')) as StructureDefinitionJson
      const [root, ...elements] = json.differential?.element ?? []
      const isRoot = root !== undefined && !root.path.includes('.')
      return {
        id: json.id,
        title: json.title,
        root,
        elements: isRoot || root === undefined ? elements : [root, ...elements],
      }
    })
}

/** Elements by their number (`PID.3-patientIdentifierList`); a number that the guide leaves out becomes an empty place. */
function numbered(elements: readonly ElementJson[], owner: string): ElementJson[] {
  const places: ElementJson[] = []
  for (const element of elements) {
    const number = Number(/^[^.]+\.(\d+)/.exec(element.path)?.[1])
    if (!(number > 0)) throw new Error(`v2.9 ${owner}: ${element.path} has no number`)
    places[number - 1] = element
  }
  return Array.from(places, (element, index) => element ?? { id: '', path: `${owner}.${index + 1}`, short: '' })
}

function readField(element: ElementJson, index: number): FieldDefinition {
  const max = String(element.max ?? '1')
  return { ...readElement(element, index), repetitionsMax: max === '*' ? Infinity : Math.max(1, Number(max)) }
}

function readComponent(element: ElementJson, index: number): ComponentDefinition {
  return readElement(element, index)
}

function readElement(element: ElementJson, index: number): ComponentDefinition {
  const lengthMax = part(element, 'length', 'max')
  const table = /\/v2-(\d{4})$/.exec(element.binding?.valueSet ?? '')?.[1]
  return {
    number: index + 1,
    name: tidyName(element.short ?? ''),
    dataType: readDataType(element.type?.[0]?.code),
    optionality: readOptionality(extension(element, 'optionality')?.valueCode),
    ...(lengthMax === undefined ? undefined : { lengthMax }),
    ...(table === undefined ? undefined : { table }),
  }
}

function readDataType(code: string | undefined): string {
  const type = code?.split('/').at(-1) ?? ''
  return type === 'Varies' ? 'varies' : type
}

/** `C(R/X)` is conditional; `-` and a missing one stand where the standard's table has none. */
function readOptionality(code: string | undefined): Optionality {
  switch (code?.[0]) {
    case 'R':
    case 'C':
    case 'B':
    case 'W':
    case 'X':
      return code[0]
    default:
      return 'O'
  }
}

function extension(element: ElementJson, name: string): Extension | undefined {
  return element.extension?.find(({ url }) => url.endsWith(`/${name}`))
}

function part(element: ElementJson, name: string, url: string): number | undefined {
  return extension(element, name)?.extension?.find(inner => inner.url === url)?.valueInteger
}

interface OpenGroup {
  readonly path: string
  readonly nodes: StructureNode[]
}

/** Elements stand in document order, a group before what it holds: `ORU_R01-A.5-PATIENT_RESULT.1-PATIENT`. */
function readNodes(elements: readonly ElementJson[], structure: string): StructureNode[] {
  const top: StructureNode[] = []
  let open: OpenGroup[] = [{ path: structure, nodes: top }]
  for (const [index, element] of elements.entries()) {
    // What may stand in an Hxx is any segment or group; the guide spells that out.
    if (element.path.includes('Hxx.')) continue
    const parent = element.path.slice(0, element.path.lastIndexOf('.'))
    open = open.slice(0, open.findIndex(({ path }) => path === parent) + 1)
    const target = open.at(-1)?.nodes
    if (target === undefined) throw new Error(`v2.9 ${structure}: ${element.path} stands in no group before it`)
    const name = nodeName(element.path)
    const cardinality = readCardinality(element)
    const type = element.type?.[0]?.code
    if (name === 'Hxx') target.push({ kind: 'any', ...cardinality })
    else if (type === 'BackboneElement') {
      const nodes: StructureNode[] = []
      const kind = nodeKind(elements[index + 1]?.path ?? '')
      target.push({ kind, name: name === 'Group' ? 'GROUP' : name, ...cardinality, nodes })
      open.push({ path: element.path, nodes })
    } else target.push({ kind: 'segment', id: type?.split('/').at(-1) ?? name, ...cardinality })
  }
  return top
}

/** `5-PATIENT_RESULT` and `choice-1-OBR` without the number; `GUARANTOR+INSURANCE` and `Procedure` as other groups are written. */
function nodeName(path: string): string {
  const name = path.slice(path.lastIndexOf('.') + 1).replace(/^(choice-)?\d+-/, '')
  return name === 'Hxx' || name === 'Group' ? name : name.toUpperCase().replace(/[^A-Z0-9]+/g, '_')
}

function nodeKind(firstInner: string): 'group' | 'choice' {
  return firstInner.slice(firstInner.lastIndexOf('.') + 1).startsWith('choice-') ? 'choice' : 'group'
}

function readCardinality(element: ElementJson): { readonly min: number; readonly max: number } {
  const choice = element.path.slice(element.path.lastIndexOf('.') + 1).startsWith('choice-')
  // One of a choice is required, whichever: the choice says so, and its alternatives are written as 1..1.
  return { min: choice ? 1 : (element.min ?? 0), max: element.max === '*' ? Infinity : Number(element.max ?? 1) }
}

function structureName(id: string): string {
  return id
    .replaceAll('-', '_')
    .split('_')
    .slice(0, id.startsWith('ACK') ? 1 : 2)
    .join('_')
}

/** `ADT-A04` refers to `ADT-A01-A`: the structure of ADT^A04 is ADT_A01. */
function readMessage(model: VersionModel, id: string, elements: readonly ElementJson[]): void {
  const target = elements.find(element => element.path === 'Message.structure')?.type?.[0]?.targetProfile?.[0]
  const [code, event] = id.split('-')
  if (target === undefined || code === undefined || event === undefined) return
  const structure = structureName(target.split('/').at(-1) ?? '')
  if (!model.structures.has(structure)) return
  const events = model.events.get(code) ?? new Map<string, string>()
  events.set(event, structure)
  model.events.set(code, events)
}
