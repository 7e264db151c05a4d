import type { DestinationStatus, RouteStatus } from '../views.ts'

/** A route as all processes together run it: counts are sums, the worst state and the longest lag stand for all. */
export function mergedStatus(own: RouteStatus, others: readonly (readonly RouteStatus[])[]): RouteStatus {
  return others.reduce((sum, routes) => {
    const other = routes.find(({ name }) => name === own.name)
    return other === undefined ? sum : merged(sum, other)
  }, own)
}

function merged(one: RouteStatus, other: RouteStatus): RouteStatus {
  return {
    ...one,
    state: one.state === 'running' || other.state === 'running' ? 'running' : one.state,
    source: endpoint(one.source, other.source),
    destinations: one.destinations.map(own => {
      const same = other.destinations.find(({ name }) => name === own.name)
      return same === undefined ? own : destination(own, same)
    }),
    receivedPerSecond: one.receivedPerSecond + other.receivedPerSecond,
    totals: summed(one.totals, other.totals),
  }
}

function destination(one: DestinationStatus, other: DestinationStatus): DestinationStatus {
  const busier = one.deliveredPerSecond >= other.deliveredPerSecond ? one : other
  return {
    ...one,
    ...endpoint(one, other),
    waiting: one.waiting + other.waiting,
    inFlight: one.inFlight + other.inFlight,
    held: one.held + other.held,
    lagMs: Math.max(one.lagMs, other.lagMs),
    circuit: one.circuit === 'closed' ? other.circuit : one.circuit,
    deliveredPerSecond: one.deliveredPerSecond + other.deliveredPerSecond,
    failedPerSecond: one.failedPerSecond + other.failedPerSecond,
    latencyMs: busier.latencyMs,
  }
}

function endpoint<E extends RouteStatus['source']>(one: E, other: RouteStatus['source']): E {
  const worse = one.status === 'up' || one.status === 'idle' ? other : one
  return {
    ...one,
    status: worse.status,
    since: worse.since,
    lastError: worse.lastError ?? one.lastError,
    connections: one.connections + other.connections,
    counters: summed(one.counters, other.counters),
  }
}

function summed<T extends Readonly<Record<string, number>>>(one: T, other: Readonly<Record<string, number>>): T {
  const sums: Record<string, number> = { ...one }
  for (const [name, value] of Object.entries(other)) sums[name] = (sums[name] ?? 0) + value
  // The names of both, which are those of T.
  return sums as T
}
