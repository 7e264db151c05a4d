import { timeOfId } from '@samband/store'
import type { EndpointSetting } from './engine-types.ts'
import type { EndpointWatch } from './endpoint-watch.ts'
import type { EndpointState, SourceHandle } from './ports.ts'
import type { DestinationRuntime } from './destination-runtime.ts'
import type { RouteRuntime } from './route-runtime.ts'
import type { DestinationStatus, EndpointStatus, RouteStatus } from './views.ts'

type Endpoints = Readonly<Record<string, EndpointSetting>>

export function routeStatus(
  runtime: RouteRuntime,
  source: SourceHandle | undefined,
  endpoints: Endpoints,
  watch: EndpointWatch,
  now: number,
): RouteStatus {
  const { description: definition, revision } = runtime.host
  const destinations = [...runtime.destinations.values()].map(destination =>
    destinationStatus(`${definition.name}/${destination.node.name}`, destination, endpoints, watch, now),
  )
  const sum = (pick: (destination: DestinationRuntime) => number): number =>
    [...runtime.destinations.values()].reduce((total, destination) => total + pick(destination), 0)
  return {
    name: definition.name,
    version: definition.version,
    revision,
    owner: definition.owner,
    purpose: definition.purpose,
    state: source === undefined ? 'stopped' : 'running',
    source: {
      ...endpointStatus(definition.source.endpoint, definition.source.connector, endpoints),
      ...stateView(definition.name, source?.address ?? '', source?.state(), watch, now),
    },
    destinations,
    receivedPerSecond: runtime.counters.received.perSecond(),
    totals: {
      received: runtime.counters.received.total,
      delivered: sum(({ delivered }) => delivered.total),
      filtered: runtime.counters.filtered.total,
      duplicate: runtime.counters.duplicate.total,
      dead: runtime.counters.failed.total + sum(({ dead }) => dead.total),
    },
  }
}

function destinationStatus(
  watched: string,
  destination: DestinationRuntime,
  endpoints: Endpoints,
  watch: EndpointWatch,
  now: number,
): DestinationStatus {
  const { connector, endpoint } = destination.node.destination
  const queue = destination.queue.state()
  return {
    ...endpointStatus(endpoint, connector, endpoints),
    ...stateView(watched, destination.queue.handle.address, destination.queue.handle.state(), watch, now),
    name: destination.node.name,
    waiting: queue.waiting,
    inFlight: queue.inFlight,
    held: queue.held,
    lagMs: queue.oldestMessageId === undefined ? 0 : Math.max(0, now - timeOfId(queue.oldestMessageId)),
    circuit: queue.circuit,
    deliveredPerSecond: destination.delivered.perSecond(),
    failedPerSecond: destination.failed.perSecond(),
    latencyMs: destination.latencies.percentiles(),
  }
}

function endpointStatus(
  endpoint: string,
  connector: string,
  endpoints: Endpoints,
): Pick<EndpointStatus, 'endpoint' | 'connector' | 'system'> {
  return { endpoint, connector, system: endpoints[endpoint]?.system ?? null }
}

function stateView(
  watched: string,
  address: string,
  state: EndpointState | undefined,
  watch: EndpointWatch,
  now: number,
): Pick<EndpointStatus, 'address' | 'status' | 'since' | 'connections' | 'counters' | 'lastError'> {
  const error = state?.lastError
  const status = state?.status ?? 'down'
  return {
    address,
    status,
    since: new Date(watch.look(watched, status, now)).toISOString(),
    connections: state?.connections ?? 0,
    counters: state?.counters ?? {},
    lastError: error === undefined ? null : { ...error, at: new Date(error.at).toISOString() },
  }
}
