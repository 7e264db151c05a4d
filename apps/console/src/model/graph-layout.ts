import type { RouteGraph } from '@samband/operations/contract'

export type GraphNode = RouteGraph['nodes'][number] & { readonly x: number; readonly y: number }
export type GraphLayout = {
  readonly width: number
  readonly height: number
  readonly nodeWidth: number
  readonly nodes: readonly GraphNode[]
  readonly edges: readonly { readonly id: string; readonly path: string }[]
}

export const NODE_HEIGHT = 54
const NODE_WIDTH_MAX = 172
const NODE_WIDTH_MIN = 112
const ROW_GAP = 16

/**
 * Layers by the longest way from the source, so that every arrow points to the right; a route has no cycles. Nodes are
 * as wide as the room allows, within what can be read; a longer chain scrolls.
 */
export function layoutGraph(graph: RouteGraph, roomPx: number): GraphLayout {
  const layerOf = longestWay(graph)
  const layers = Map.groupBy(graph.nodes, node => layerOf.get(node.id) ?? 0)
  const tallest = Math.max(1, ...[...layers.values()].map(members => members.length))
  const columns = Math.max(0, ...layers.keys()) + 1
  const gap = roomPx / columns > 190 ? 46 : 26
  const nodeWidth = Math.min(NODE_WIDTH_MAX, Math.max(NODE_WIDTH_MIN, Math.floor((roomPx + gap) / columns) - gap))
  const height = tallest * (NODE_HEIGHT + ROW_GAP) - ROW_GAP
  const nodes = [...layers].flatMap(([layer, members]) => {
    const top = (height - (members.length * (NODE_HEIGHT + ROW_GAP) - ROW_GAP)) / 2
    return members.map((node, index) => ({
      ...node,
      x: layer * (nodeWidth + gap),
      y: top + index * (NODE_HEIGHT + ROW_GAP),
    }))
  })
  const at = new Map(nodes.map(node => [node.id, node]))
  const edges = graph.edges.flatMap(edge => {
    const from = at.get(edge.from)
    const to = at.get(edge.to)
    return from && to ? [{ id: `${edge.from}>${edge.to}`, path: curve(from, to, nodeWidth) }] : []
  })
  return { width: columns * (nodeWidth + gap) - gap, height, nodeWidth, nodes, edges }
}

function longestWay(graph: RouteGraph): Map<string, number> {
  const layerOf = new Map(graph.nodes.map(node => [node.id, 0]))
  // One round per node settles any graph without cycles, and ends on one with.
  for (let round = 0; round < graph.nodes.length; round++) {
    let moved = false
    for (const { from, to } of graph.edges) {
      const wanted = (layerOf.get(from) ?? 0) + 1
      if (wanted <= (layerOf.get(to) ?? 0) || wanted >= graph.nodes.length) continue
      layerOf.set(to, wanted)
      moved = true
    }
    if (!moved) break
  }
  return layerOf
}

function curve(from: GraphNode, to: GraphNode, nodeWidth: number): string {
  const x1 = from.x + nodeWidth
  const y1 = from.y + NODE_HEIGHT / 2
  const y2 = to.y + NODE_HEIGHT / 2
  const bend = (to.x - x1) / 2
  return `M${x1},${y1} C${x1 + bend},${y1} ${to.x - bend},${y2} ${to.x - 7},${y2}`
}
