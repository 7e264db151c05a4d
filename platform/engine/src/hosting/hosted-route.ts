import type { EngineOptions } from '../engine-types.ts'
import { defaultLimits } from '../limits.ts'
import { inlineHost } from './inline-host.ts'
import type { HostListener, RouteHost } from './route-host.ts'
import { ThreadHost } from './thread-host.ts'
import type { ThreadPool } from './thread-pool.ts'

/** A route's code, opened, before somebody runs it. */
export type HostedRoute = {
  readonly host: RouteHost
  /** Outcomes go there from now on. Nothing has been handed in before, so nothing is missed. */
  readonly attach: (listener: HostListener) => void
}

/** Opens the code of a route: a file in a thread, a definition in this one. Throws SambandError. */
export async function openHosted(
  route: EngineOptions['routes'][number],
  { capabilities, log, limits }: Pick<EngineOptions, 'capabilities' | 'log' | 'limits'>,
  pool: ThreadPool,
): Promise<HostedRoute> {
  const partsMax = limits?.partsMax ?? defaultLimits.partsMax
  let target: HostListener | undefined
  const listener: HostListener = {
    finished: outcome => target?.finished(outcome),
    grouped: outcome => target?.grouped(outcome),
    callFailed: failure => target?.callFailed(failure),
    restarted: cause => target?.restarted(cause),
  }
  const host =
    'file' in route
      ? await ThreadHost.open({ pool, ...route, listener, log })
      : inlineHost(route, capabilities, listener, partsMax)
  return {
    host,
    attach: attached => {
      target = attached
    },
  }
}
