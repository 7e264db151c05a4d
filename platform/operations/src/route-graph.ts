import type { DestinationDescription, RouteDescription, StepDescription } from '@samband/route'
import type { RouteGraph } from './contract.ts'

type Node = RouteGraph['nodes'][number]
type Edge = RouteGraph['edges'][number]
type ChoiceDescription = Extract<StepDescription, { kind: 'choice' }>

/**
 * The frozen description of a route as nodes and edges, for the console and `samband routes graph`. The spine goes
 * source, parse, dedupe, order, steps; each destination branches off where the route says so. A choice has an edge to the
 * beginning of each branch, and what stands behind the choice one from the end of each.
 */
export function routeGraph(definition: RouteDescription): RouteGraph {
  const nodes: Node[] = []
  const edges: Edge[] = []
  const add = (node: Node, from: readonly string[]): readonly string[] => {
    nodes.push(node)
    for (const id of from) edges.push({ from: id, to: node.id })
    return [node.id]
  }
  /** Answers the nodes from which what comes next is reached. */
  const destinations = new Map(definition.destinations.map(node => [node.name, node]))
  const addSteps = (steps: readonly StepDescription[], start: readonly string[]): readonly string[] => {
    let ends = start
    for (const step of steps) {
      const node = step.kind === 'to' ? destinations.get(step.name) : undefined
      if (node !== undefined) add(destination(node), ends)
      else if (step.kind === 'choice') {
        const choice = add(inner(step), ends)
        ends = [...new Set(branchesOf(step).flatMap(branch => addSteps(branch, choice)))]
      } else ends = add(inner(step), ends)
    }
    return ends
  }
  let spine: readonly string[] = []
  for (const node of head(definition)) spine = add(node, spine)
  addSteps(definition.steps, spine)
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

function head({ source, parser, dedupe, order }: RouteDescription): Node[] {
  const nodes: Node[] = [{ id: 'source', kind: 'source', label: source.endpoint, detail: source.connector }]
  if (parser !== undefined) nodes.push({ id: 'parse', kind: 'parse', label: parser.name, detail: null })
  if (dedupe !== undefined) {
    nodes.push({ id: 'dedupe', kind: 'dedupe', label: 'no duplicates', detail: `within ${duration(dedupe.windowMs)}` })
  }
  const detail = { serial: 'one after another', key: 'one after another per key', none: 'no order' }[order]
  nodes.push({ id: 'order', kind: 'order', label: 'order', detail })
  return nodes
}

function branchesOf({ branches, otherwise }: ChoiceDescription): readonly (readonly StepDescription[])[] {
  const all = branches.map(({ steps }) => steps)
  return 'drop' in otherwise ? all : [...all, otherwise]
}

function inner(step: StepDescription): Node {
  return { id: `step:${step.name}`, kind: step.kind, label: step.name, detail: innerDetail(step) }
}

function innerDetail(step: StepDescription): string | null {
  if (step.kind === 'call') {
    const cached = step.cache === undefined ? '' : `, answers kept ${duration(step.cache.ttlMs)}`
    return `within ${duration(step.timeoutMs)}${cached}`
  }
  if (step.kind === 'choice') {
    const rest = 'drop' in step.otherwise ? 'or dropped' : 'or otherwise'
    return `${step.branches.map(({ name }) => name).join(', ')} ${rest}`
  }
  if (step.kind !== 'aggregate') return null
  const facts = [
    ...(step.count === undefined ? [] : [`${step.count} of a key`]),
    ...(step.timeoutMs === undefined ? [] : [`after ${duration(step.timeoutMs)}`]),
  ]
  return facts.join(' or ')
}

function destination(node: DestinationDescription): Node {
  const { connector, endpoint } = node.destination
  const facts = [
    connector === 'via' ? `route ${endpoint}` : `${connector} ${endpoint}`,
    ...(node.conditional ? ['only some'] : []),
    `${node.retry.attempts} attempts`,
    `then ${node.onExhausted}`,
    ...(node.expiryMs === undefined ? [] : [`expires after ${duration(node.expiryMs)}`]),
    ...(node.throttle === undefined ? [] : [`${node.throttle.messages} per ${duration(node.throttle.perMs)}`]),
    ...(node.hours === undefined ? [] : [`${node.hours.from} to ${node.hours.to} ${node.hours.timeZone}`]),
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
