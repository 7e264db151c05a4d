import type { ElementDefinition, StructureDefinition } from '../definitions/structure-definition.ts'
import { elementName } from '../definitions/structure-definition.ts'

/** An element of a snapshot in the making. */
export interface SnapshotNode {
  element: ElementDefinition
  /** The last part of the path, `value[x]` with its mark. */
  readonly name: string
  children: SnapshotNode[]
  slices: SnapshotNode[]
  /** As the base has it, before the differential said anything: what a new slice is made from. */
  readonly base: ElementDefinition
  readonly baseChildren: SnapshotNode[]
}

export function snapshotNode(element: ElementDefinition): SnapshotNode {
  const children: SnapshotNode[] = []
  return { element, name: elementName(element.path), children, slices: [], base: element, baseChildren: children }
}

/** The tree of a snapshot, copied, so that it can be changed. */
export function snapshotTree(structure: StructureDefinition): SnapshotNode | undefined {
  const stack: SnapshotNode[] = []
  for (const element of structure.snapshot?.element ?? []) {
    const depth = element.path.split('.').length - 1
    const node = snapshotNode(element)
    const parent = stack[depth - 1]
    if (parent !== undefined) {
      const sliced =
        element.sliceName === undefined ? undefined : parent.children.findLast(({ name }) => name === node.name)
      if (sliced === undefined) parent.children.push(node)
      else sliced.slices.push(node)
    }
    stack.length = depth
    stack.push(node)
  }
  return stack[0]
}

/** A copy of a node as it is. */
export function copyNode(node: SnapshotNode): SnapshotNode {
  return { ...node, children: node.children.map(copyNode), slices: node.slices.map(copyNode) }
}

/** A copy of a node as the base has it, with what stands below it. */
export function copyBase(node: SnapshotNode): SnapshotNode {
  const children = node.baseChildren.map(copyBase)
  return { ...snapshotNode(node.base), children, slices: node.slices.map(copyBase), baseChildren: children }
}

/** A new node of an element, with copies of the given children. */
export function nodeWith(element: ElementDefinition, from: readonly SnapshotNode[]): SnapshotNode {
  const children = from.map(copyBase)
  return { ...snapshotNode(element), children, baseChildren: children }
}

/** The flat list, with each element's path and id by its place in the tree. */
export function flatten(root: SnapshotNode): ElementDefinition[] {
  const elements: ElementDefinition[] = []
  const visit = (node: SnapshotNode, parentPath: string | undefined, parentId: string | undefined): void => {
    const path = parentPath === undefined ? node.name : `${parentPath}.${node.name}`
    const { sliceName } = node.element
    const idPart = sliceName === undefined || parentId === undefined ? node.name : `${node.name}:${sliceName}`
    const id = parentId === undefined ? idPart : `${parentId}.${idPart}`
    elements.push({ ...node.element, id, path })
    for (const child of node.children) visit(child, path, id)
    for (const slice of node.slices) visit(slice, parentPath, parentId)
  }
  visit(root, undefined, undefined)
  return elements
}
