import { SambandError } from '@samband/errors'
import type { RouteDescription } from '@samband/route'

/** Routes that must run before this one: those that it names, and those that it hands on to. */
export function dependenciesOf({ dependsOn, destinations }: RouteDescription): readonly string[] {
  const via = destinations.filter(({ destination }) => destination.connector === 'via')
  return [...new Set([...dependsOn, ...via.map(({ destination }) => destination.endpoint)])]
}

/**
 * Each route after what it depends on; otherwise as given. Throws SambandError 'route-dependency-unknown' or
 * 'routes-cyclic', which name the routes.
 */
export function inOrderOfDependence<T extends { readonly description: RouteDescription }>(
  routes: readonly T[],
): readonly T[] {
  const byName = new Map(routes.map(route => [route.description.name, route]))
  const sorted: T[] = []
  const done = new Set<string>()
  const visit = (name: string, path: readonly string[]): void => {
    if (done.has(name)) return
    const at = path.indexOf(name)
    if (at !== -1) throw cyclic([...path.slice(at), name])
    const route = byName.get(name)
    if (route === undefined) throw unknown(path.at(-1) ?? name, name)
    for (const other of dependenciesOf(route.description)) visit(other, [...path, name])
    done.add(name)
    sorted.push(route)
  }
  for (const name of byName.keys()) visit(name, [])
  return sorted
}

function cyclic(names: readonly string[]): SambandError {
  return new SambandError({
    code: 'routes-cyclic',
    category: 'incorrect',
    message: `routes wait for each other: ${names.join(' -> ')}`,
  })
}

function unknown(route: string, name: string): SambandError {
  return new SambandError({
    code: 'route-dependency-unknown',
    category: 'incorrect',
    message: `route "${route}" depends on route "${name}", which is not loaded`,
  })
}
