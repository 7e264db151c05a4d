import { SambandError } from '@samband/errors'
import type { RouteDefinition } from '@samband/route'

/** The builder is the only maker of these; its marks are a name, a source and frozen steps. */
export function isRoute(value: unknown): value is RouteDefinition {
  return typeof value === 'object' && value !== null && 'steps' in value && 'source' in value && Object.isFrozen(value)
}

export function routeMissing(file: string): SambandError {
  return new SambandError({
    code: 'route-missing',
    category: 'incorrect',
    message: `${file} has no route as its default export: end it with .onError(...)`,
  })
}
