import type { GroupNode, StructureDefinition, StructureNode } from '../dictionary/definition.ts'

/** Segments in the groups of their message structure, in the order of the message. */
export type TreeItem<Segment> =
  | { readonly kind: 'segment'; readonly segment: Segment }
  | { readonly kind: 'group'; readonly name: string; readonly items: readonly TreeItem<Segment>[] }

interface OpenGroup<Segment> {
  /** Undefined for the message itself. */
  readonly node: GroupNode | undefined
  readonly nodes: readonly StructureNode[]
  /** The node that was filled last, and how often; -1 before the first. */
  at: number
  count: number
  readonly items: MutableItem<Segment>[]
}

type MutableItem<Segment> =
  | { readonly kind: 'segment'; readonly segment: Segment }
  | { readonly kind: 'group'; readonly name: string; readonly items: MutableItem<Segment>[] }

/**
 * Puts segments into the groups of a structure. Every segment is kept in its order: one that the structure does not know, or not here, stays in
 * the group that is open. A segment is looked for from the innermost open group outwards: further on in the group, then in a new repetition of
 * it; first without passing over required segments of a group that would be opened, then with.
 */
export function segmentTree<Segment extends { readonly id: string }>(
  segments: readonly Segment[],
  structure: StructureDefinition,
): readonly TreeItem<Segment>[] {
  const root: OpenGroup<Segment> = { node: undefined, nodes: structure.nodes, at: -1, count: 0, items: [] }
  const open: OpenGroup<Segment>[] = [root]
  for (const segment of segments) {
    if (!place(open, segment, true) && !place(open, segment, false)) {
      open.at(-1)?.items.push({ kind: 'segment', segment })
    }
  }
  return root.items
}

function place<Segment extends { readonly id: string }>(
  open: OpenGroup<Segment>[],
  segment: Segment,
  strict: boolean,
): boolean {
  for (let level = open.length - 1; level >= 0; level--) {
    const group = open[level]
    if (group === undefined) continue
    const forward = findForward(group, segment.id, strict)
    if (forward !== undefined) {
      open.length = level + 1
      descend(open, group, forward, segment)
      return true
    }
    const parent = open[level - 1]
    if (group.node === undefined || parent === undefined || !repeats(group.node, parent, strict)) continue
    const again = findIn(group.node, segment.id, strict)
    if (again !== undefined) {
      open.length = level
      descend(open, parent, [group.node, ...again], segment)
      return true
    }
  }
  return false
}

function repeats<Segment>(node: GroupNode, parent: OpenGroup<Segment>, strict: boolean): boolean {
  return node.max > (strict ? parent.count : 1)
}

/** Nodes to open, and the segment's own at last. */
type NodePath = readonly StructureNode[]

function findForward<Segment>(group: OpenGroup<Segment>, id: string, strict: boolean): NodePath | undefined {
  const current = group.nodes[group.at]
  if (current?.kind === 'segment' && current.id === id && current.max > (strict ? group.count : 1)) return [current]
  // The other alternatives of a choice are no longer there once one is taken.
  if (group.node?.kind === 'choice' && group.at >= 0) return undefined
  for (const node of group.nodes.slice(group.at + 1)) {
    const found = findAt(node, id, strict)
    if (found !== undefined) return found
  }
  return undefined
}

function findAt(node: StructureNode, id: string, strict: boolean): NodePath | undefined {
  if (node.kind === 'any') return undefined
  if (node.kind === 'segment') return node.id === id ? [node] : undefined
  const inner = findIn(node, id, strict)
  return inner === undefined ? undefined : [node, ...inner]
}

function findIn(group: GroupNode, id: string, strict: boolean): NodePath | undefined {
  for (const node of group.nodes) {
    const found = findAt(node, id, strict)
    if (found !== undefined) return found
    if (strict && group.kind === 'group' && node.min > 0) return undefined
  }
  return undefined
}

function descend<Segment extends { readonly id: string }>(
  open: OpenGroup<Segment>[],
  from: OpenGroup<Segment>,
  path: NodePath,
  segment: Segment,
): void {
  let group = from
  for (const node of path) {
    const at = group.nodes.indexOf(node)
    group.count = group.at === at ? group.count + 1 : 1
    group.at = at
    if (node.kind === 'segment' || node.kind === 'any') break
    group = openGroup(open, group, node)
  }
  group.items.push({ kind: 'segment', segment })
}

function openGroup<Segment>(
  open: OpenGroup<Segment>[],
  parent: OpenGroup<Segment>,
  node: GroupNode,
): OpenGroup<Segment> {
  const { items } = parent
  const own: MutableItem<Segment>[] = []
  items.push({ kind: 'group', name: node.name, items: own })
  const group: OpenGroup<Segment> = { node, nodes: node.nodes, at: -1, count: 0, items: own }
  open.push(group)
  return group
}
