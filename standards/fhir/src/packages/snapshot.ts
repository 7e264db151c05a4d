import type { DefinitionSource } from '../definitions/definition-source.ts'
import { FHIR_STRUCTURE_BASE } from '../definitions/definition-source.ts'
import type { ElementDefinition, ElementType, StructureDefinition } from '../definitions/structure-definition.ts'
import { typeName } from '../definitions/structure-definition.ts'
import type { Issue } from '../issue.ts'
import { mergeElement } from './merge-element.ts'
import { copyBase, copyNode, flatten, nodeWith, type SnapshotNode, snapshotTree } from './snapshot-node.ts'

export type SnapshotResult =
  | { readonly ok: true; readonly value: StructureDefinition; readonly issues: readonly Issue[] }
  | { readonly ok: false; readonly issues: readonly Issue[] }

/**
 * The snapshot of a profile: its base's elements with what its differential says of them (FHIR R4 profiling.html#snapshot). Elements that
 * the differential speaks of inside a data type are unfolded from the type; slices are made from the element that they are of. An
 * element of the differential that has no place is an issue and left out; a base that is not known refuses the whole.
 */
export function makeSnapshot(profile: StructureDefinition, definitions: DefinitionSource): SnapshotResult {
  const base = profile.baseDefinition === undefined ? undefined : definitions.structure(profile.baseDefinition)
  const root = base === undefined ? undefined : snapshotTree(base)
  if (root === undefined) {
    const text = `${profile.url} is built on ${profile.baseDefinition ?? 'nothing'}, whose snapshot is not known here`
    return { ok: false, issues: [{ severity: 'error', code: 'snapshot-impossible', text }] }
  }
  const maker = new SnapshotMaker(profile, definitions, root)
  for (const change of profile.differential?.element ?? []) maker.apply(change)
  return {
    ok: true,
    value: { ...profile, snapshot: { element: flatten(root).map(element => qualified(element, profile.type)) } },
    issues: maker.issues,
  }
}

/** A reference to another element says of which definition, since the profile has not the address of its type. */
function qualified(element: ElementDefinition, type: string): ElementDefinition {
  const { contentReference } = element
  if (contentReference?.startsWith('#') !== true) return element
  return { ...element, contentReference: `${FHIR_STRUCTURE_BASE}${type}${contentReference}` }
}

/** One step of an element's id: the member's name, and the slice of it. */
interface IdPart {
  readonly name: string
  readonly slice: string | undefined
}

class SnapshotMaker {
  readonly issues: Issue[] = []
  readonly #profile: StructureDefinition
  readonly #definitions: DefinitionSource
  readonly #root: SnapshotNode
  /** The parts of the differential's elements so far, by depth: what tells the slice where ids are missing. */
  readonly #trail: IdPart[] = []

  constructor(profile: StructureDefinition, definitions: DefinitionSource, root: SnapshotNode) {
    this.#profile = profile
    this.#definitions = definitions
    this.#root = root
  }

  apply(change: ElementDefinition): void {
    const parts = this.#partsOf(change)
    let node: SnapshotNode | undefined = this.#root
    let isInSlice = false
    for (const part of parts.slice(1)) {
      node = node === undefined ? undefined : this.#step(node, part, change, isInSlice)
      isInSlice ||= part.slice !== undefined
    }
    if (node === undefined) {
      const text = `${change.id ?? change.path} has no place in ${this.#profile.baseDefinition}`
      this.issues.push({ severity: 'error', code: 'snapshot-impossible', text })
      return
    }
    node.element = mergeElement(this.#narrowed(node, change), change, this.#profile.url)
  }

  /** By the id, or where it is missing by the path and what stood before. */
  #partsOf(change: ElementDefinition): readonly IdPart[] {
    const names = change.path.split('.')
    const idParts = change.id?.split('.') ?? []
    const parts = names.map((name, depth) => {
      const isLast = depth === names.length - 1
      if (idParts.length === names.length) {
        const [idName = name, ...slice] = (idParts[depth] ?? '').split(':')
        return { name: idName, slice: slice.length === 0 ? undefined : slice.join(':') }
      }
      const before = this.#trail[depth]
      if (!isLast && before?.name === name) return before
      return { name, slice: isLast ? change.sliceName : undefined }
    })
    this.#trail.length = 0
    this.#trail.push(...parts)
    return parts
  }

