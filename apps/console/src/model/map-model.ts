import type { DestinationStatus, EndpointStatus, RouteStatus } from '@samband/operations/contract'
import { isInternal, systemName } from './system-name.ts'

/** How an end or a route is, worst last: the map's colours. */
export type FlowState = 'idle' | 'ok' | 'waiting' | 'bad'

export type SystemNode = {
  readonly id: string
  readonly label: string
  readonly state: FlowState
  readonly perSecond: number
  readonly waiting: number
  readonly lagMs: number
  readonly detail: string
  /** Another route of this platform, not a system. */
  readonly internal: boolean
}

/** A route, or several routes of one owner drawn as one when there are too many to read. */
export type RouteRow = {
  readonly id: string
  readonly kind: 'route' | 'group'
  readonly label: string
  readonly caption: string
  readonly state: FlowState
  readonly perSecond: number
  readonly waiting: number
  readonly routes: readonly RouteStatus[]
  /** The first route of an owner whose group was opened: the place to close it again. */
  readonly closesGroup: boolean
}

export type MapEdge = {
  readonly id: string
  readonly side: 'in' | 'out'
  readonly system: string
  readonly row: string
  readonly state: FlowState
  /** Messages that pass per second; for a broken receiver, what piles up per second. */
  readonly perSecond: number
  readonly waiting: number
  readonly lagMs: number
}

export type MapModel = {
  readonly sources: readonly SystemNode[]
  readonly rows: readonly RouteRow[]
  readonly destinations: readonly SystemNode[]
  readonly edges: readonly MapEdge[]
}

/** More routes than this are folded by owner, so that the map fits what a person can take in. */
export const ROUTES_UNFOLDED_MAX = 18

const stateOrder: readonly FlowState[] = ['idle', 'ok', 'waiting', 'bad']
export const worst = (a: FlowState, b: FlowState): FlowState => (stateOrder.indexOf(a) >= stateOrder.indexOf(b) ? a : b)

export function sourceState(route: RouteStatus): FlowState {
  if (route.state === 'failed' || (route.state === 'running' && route.source.status === 'down')) return 'bad'
  if (route.state === 'stopped') return 'idle'
  return route.receivedPerSecond > 0 ? 'ok' : 'idle'
}

export function destinationState(destination: DestinationStatus): FlowState {
  if (destination.status === 'down' || destination.circuit !== 'closed') return 'bad'
  if (destination.held > 0 || isBacklog(destination)) return 'waiting'
  return destination.deliveredPerSecond > 0 ? 'ok' : 'idle'
}

/** A message under way for a moment is work, not a queue. */
function isBacklog(destination: DestinationStatus): boolean {
  return destination.waiting > 0 && destination.lagMs >= 2_000
}

export function routeState(route: RouteStatus): FlowState {
  if (route.state === 'failed') return 'bad'
  return route.destinations.map(destinationState).reduce(worst, sourceState(route))
}

export const routeWaiting = (route: RouteStatus): number =>
  route.destinations.reduce((sum, destination) => sum + destination.waiting, 0)

export const routeLagMs = (route: RouteStatus): number =>
  Math.max(0, ...route.destinations.map(destination => (destination.waiting > 0 ? destination.lagMs : 0)))

export type MapOptions = {
  readonly search: string
  readonly openGroups: ReadonlySet<string>
  readonly onlyProblems: boolean
}

export function mapModel(routes: readonly RouteStatus[], options: MapOptions): MapModel {
  const shown = routes.filter(route => isWanted(route, options))
  const rows = rowsOf(shown, options)
  const sources = new Map<string, SystemNode>()
  const destinations = new Map<string, SystemNode>()
  const edges = new Map<string, MapEdge>()
  for (const row of rows) {
    for (const route of row.routes) {
      const system = `in:${systemName(route.source)}`
      const incoming = incomingOf(route)
      addNode(sources, system, route.source, incoming)
      addEdge(edges, { ...incoming, id: `${system}>${row.id}`, side: 'in', system, row: row.id })
      for (const destination of route.destinations) {
        const target = `out:${systemName(destination)}`
        const outgoing = outgoingOf(route, destination)
        addNode(destinations, target, destination, outgoing)
        addEdge(edges, { ...outgoing, id: `${row.id}>${target}`, side: 'out', system: target, row: row.id })
      }
    }
  }
  return { sources: [...sources.values()], rows, destinations: [...destinations.values()], edges: [...edges.values()] }
}

