import { SambandError, toSambandError } from '@samband/errors'
import { CliError } from '../cli/exit-codes.ts'
import { join } from 'node:path'
import type { CandidateRoute } from './candidate.ts'

/** What keeps routes from running, as one error that the API can answer; files are named where they stand, not where they were copied to. */
export function problemOf(thrown: unknown, routes: readonly CandidateRoute[], folder: string): SambandError {
  const { code, category } = toSambandError(thrown)
  const message = inOwnPlaces(troubleText(thrown), routes, folder)
  return new SambandError({ code, category, message, cause: thrown })
}

/** One line, with every problem that a check found. */
export function troubleText(thrown: unknown): string {
  const { message } = toSambandError(thrown)
  return thrown instanceof CliError && thrown.details.length > 0 ? `${message}: ${thrown.details.join('; ')}` : message
}

/** Paths below a revision's folder are written as those of the files that were copied there. */
export function inOwnPlaces(text: string, routes: readonly CandidateRoute[], folder: string): string {
  return text.replaceAll(
    /[^\s'"()]*\/revisions\/([0-9a-f]{32})(?:\.[0-9a-f]+)?(?:\/in)*\/tree\//g,
    (whole, id: string) => {
      const route = routes.find(({ source }) => source.id.startsWith(id))
      if (route === undefined) return whole
      const own = join(folder, route.file)
      return own.endsWith(route.source.entry) ? own.slice(0, own.length - route.source.entry.length) : whole
    },
  )
}

/** Thrown by a route's own module, or by Node about it. */
export function isForeign(thrown: unknown): boolean {
  return toSambandError(thrown).category === 'fault'
}

export function routeBroken(place: string, cause: unknown): SambandError {
  return new SambandError({ code: 'route-broken', category: 'incorrect', message: place, cause })
}
