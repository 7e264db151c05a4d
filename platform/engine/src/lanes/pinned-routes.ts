import type { RouteDescription, StepDescription } from '@samband/route'
import type { EngineOptions } from '../engine-types.ts'
import { exclusiveRoutes } from './exclusive-routes.ts'

/**
 * Routes that run whole in one process, with the group that shares it: those that deliver to a system which takes messages
 * from one process only, and those that collect, because the members of a group must meet whatever their ordering keys.
 */
export function pinnedRoutes(
  routes: readonly RouteDescription[],
  endpoints: EngineOptions['endpoints'],
): ReadonlyMap<string, string> {
  const collecting = routes
    .filter(({ steps }) => collects(steps))
    .map(({ name }): [string, string] => [name, `collects ${name}`])
  return new Map([...collecting, ...exclusiveRoutes(routes, endpoints)])
}

function collects(steps: readonly StepDescription[]): boolean {
  return steps.some(step => {
    if (step.kind === 'aggregate') return true
    if (step.kind !== 'choice') return false
    const otherwise = 'drop' in step.otherwise ? [] : step.otherwise
    return step.branches.some(branch => collects(branch.steps)) || collects(otherwise)
  })
}
