import type { TreeNode } from '@samband/operations/contract'

/** One visible row of the parsed tree, flattened so that it can be virtualised and walked with the keyboard. */
export type TreeRow = {
  /** Unique even where a segment repeats, as its path does not. */
  readonly key: string
  readonly node: TreeNode
  readonly level: number
  readonly expandable: boolean
  readonly expanded: boolean
  readonly matches: boolean
}

type Match = { readonly self: boolean; readonly inside: boolean }

/**
 * Rows to show. With a search, only matching nodes and what leads to them, all opened; without one, what `isOpen` says.
 */
export function treeRows(
  segments: readonly TreeNode[],
  isOpen: (key: string, level: number) => boolean,
  search: string,
): TreeRow[] {
  const wanted = search.trim().toLowerCase()
  const rows: TreeRow[] = []
  const walk = (node: TreeNode, key: string, level: number, shownByParent: boolean): void => {
    const match = wanted === '' ? { self: false, inside: true } : matchOf(node, wanted)
    if (wanted !== '' && !match.self && !match.inside && !shownByParent) return
    const expandable = node.children.length > 0
    const expanded = expandable && (wanted === '' ? isOpen(key, level) : match.inside || isOpen(key, level))
    rows.push({ key, node, level, expandable, expanded, matches: match.self })
    if (!expanded) return
    node.children.forEach((child, index) => walk(child, `${key}/${index}`, level + 1, match.self && !match.inside))
  }
  segments.forEach((segment, index) => walk(segment, String(index), 0, false))
  return rows
}

function matchOf(node: TreeNode, wanted: string): Match {
  const self = [node.path, node.name ?? '', node.value ?? ''].some(text => text.toLowerCase().includes(wanted))
  const inside = node.children.some(child => {
    const match = matchOf(child, wanted)
    return match.self || match.inside
  })
  return { self, inside }
}

export const countNodes = (nodes: readonly TreeNode[]): number =>
  nodes.reduce((sum, node) => sum + 1 + countNodes(node.children), 0)