type Flow = Pick<MapEdge, 'state' | 'perSecond' | 'waiting' | 'lagMs'>

function incomingOf(route: RouteStatus): Flow {
  return { state: sourceState(route), perSecond: route.receivedPerSecond, waiting: 0, lagMs: 0 }
}

function outgoingOf(route: RouteStatus, destination: DestinationStatus): Flow {
  const state = destinationState(destination)
  return {
    state,
    perSecond: state === 'bad' ? route.receivedPerSecond : destination.deliveredPerSecond,
    waiting: destination.waiting,
    lagMs: destination.waiting > 0 ? destination.lagMs : 0,
  }
}

function merge<T extends Flow>(known: T, flow: Flow): T {
  return {
    ...known,
    state: worst(known.state, flow.state),
    perSecond: known.perSecond + flow.perSecond,
    waiting: known.waiting + flow.waiting,
    lagMs: Math.max(known.lagMs, flow.lagMs),
  }
}

function addNode(nodes: Map<string, SystemNode>, id: string, endpoint: EndpointStatus, flow: Flow): void {
  const known = nodes.get(id)
  const detail = endpoint.connector
  if (!known) nodes.set(id, { id, label: systemName(endpoint), detail, internal: isInternal(endpoint), ...flow })
  else
    nodes.set(id, {
      ...merge(known, flow),
      detail: known.detail.includes(detail) ? known.detail : `${known.detail}, ${detail}`,
    })
}

function addEdge(edges: Map<string, MapEdge>, edge: MapEdge): void {
  const known = edges.get(edge.id)
  edges.set(edge.id, known ? merge(known, edge) : edge)
}

function isWanted(route: RouteStatus, options: MapOptions): boolean {
  if (options.onlyProblems && !['bad', 'waiting'].includes(routeState(route))) return false
  const wanted = options.search.trim().toLowerCase()
  if (wanted === '') return true
  const endpoints = [route.source, ...route.destinations]
  return [route.name, route.owner, ...endpoints.flatMap(endpoint => [endpoint.endpoint, systemName(endpoint)])].some(
    text => text.toLowerCase().includes(wanted),
  )
}

function rowsOf(routes: readonly RouteStatus[], options: MapOptions): RouteRow[] {
  const bySource = [...routes].sort(
    (a, b) => systemName(a.source).localeCompare(systemName(b.source)) || a.name.localeCompare(b.name),
  )
  if (routes.length <= ROUTES_UNFOLDED_MAX) return bySource.map(rowOfRoute)
  const owners = Map.groupBy(bySource, route => route.owner)
  return [...owners].flatMap(([owner, members]) =>
    members.length === 1 || options.openGroups.has(owner)
      ? members.map((route, index) => ({ ...rowOfRoute(route), closesGroup: index === 0 && members.length > 1 }))
      : [rowOfGroup(owner, members)],
  )
}

function rowOfRoute(route: RouteStatus): RouteRow {
  return {
    id: `route:${route.name}`,
    kind: 'route',
    label: route.name,
    caption: route.owner,
    state: routeState(route),
    perSecond: route.receivedPerSecond,
    waiting: routeWaiting(route),
    routes: [route],
    closesGroup: false,
  }
}

function rowOfGroup(owner: string, routes: readonly RouteStatus[]): RouteRow {
  return {
    id: `group:${owner}`,
    kind: 'group',
    label: owner,
    caption: `${routes.length} routes`,
    state: routes.map(routeState).reduce(worst),
    perSecond: routes.reduce((sum, route) => sum + route.receivedPerSecond, 0),
    waiting: routes.reduce((sum, route) => sum + routeWaiting(route), 0),
    routes,
    closesGroup: false,
  }
}
