import type { DefinitionSource } from '../definitions/definition-source.ts'
import { FHIR_STRUCTURE_BASE } from '../definitions/definition-source.ts'
import { typeName, valueOfChoice } from '../definitions/structure-definition.ts'
import type { DefinitionNode } from './definition-tree.ts'
import { definitionTree } from './definition-tree.ts'
import { isNode, listOf, textAt } from './json-node.ts'
import type { Item } from './overlay.ts'
import { itemOf } from './overlay-items.ts'
import { PRIMITIVE_CHECKS } from './primitive-values.ts'
import { referencedType, resolveLocally } from './references.ts'
import type { Run } from './run.ts'

/** A step of the restricted FHIRPath of discriminators (FHIR R4 profiling.html#discriminator). */
export type Step =
  | { readonly kind: 'child'; readonly name: string }
  | { readonly kind: 'extension'; readonly url: string }
  | { readonly kind: 'type'; readonly type: string }
  | { readonly kind: 'resolve' }

/** A definition that a path leads to; `literal` where a fixed value or pattern above it says what stands there. */
export interface DefinedPlace {
  readonly node: DefinitionNode
  readonly literal: readonly unknown[] | undefined
  /** The profile whose root it is, where the path led through a reference or into a profiled type. */
  readonly profile?: string
}

const STEP =
  /^(?:\$this|resolve\(\)|extension\(['"]([^'"]+)['"]\)|ofType\(([A-Za-z]+)\)|([A-Za-z][A-Za-z0-9]*)(?:\[x\])?)(?:\.|$)/

/** The steps of a path; nothing where it is not of the restricted kind. */
export function parseSteps(path: string): readonly Step[] | undefined {
  const steps: Step[] = []
  for (let rest = path; rest !== ''; ) {
    const match = STEP.exec(rest)
    if (match === null) return undefined
    const [whole, url, type, name] = match
    if (url !== undefined) steps.push({ kind: 'extension', url })
    else if (type !== undefined) steps.push({ kind: 'type', type })
    else if (name !== undefined) steps.push({ kind: 'child', name })
    else if (whole.startsWith('resolve')) steps.push({ kind: 'resolve' })
    rest = rest.slice(whole.length)
  }
  return steps
}

/** The definitions that the path leads to from a slice: one, or one per profile of a type that has several. */
export function definedAt(
  start: DefinitionNode,
  steps: readonly Step[],
  definitions: DefinitionSource,
): readonly DefinedPlace[] {
  let places: DefinedPlace[] = [{ node: start, literal: undefined }]
  for (const step of steps) places = places.flatMap(place => defineStep(place, step, definitions))
  return places
}

function defineStep({ node, literal }: DefinedPlace, step: Step, definitions: DefinitionSource): DefinedPlace[] {
  switch (step.kind) {
    case 'child':
      return childPlaces(node, step.name, literal ?? literalOf(node), definitions)
    case 'type':
      return [{ node, literal }]
    case 'extension':
      return extensionPlaces(node, step.url, definitions)
    case 'resolve':
      return (node.element.type ?? []).flatMap(({ targetProfile = [] }) => {
        return targetProfile.flatMap(profile => {
          const tree = treeOf(profile, definitions)
          return tree === undefined ? [] : [{ node: tree, literal: undefined, profile }]
        })
      })
  }
}

function literalOf({ element }: DefinitionNode): readonly unknown[] | undefined {
  const value = valueOfChoice(element, 'fixed') ?? valueOfChoice(element, 'pattern')
  return value === undefined ? undefined : [value.value]
}

function childPlaces(
  node: DefinitionNode,
  name: string,
  literal: readonly unknown[] | undefined,
  definitions: DefinitionSource,
): DefinedPlace[] {
  const below = literal?.flatMap(value => (isNode(value) ? listOf(value[name]) : []))
  const literals = below === undefined || below.length === 0 ? undefined : below
  const own = node.children.find(child => child.name === name)
  if (own !== undefined) return [{ node: withSlices(own), literal: literals }]
  return (node.element.type ?? []).flatMap(type => {
    const profiles = type.profile ?? [FHIR_STRUCTURE_BASE + typeName(type)]
    return profiles.flatMap(profile => {
      const child = treeOf(profile, definitions)?.children.find(one => one.name === name)
      return child === undefined ? [] : [{ node: child, literal: literals }]
    })
  })
}

/** A single slice of the element says what the slice above it must have there. */
function withSlices(node: DefinitionNode): DefinitionNode {
  const [only, ...others] = node.slices
  return only !== undefined && others.length === 0 && (only.element.min ?? 0) > 0 ? only : node
}

function extensionPlaces(node: DefinitionNode, url: string, definitions: DefinitionSource): DefinedPlace[] {
  const extension = node.children.find(({ name }) => name === 'extension')
  const slice = extension?.slices.find(({ element }) => element.type?.some(({ profile }) => profile?.includes(url)))
  const tree = slice ?? treeOf(url, definitions)
  return tree === undefined ? [] : [{ node: tree, literal: undefined, profile: url }]
}

function treeOf(canonical: string, definitions: DefinitionSource): DefinitionNode | undefined {
  const structure = definitions.structure(canonical)
  return structure === undefined ? undefined : definitionTree(structure)
}

/** What stands at the path in the instance; nothing where a reference leads to what is not at hand. */
export function selectItems(run: Run, start: Item, steps: readonly Step[]): readonly Item[] | undefined {
  let items: readonly Item[] = [start]
  for (const [at, step] of steps.entries()) {
    const next: Item[] = []
    for (const item of items) {
      if (step.kind === 'resolve') {
        const target = resolved(run, item, at === steps.length - 1)
        if (target === undefined) return undefined
        next.push(target)
      } else next.push(...stepInto(run, item, step))
    }
    items = next
  }
  return items
}

function resolved(run: Run, item: Item, isLast: boolean): Item | undefined {
  const address = isNode(item.value) ? textAt(item.value, 'reference') : undefined
  if (address === undefined) return undefined
  const target = resolveLocally(run.scope, address)
  const type = referencedType(run, address)
  if (type === undefined || (target === undefined && !isLast)) return undefined
  return { value: target, extra: undefined, type }
}

function stepInto(run: Run, item: Item, step: Exclude<Step, { kind: 'resolve' }>): Item[] {
  if (step.kind === 'type') return run.kit.shapes.isKindOf(item.type, step.type) ? [item] : []
  const holder = isNode(item.value) ? item.value : item.extra
  if (!isNode(holder)) return []
  if (step.kind === 'extension') {
    const extensions = listOf(holder['extension']).filter(isNode)
    return extensions
      .filter(({ url }) => url === step.url)
      .map(value => ({ value, extra: undefined, type: 'Extension' }))
  }
  const found: Item[] = []
  for (const { key, type } of run.kit.shapes.membersNamed(item.type, holder, step.name)) {
    const extras = PRIMITIVE_CHECKS[type] === undefined ? [] : listOf(holder[`_${key}`])
    const values = listOf(holder[key])
    for (let at = 0; at < Math.max(values.length, extras.length); at++) found.push(itemOf(values[at], extras[at], type))
  }
  return found
}
