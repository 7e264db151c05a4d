import type { ElementDefinition, StructureDefinition } from '../definitions/structure-definition.ts'
import { elementName } from '../definitions/structure-definition.ts'

/** An element of a snapshot with what stands below it. */
export interface DefinitionNode {
  readonly element: ElementDefinition
  /** The last part of the path, without `[x]`. */
  readonly name: string
  readonly isChoice: boolean
  readonly children: DefinitionNode[]
  /** Slices of this element, in their order. */
  readonly slices: DefinitionNode[]
}

/**
 * The tree of a snapshot's flat list of elements. A slice follows the element that it is of, and its own children follow it; `a/b` is a
 * slice of the slice `a` (FHIR R4 profiling.html#reslicing). Nothing where the definition has no snapshot.
 */
export function definitionTree(structure: StructureDefinition): DefinitionNode | undefined {
  const stack: DefinitionNode[] = []
  for (const element of structure.snapshot?.element ?? []) {
    const depth = partsOf(element.path) - 1
    const node = nodeOf(element)
    if (depth > 0) {
      const parent = stack[depth - 1]
      // An element without its parent: the snapshot is damaged, and the part cannot be placed.
      if (parent === undefined) continue
      const sliced =
        element.sliceName === undefined ? undefined : parent.children.findLast(({ name }) => name === node.name)
      if (sliced === undefined) parent.children.push(node)
      else slicedNode(sliced, element.sliceName ?? '').slices.push(node)
    }
    stack.length = depth
    stack.push(node)
  }
  return stack[0]
}

/** The node whose slice it is: the element itself, or for `a/b` its slice `a`. */
function slicedNode(sliced: DefinitionNode, sliceName: string): DefinitionNode {
  const slash = sliceName.lastIndexOf('/')
  if (slash === -1) return sliced
  const parentName = sliceName.slice(0, slash)
  return sliced.slices.find(({ element }) => element.sliceName === parentName) ?? sliced
}

function nodeOf(element: ElementDefinition): DefinitionNode {
  const last = elementName(element.path)
  const isChoice = last.endsWith('[x]')
  return { element, name: isChoice ? last.slice(0, -3) : last, isChoice, children: [], slices: [] }
}

function partsOf(path: string): number {
  let parts = 1
  for (let at = path.indexOf('.'); at !== -1; at = path.indexOf('.', at + 1)) parts++
  return parts
}
