import type { SystemStatus } from '@samband/operations/contract'

const SAMPLES_MAX = 90

/** Received per second by route, oldest first. */
export type RateHistory = {
  readonly byRoute: ReadonlyMap<string, readonly number[]>
  readonly total: readonly number[]
}

export const emptyHistory: RateHistory = { byRoute: new Map(), total: [] }

/** One more status: the server's own history wins; without it the console keeps what it has seen. */
export function addSample(history: RateHistory, status: SystemStatus): RateHistory {
  const byRoute = new Map<string, readonly number[]>()
  for (const route of status.routes) {
    const seen = route.recentPerSecond ?? [...(history.byRoute.get(route.name) ?? []), route.receivedPerSecond]
    byRoute.set(route.name, seen.slice(-SAMPLES_MAX))
  }
  return { byRoute, total: sumAligned([...byRoute.values()]) }
}

/** Sums series that end at the same moment but may begin at different ones. */
export function sumAligned(series: readonly (readonly number[])[]): number[] {
  const length = Math.max(0, ...series.map(values => values.length))
  return Array.from({ length }, (_, index) =>
    series.reduce((sum, values) => sum + (values[values.length - length + index] ?? 0), 0),
  )
}
