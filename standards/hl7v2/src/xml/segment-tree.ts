import type { StructureDefinition } from '../dictionary/definition.ts'
import type { GroupMatch, NamedSegment } from '../typed/match-structure.ts'
import { isGroupMatch, matchStructure } from '../typed/match-structure.ts'

/** Segments in the groups of their message structure, in the order of the message. */
export type TreeItem<S> =
  | { readonly kind: 'segment'; readonly segment: S }
  | { readonly kind: 'group'; readonly name: string; readonly items: TreeItem<S>[] }

/** A group with those around it, outermost first; the message itself is none. */
type GroupPath<S extends NamedSegment> = readonly { readonly match: GroupMatch<S>; readonly name: string }[]

/**
 * Puts segments into the groups of a structure. Every segment is kept in its order: one that the structure does not know, or not here, stays in
 * the group that is open.
 */
export function segmentTree<S extends NamedSegment>(
  segments: readonly S[],
  structure: StructureDefinition,
): readonly TreeItem<S>[] {
  const { message, deviations } = matchStructure(segments, structure)
  const displaced = new Set(deviations.map(({ segment }) => segment))
  const paths = new Map<S, GroupPath<S>>()
  findPaths(message, [], paths)
  const root: TreeItem<S>[] = []
  let open: { readonly match: GroupMatch<S>; readonly items: TreeItem<S>[] }[] = []
  for (const segment of segments) {
    const path = displaced.has(segment) ? undefined : paths.get(segment)
    if (path !== undefined) {
      let shared = 0
      while (shared < path.length && shared < open.length && path[shared]?.match === open[shared]?.match) shared++
      open = open.slice(0, shared)
      for (const { match, name } of path.slice(shared)) {
        const group = { kind: 'group', name, items: [] } as const satisfies TreeItem<S>
        const around = open.at(-1)?.items ?? root
        around.push(group)
        open.push({ match, items: group.items })
      }
    }
    const items = open.at(-1)?.items ?? root
    items.push({ kind: 'segment', segment })
  }
  return root
}

function findPaths<S extends NamedSegment>(
  match: GroupMatch<S>,
  path: GroupPath<S>,
  paths: Map<S, GroupPath<S>>,
): void {
  for (const [index, node] of match.nodes.entries()) {
    for (const found of match.found[index] ?? []) {
      if (!isGroupMatch(found)) paths.set(found, path)
      else if ('name' in node) findPaths(found, [...path, { match: found, name: node.name }], paths)
    }
  }
}
