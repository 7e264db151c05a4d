import type { DefinitionSource } from '../definitions/definition-source.ts'
import { FHIR_STRUCTURE_BASE } from '../definitions/definition-source.ts'
import { typeName } from '../definitions/structure-definition.ts'
import { literalsOf, DECIMAL_LITERALS } from '../json/decimal-literals.ts'
import type { DefinitionNode } from '../validation/definition-tree.ts'
import { definitionTree } from '../validation/definition-tree.ts'
import { isNode, type JsonNode, listOf, textAt } from '../validation/json-node.ts'

/** What `_summary` may ask for of a resource; `count` asks for none, and is the search's business (FHIR R4 search.html#summary). */
export type SummaryMode = 'true' | 'text' | 'data' | 'false'

const SUBSETTED = { system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue', code: 'SUBSETTED' } as const

/** Which members of an object stay, and what stays of those inside. */
interface Mask {
  readonly members: ReadonlyMap<string, Mask | 'all'>
}

/**
 * Parts of resources as `_summary` and `_elements` ask for. The result is tagged SUBSETTED, so that nobody writes it back as the whole; the
 * resource itself is not changed.
 */
export class Subsetter {
  readonly #definitions: DefinitionSource
  readonly #trees = new Map<string, DefinitionNode>()
  readonly #summaries = new Map<string, Mask>()

  constructor(definitions: DefinitionSource) {
    this.#definitions = definitions
  }

  summary<T extends JsonNode>(resource: T, mode: SummaryMode): JsonNode {
    const tree = this.#tree(resource)
    if (tree === undefined || mode === 'false') return resource
    if (mode === 'data') {
      const { text: _, ...rest } = resource
      return tagged(rest)
    }
    if (mode === 'text') {
      const names = tree.children
        .filter(({ element, name }) => (element.min ?? 0) > 0 || name === 'text')
        .map(({ name }) => name)
      return this.#keep(resource, tree, new Set(names))
    }
    const type = tree.element.path
    const mask = this.#summaries.get(type) ?? summaryMask(tree)
    this.#summaries.set(type, mask)
    return tagged(masked(resource, mask, true))
  }

  /** The named elements, and those without which the rest would be misread: required ones and modifiers (FHIR R4 search.html#elements). */
  elements(resource: JsonNode, names: readonly string[]): JsonNode {
    const tree = this.#tree(resource)
    if (tree === undefined) return resource
    const { path: type } = tree.element
    const wanted = new Set<string>()
    for (const name of names) {
      const [first = '', second] = name.trim().split('.')
      // `Patient.name` asks for names of patients, `name` for those of any.
      if (second === undefined) wanted.add(first)
      else if (first === type) wanted.add(second)
    }
    for (const { element, name } of tree.children)
      if ((element.min ?? 0) > 0 || element.isModifier === true) wanted.add(name)
    return this.#keep(resource, tree, wanted)
  }

  #keep(resource: JsonNode, tree: DefinitionNode, names: ReadonlySet<string>): JsonNode {
    const members = new Map<string, 'all'>()
    for (const child of tree.children) {
      if (names.has(child.name) || child.name === 'id' || child.name === 'meta')
        for (const key of keysOf(child)) members.set(key, 'all')
    }
    return tagged(masked(resource, { members }, true))
  }

  #tree(resource: JsonNode): DefinitionNode | undefined {
    const type = textAt(resource, 'resourceType')
    if (type === undefined) return undefined
    const known = this.#trees.get(type)
    if (known !== undefined) return known
    const structure = this.#definitions.structure(FHIR_STRUCTURE_BASE + type)
    const tree = structure?.kind === 'resource' ? definitionTree(structure) : undefined
    if (tree !== undefined) this.#trees.set(type, tree)
    return tree
  }
}

/** Data types come whole: their own elements are nearly all of the summary. */
function summaryMask(node: DefinitionNode): Mask {
  const members = new Map<string, Mask | 'all'>()
  for (const child of node.children) {
    // What changes the meaning of the rest is never left out.
    if (child.element.isSummary !== true && child.element.isModifier !== true) continue
    const inner = child.children.length > 0 ? summaryMask(child) : 'all'
    for (const key of keysOf(child)) members.set(key, inner)
  }
  return { members }
}

/** The JSON members of an element, those beside primitives among them. */
function keysOf({ element, name, isChoice }: DefinitionNode): string[] {
  if (!isChoice) return [name, `_${name}`]
  return (element.type ?? []).flatMap(type => {
    const code = typeName(type)
    const key = name + code.charAt(0).toUpperCase() + code.slice(1)
    return [key, `_${key}`]
  })
}

function masked(node: JsonNode, mask: Mask, isResource: boolean): JsonNode {
  const kept: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(node)) {
    const inner = mask.members.get(key)
    if (isResource && key === 'resourceType') kept[key] = value
    else if (inner === 'all') kept[key] = value
    else if (inner !== undefined) kept[key] = maskedValue(value, inner)
  }
  const literals = literalsOf(node)
  // Texts of decimals go along; those of members that are gone are not looked at.
  if (literals !== undefined) Object.assign(kept, { [DECIMAL_LITERALS]: literals })
  return kept
}

function maskedValue(value: unknown, mask: Mask): unknown {
  if (Array.isArray(value)) return value.map((entry: unknown) => maskedValue(entry, mask))
  return isNode(value) ? masked(value, mask, false) : value
}

function tagged(resource: JsonNode): JsonNode {
  const { resourceType, id, meta, ...rest } = resource
  const own = isNode(meta) ? meta : {}
  const tags = listOf(own['tag'])
  const isTagged = tags.some(tag => isNode(tag) && tag['code'] === SUBSETTED.code && tag['system'] === SUBSETTED.system)
  const literals = literalsOf(resource)
  return {
    resourceType,
    ...(id === undefined ? {} : { id }),
    meta: { ...own, tag: isTagged ? tags : [...tags, SUBSETTED] },
    ...rest,
    ...(literals === undefined ? {} : { [DECIMAL_LITERALS]: literals }),
  }
}
