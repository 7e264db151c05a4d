import type { MapEdge, MapModel, RouteRow, SystemNode } from './map-model.ts'

export type Placed<T> = T & { readonly x: number; readonly y: number; readonly width: number; readonly height: number }
export type Point = { readonly x: number; readonly y: number }
/** A cubic curve from where it leaves to where it arrives. */
export type Curve = { readonly from: Point; readonly c1: Point; readonly c2: Point; readonly to: Point }
export type PlacedEdge = MapEdge & { readonly curve: Curve; readonly lengthPx: number }

export type MapLayout = {
  readonly width: number
  readonly height: number
  readonly sources: readonly Placed<SystemNode>[]
  readonly rows: readonly Placed<RouteRow>[]
  readonly destinations: readonly Placed<SystemNode>[]
  readonly edges: readonly PlacedEdge[]
}

const SYSTEM_HEIGHT = 60
const SYSTEM_PITCH = 76
const PADDING = 14
/** Edges leave a node spread over this much of its height, so that each can be followed. */
const PORT_SPREAD = 0.62

type Box = { readonly id: string; readonly y: number; readonly height: number }

/**
 * Three columns. Routes stand evenly in their order; a system stands at the mean of the routes it talks to, pushed
 * apart where two would overlap, which keeps crossings few without a solver.
 */
export function layoutMap(model: MapModel, width: number): MapLayout {
  const systemWidth = Math.min(190, Math.max(132, width * 0.17))
  const rowWidth = Math.min(330, Math.max(220, width * 0.28))
  const compact = model.rows.length > 7
  const rowPitch = compact ? 56 : 70
  const rowHeight = compact ? 46 : 56
  const tallest = Math.max(
    model.rows.length * rowPitch,
    model.sources.length * SYSTEM_PITCH,
    model.destinations.length * SYSTEM_PITCH,
  )
  const height = tallest + PADDING * 2
  const rowX = (width - rowWidth) / 2
  const top = (height - model.rows.length * rowPitch) / 2 + rowPitch / 2
  const rows = model.rows.map((row, index) => ({
    ...row,
    x: rowX,
    y: top + index * rowPitch,
    width: rowWidth,
    height: rowHeight,
  }))
  const rowY = new Map(rows.map(row => [row.id, row.y]))
  const place = (nodes: readonly SystemNode[], x: number): Placed<SystemNode>[] =>
    spread(nodes, node => meanY(node.id, model.edges, rowY), height).map(({ node, y }) => ({
      ...node,
      x,
      y,
      width: systemWidth,
      height: SYSTEM_HEIGHT,
    }))
  const sources = place(model.sources, 0)
  const destinations = place(model.destinations, width - systemWidth)
  return { width, height, sources, rows, destinations, edges: placeEdges(model.edges, sources, rows, destinations) }
}

function meanY(system: string, edges: readonly MapEdge[], rowY: ReadonlyMap<string, number>): number {
  const ys = edges.filter(edge => edge.system === system).map(edge => rowY.get(edge.row) ?? 0)
  return ys.reduce((sum, y) => sum + y, 0) / Math.max(1, ys.length)
}

/** Wanted places, in order, at least a pitch apart, and inside the map. */
function spread(
  nodes: readonly SystemNode[],
  wantedY: (node: SystemNode) => number,
  height: number,
): { readonly node: SystemNode; readonly y: number }[] {
  const first = PADDING + SYSTEM_PITCH / 2
  const last = height - first
  const placed = nodes.map(node => ({ node, y: wantedY(node) })).sort((a, b) => a.y - b.y)
  let floor = first
  for (const entry of placed) {
    entry.y = Math.max(entry.y, floor)
    floor = entry.y + SYSTEM_PITCH
  }
  let ceiling = last
  for (const entry of placed.toReversed()) {
    entry.y = Math.min(entry.y, ceiling)
    ceiling = entry.y - SYSTEM_PITCH
  }
  return placed
}

function placeEdges(
  edges: readonly MapEdge[],
  sources: readonly Placed<SystemNode>[],
  rows: readonly Placed<RouteRow>[],
  destinations: readonly Placed<SystemNode>[],
): PlacedEdge[] {
  const boxes = new Map([...sources, ...rows, ...destinations].map(box => [box.id, box]))
  return edges.flatMap(edge => {
    const system = boxes.get(edge.system)
    const row = boxes.get(edge.row)
    if (!system || !row) return []
    const siblings = (key: 'system' | 'row', id: string): Box[] =>
      edges
        .filter(other => other.side === edge.side && other[key] === id)
        .flatMap(other => boxes.get(key === 'system' ? other.row : other.system) ?? [])
    const systemPort = portY(system, row.id, siblings('system', edge.system))
    const rowPort = portY(row, system.id, siblings('row', edge.row))
    const from =
      edge.side === 'in' ? { x: system.x + system.width, y: systemPort } : { x: row.x + row.width, y: rowPort }
    const to = edge.side === 'in' ? { x: row.x, y: rowPort } : { x: system.x, y: systemPort }
    const curve = curveBetween(from, to)
    return [{ ...edge, curve, lengthPx: lengthOf(curve) }]
  })
}

function portY(box: Box, otherId: string, others: readonly Box[]): number {
  const order = [...others].sort((a, b) => a.y - b.y)
  const index = order.findIndex(other => other.id === otherId)
  const share = order.length < 2 ? 0 : index / (order.length - 1) - 0.5
  const spreadPx = Math.min(box.height * PORT_SPREAD, (order.length - 1) * 9)
  return box.y + share * spreadPx
}

function curveBetween(from: Point, to: Point): Curve {
  const bend = (to.x - from.x) * 0.5
  return { from, c1: { x: from.x + bend, y: from.y }, c2: { x: to.x - bend, y: to.y }, to }
}

export function pointAt({ from, c1, c2, to }: Curve, t: number): Point {
  const u = 1 - t
  const [a, b, c, d] = [u * u * u, 3 * u * u * t, 3 * u * t * t, t * t * t]
  return { x: a * from.x + b * c1.x + c * c2.x + d * to.x, y: a * from.y + b * c1.y + c * c2.y + d * to.y }
}

function lengthOf(curve: Curve): number {
  let length = 0
  let last = curve.from
  for (let step = 1; step <= 12; step++) {
    const point = pointAt(curve, step / 12)
    length += Math.hypot(point.x - last.x, point.y - last.y)
    last = point
  }
  return length
}

export function svgPath({ from, c1, c2, to }: Curve): string {
  const p = (point: Point): string => `${point.x.toFixed(1)},${point.y.toFixed(1)}`
  return `M${p(from)} C${p(c1)} ${p(c2)} ${p(to)}`
}