  #step(
    parent: SnapshotNode,
    { name, slice }: IdPart,
    change: ElementDefinition,
    isInSlice: boolean,
  ): SnapshotNode | undefined {
    if (parent.children.length === 0) this.#unfold(parent)
    const child = parent.children.find(one => one.name === name)
    if (child === undefined) return this.#choiceStep(parent, name, change, isInSlice)
    return slice === undefined ? child : sliceOf(child, slice)
  }

  /**
   * `valueQuantity` is the slice of `value[x]` for that type. Inside another slice it narrows `value[x]` itself, and where it is required it
   * leaves no other type: both as the publisher of HL7 does it (FHIR R4 profiling.html#shortcuts).
   */
  #choiceStep(
    parent: SnapshotNode,
    name: string,
    change: ElementDefinition,
    isInSlice: boolean,
  ): SnapshotNode | undefined {
    for (const child of parent.children) {
      const type = typeNamed(child, name)
      if (type === undefined) continue
      const known = child.slices.find(({ element }) => element.sliceName === name)
      if (known !== undefined) return known
      if (isInSlice) {
        child.element = { ...child.element, type: [type] }
        return child
      }
      // A type that must stand leaves no other.
      const isOnly = change.path.endsWith(name) && (change.min ?? 0) > 0 && child.slices.length === 0
      child.element = isOnly
        ? { ...child.element, slicing: { ...TYPE_SLICING, rules: 'closed' }, type: [type], min: 1 }
        : { slicing: TYPE_SLICING, ...child.element }
      const made = sliceOf(child, name)
      made.element = { ...made.element, type: [type] }
      return made
    }
    return undefined
  }

  /** Gives an element the children of its type, of the profile on its type, or of the element that it refers to. */
  #unfold(node: SnapshotNode): void {
    const { contentReference, type = [] } = node.element
    if (contentReference !== undefined) {
      const path = contentReference.slice(contentReference.indexOf('#') + 1).split('.')
      let target: SnapshotNode | undefined = this.#root
      for (const name of path.slice(1)) target = target?.children.find(one => one.name === name)
      node.children = (target?.baseChildren ?? []).map(copyBase)
      return
    }
    const [only] = type
    const codes = new Set(type.map(typeName))
    const code = codes.size === 1 && only !== undefined ? typeName(only) : 'Element'
    const profile = type.length === 1 && only?.profile?.length === 1 ? only.profile[0] : undefined
    const structure =
      (profile === undefined ? undefined : this.#definitions.structure(profile)) ??
      this.#definitions.structure(FHIR_STRUCTURE_BASE + code)
    const tree = structure === undefined ? undefined : snapshotTree(structure)
    node.children = tree?.children ?? []
  }

  /** An element that gets a profiled type takes what the profile says of itself, before the differential speaks. */
  #narrowed(node: SnapshotNode, change: ElementDefinition): ElementDefinition {
    const [type, ...others] = change.type ?? []
    const profile = others.length === 0 && type?.profile?.length === 1 ? type.profile[0] : undefined
    const root = profile === undefined ? undefined : this.#definitions.structure(profile)?.snapshot?.element[0]
    if (root === undefined || type?.code !== 'Extension') return node.element
    const { short, isModifier } = root
    const prose = Object.fromEntries(
      ['definition', 'comment', 'requirements', 'alias', 'mapping'].flatMap(key => {
        const value: unknown = Object.getOwnPropertyDescriptor(root, key)?.value
        return value === undefined ? [] : [[key, value]]
      }),
    )
    const constraint = [...(node.element.constraint ?? [])]
    for (const one of root.constraint ?? []) if (!constraint.some(({ key }) => key === one.key)) constraint.push(one)
    return {
      ...node.element,
      ...prose,
      ...(short === undefined ? {} : { short }),
      ...(isModifier === undefined ? {} : { isModifier }),
      constraint,
    }
  }
}

const TYPE_SLICING = {
  discriminator: [{ type: 'type', path: '$this' }],
  ordered: false,
  rules: 'open',
} as const

const URL_SLICING = {
  discriminator: [{ type: 'value', path: 'url' }],
  ordered: false,
  rules: 'open',
} as const

/** The slice of an element, made from the element as the base has it when it is new. */
function sliceOf(child: SnapshotNode, slice: string): SnapshotNode {
  const known = child.slices.find(({ element }) => element.sliceName === slice)
  if (known !== undefined) return known
  const slash = slice.lastIndexOf('/')
  const parent =
    slash === -1 ? undefined : child.slices.find(({ element }) => element.sliceName === slice.slice(0, slash))
  const from = parent ?? child
  const { slicing: _, ...element } = parent?.element ?? child.base
  const made = nodeWith({ ...withTypeOfName(element, child.name, slice), sliceName: slice, min: 0 }, [])
  // Children that the base has come as the differential left them; those unfolded from a type only when the slice asks for them.
  if (from.baseChildren.length > 0) made.children = from.children.map(copyNode)
  if (child.element.slicing === undefined) {
    if (child.name.endsWith('[x]')) child.element = { slicing: TYPE_SLICING, ...child.element }
    if (/^(modifierE|e)xtension$/.test(child.name)) child.element = { slicing: URL_SLICING, ...child.element }
  }
  const place = parent === undefined ? child.slices.length : child.slices.indexOf(parent) + 1
  child.slices.splice(place, 0, made)
  return made
}

/** The slice `valueQuantity` of `value[x]` is of the type Quantity, though nothing else says so. */
function withTypeOfName(element: ElementDefinition, name: string, slice: string): ElementDefinition {
  if (!name.endsWith('[x]')) return element
  const type = element.type?.find(one => slice === choiceName(name, one))
  return type === undefined ? element : { ...element, type: [type] }
}

/** The type by which a choice has this name: `valueQuantity` of `value[x]`. */
function typeNamed(child: SnapshotNode, name: string): ElementType | undefined {
  if (!child.name.endsWith('[x]') || !name.startsWith(child.name.slice(0, -3))) return undefined
  return child.base.type?.find(one => choiceName(child.name, one) === name)
}

function choiceName(name: string, type: ElementType): string {
  const code = typeName(type)
  return name.slice(0, -3) + code.charAt(0).toUpperCase() + code.slice(1)
}
