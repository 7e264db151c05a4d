import type { DestinationNode, RouteDefinition, Step } from '@samband/route'
import type { RouteGraph } from './contract.ts'

type Node = RouteGraph['nodes'][number]
type Edge = RouteGraph['edges'][number]

/**
 * The frozen description of a route as nodes and edges, for the console and `samband routes graph`. The spine goes
 * source, parse, dedupe, order, steps; each destination branches off where the route says so.
 */
export function routeGraph(definition: RouteDefinition): RouteGraph {
  const nodes: Node[] = []
  const edges: Edge[] = []
  let spine: string | undefined
  const add = (node: Node, onSpine: boolean): void => {
    nodes.push(node)
    if (spine !== undefined) edges.push({ from: spine, to: node.id })
    if (onSpine) spine = node.id
  }
  for (const node of head(definition)) add(node, true)
  for (const step of definition.steps) add(step.kind === 'to' ? destination(step) : inner(step), step.kind !== 'to')
  return {
    name: definition.name,
    version: definition.version,
    owner: definition.owner,
    purpose: definition.purpose,
    description: definition.description ?? null,
    nodes,
    edges,
  }
}

function head({ source, parser, dedupe, order }: RouteDefinition): Node[] {
  const nodes: Node[] = [{ id: 'source', kind: 'source', label: source.endpoint, detail: source.connector }]
  if (parser !== undefined) nodes.push({ id: 'parse', kind: 'parse', label: parser.name, detail: null })
  if (dedupe !== undefined) {
    nodes.push({ id: 'dedupe', kind: 'dedupe', label: 'no duplicates', detail: `within ${duration(dedupe.windowMs)}` })
  }
  const detail = { serial: 'one after another', key: 'one after another per key', none: 'no order' }[order.kind]
  nodes.push({ id: 'order', kind: 'order', label: 'order', detail })
  return nodes
}

function inner(step: Exclude<Step, DestinationNode>): Node {
  const detail = step.kind === 'call' ? `within ${duration(step.timeoutMs)}` : null
  return { id: `step:${step.name}`, kind: step.kind, label: step.name, detail }
}

function destination(node: DestinationNode): Node {
  const { connector, endpoint } = node.destination
  const facts = [
    connector === 'via' ? `route ${endpoint}` : `${connector} ${endpoint}`,
    ...(node.when === undefined ? [] : ['only some']),
    `${node.retry.attempts} attempts`,
    `then ${node.onExhausted}`,
    ...(node.expiryMs === undefined ? [] : [`expires after ${duration(node.expiryMs)}`]),
  ]
  return { id: `to:${node.name}`, kind: 'destination', label: node.name, detail: facts.join(', ') }
}

const units: readonly (readonly [string, number])[] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
]

/** '7d', '30s', '1500ms': the largest unit that divides it. */
function duration(ms: number): string {
  const unit = units.find(([, size]) => ms >= size && ms % size === 0)
  return unit === undefined ? `${ms}ms` : `${ms / unit[1]}${unit[0]}`
}
