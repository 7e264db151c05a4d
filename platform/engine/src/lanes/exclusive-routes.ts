import type { RouteDescription } from '@samband/route'
import type { EngineOptions } from '../engine-types.ts'

/**
 * Routes that deliver to a system which takes messages from one process only (endpoint setting `exclusive`), each with the
 * group that it must share a process with: routes that have such an endpoint in common, directly or by way of others.
 */
export function exclusiveRoutes(
  routes: readonly RouteDescription[],
  endpoints: EngineOptions['endpoints'],
): ReadonlyMap<string, string> {
  let groups: { readonly endpoints: ReadonlySet<string>; readonly routes: readonly string[] }[] = []
  for (const { name, destinations } of routes) {
    const own = destinations
      .map(({ destination }) => destination.endpoint)
      .filter(endpoint => endpoints[endpoint]?.exclusive === true)
    if (own.length === 0) continue
    const touched = groups.filter(group => own.some(endpoint => group.endpoints.has(endpoint)))
    groups = groups.filter(group => !touched.includes(group))
    groups.push({
      endpoints: new Set([...own, ...touched.flatMap(group => [...group.endpoints])]),
      routes: [name, ...touched.flatMap(group => group.routes)],
    })
  }
  return new Map(
    groups.flatMap(group => {
      const name = `exclusive ${[...group.endpoints].toSorted()[0]}`
      return group.routes.map((route): [string, string] => [route, name])
    }),
  )
}
