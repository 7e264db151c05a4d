import type { ComponentDefinition, FieldDefinition, GroupNode, StructureNode } from '../src/dictionary/definition.ts'
import { formatNodes } from '../src/dictionary/structure-text.ts'
import { memberNames, nodeNames } from '../src/typed/member-name.ts'
import type { VersionModel } from './version-model.ts'

/** An interface of the generated types. */
export interface Declaration {
  readonly name: string
  readonly text: string
  /** Names of the declarations that it refers to. */
  readonly refers: readonly string[]
}

interface Declarations {
  readonly declarations: readonly Declaration[]
  /** The interfaces that list all data types, segments and structures, which are the version's own. */
  readonly lists: readonly string[]
}

/** Interfaces for a version's data types, segments, groups and structures. */
export function declarationsOf(model: VersionModel): Declarations {
  const composites = new Set(
    [...model.dataTypes.values()].filter(({ components }) => components.length > 0).map(({ id }) => id),
  )
  const dataTypes = [...composites].sort().map(id => dataTypeDeclaration(model, id, composites))
  const varies: Declaration = {
    name: 'Varies',
    text: '/** A value whose data type another field decides. */\nexport type Varies = Varying<DataTypes>\n',
    refers: [...composites].sort(),
  }
  const segments = [...model.segments.keys()].sort().map(id => segmentDeclaration(model, id, composites))
  const groups = new GroupDeclarations()
  const structures = [...model.structures].sort(([a], [b]) => (a < b ? -1 : 1))
  const messages = structures.map(([id, nodes]) => groups.structure(id, nodes))
  return {
    declarations: [...dataTypes, varies, ...segments, ...groups.declarations, ...messages],
    lists: [
      list('DataTypes', [...composites].sort(), id => id),
      list('Segments', [...model.segments.keys()].sort(), id => id),
      list(
        'Structures',
        structures.map(([id]) => id),
        structureName,
      ),
    ],
  }
}

function list(name: string, ids: readonly string[], typeOf: (id: string) => string): string {
  return [`export interface ${name} {`, ...ids.map(id => `  ${id}: ${typeOf(id)}`), '}', ''].join('\n')
}

function dataTypeDeclaration(model: VersionModel, id: string, composites: ReadonlySet<string>): Declaration {
  const dataType = model.dataTypes.get(id)
  const components = dataType?.components ?? []
  const names = memberNames(
    components.map(({ name }) => name),
    id,
  )
  const members = components.map((component, index) =>
    member(`${id}.${component.number}`, names[index] ?? '', component, elementType(component, composites)),
  )
  return {
    name: id,
    text: `/** ${dataType?.name ?? id} */\nexport interface ${id} extends Composite {\n${members.join('')}}\n`,
    refers: referred(components, composites),
  }
}

function segmentDeclaration(model: VersionModel, id: string, composites: ReadonlySet<string>): Declaration {
  const segment = model.segments.get(id)
  const fields = segment?.fields ?? []
  const names = memberNames(
    fields.map(({ name }) => name),
    id,
  )
  const members = fields.map((field, index) =>
    member(`${id}-${field.number}`, names[index] ?? '', field, fieldType(field, composites)),
  )
  return {
    name: id,
    text: `/** ${segment?.name ?? id} */\nexport interface ${id} extends SegmentView {\n${members.join('')}}\n`,
    refers: referred(fields, composites),
  }
}

/** `/** PID-5 Patient Name (XPN, required, table 0200) *\/ readonly patientName: Repeated<XPN>` */
function member(path: string, name: string, element: ComponentDefinition, type: string): string {
  const facts = [
    element.dataType,
    optionalityWord(element.optionality),
    element.table === undefined ? '' : `table ${element.table}`,
  ].filter(fact => fact !== '')
  const doc = `${path} ${element.name || 'unnamed'}${facts.length > 0 ? ` (${facts.join(', ')})` : ''}`
  // A leaf can be assigned, a view is changed through its members.
  const modifier = type === 'Leaf' ? '' : 'readonly '
  return `  /** ${doc.replaceAll('*/', '* /')} */\n  ${modifier}${name}: ${type}\n`
}

function optionalityWord(optionality: ComponentDefinition['optionality']): string {
  switch (optionality) {
    case 'R':
      return 'required'
    case 'C':
      return 'conditional'
    case 'B':
      return 'for older versions'
    case 'W':
      return 'withdrawn'
    case 'X':
      return 'not used'
    case 'O':
      return ''
  }
}

function fieldType(field: FieldDefinition, composites: ReadonlySet<string>): string {
  const type = elementType(field, composites)
  return field.repetitionsMax === 1 ? type : `Repeated<${type}>`
}

function elementType({ dataType }: ComponentDefinition, composites: ReadonlySet<string>): string {
  if (dataType === 'varies') return 'Varies'
  return composites.has(dataType) ? dataType : 'Leaf'
}

function referred(elements: readonly ComponentDefinition[], composites: ReadonlySet<string>): string[] {
  return [...new Set(elements.map(element => elementType(element, composites)))].filter(type => type !== 'Leaf')
}

/** An acknowledgement's structure has the name of no segment, but ADR does; types of structures tell themselves apart. */
function structureName(id: string): string {
  return `${id}_MESSAGE`
}

/** Groups of the same name and nodes are one interface, whatever structures they are in. */
class GroupDeclarations {
  readonly declarations: Declaration[] = []
  readonly #names = new Map<string, string>()
  readonly #used = new Map<string, number>()

  structure(id: string, nodes: readonly StructureNode[]): Declaration {
    const { body, refers } = this.body(nodes)
    return {
      name: structureName(id),
      text: `export interface ${structureName(id)} extends GroupView {\n${body}}\n`,
      refers,
    }
  }

  private group(node: GroupNode): string {
    const key = `${node.kind} ${node.name} ${formatNodes(node.nodes)}`
    const known = this.#names.get(key)
    if (known !== undefined) return known
    const { body, refers } = this.body(node.nodes)
    const count = (this.#used.get(node.name) ?? 0) + 1
    this.#used.set(node.name, count)
    const name = `${node.name}_GROUP${count === 1 ? '' : count}`
    this.#names.set(key, name)
    this.declarations.push({ name, text: `export interface ${name} extends GroupView {\n${body}}\n`, refers })
    return name
  }

  private body(nodes: readonly StructureNode[]): { readonly body: string; readonly refers: string[] } {
    const names = nodeNames(
      nodes.map(node => (node.kind === 'any' ? '' : node.kind === 'segment' ? node.id : node.name)),
    )
    const refers: string[] = []
    const members = nodes.map((node, index) => {
      if (node.kind === 'any') return `  readonly ${names[index]}: readonly SegmentView[]\n`
      const type = node.kind === 'segment' ? node.id : this.group(node)
      refers.push(type)
      return `  readonly ${names[index]}: ${node.max > 1 ? `Many<${type}>` : type}\n`
    })
    return { body: members.join(''), refers }
  }
}
