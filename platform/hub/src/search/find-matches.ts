import type { Queryable } from '@samband/store'
import type { AccessKind, Caller } from '../access/caller.ts'
import type { HubContext } from '../hub-context.ts'
import { HubError } from '../hub-error.ts'
import type { StoredResource } from '../storage/stored.ts'
import { compileSearch } from './compile-search.ts'
import { fetchMatches } from './fetch-matches.ts'
import { parseQuery } from './parse-query.ts'
import { scopeOf } from './search.ts'

export type MatchRequest = {
  readonly type: string
  /** As after `?`: 'identifier=urn:a|1'. */
  readonly criteria: string
  readonly caller: Caller
  readonly kind: AccessKind
  readonly client?: Queryable
  readonly limit: number
}

/**
 * For conditional interactions: at most `limit` resources that fit the criteria and that the caller may see.
 *
 * @throws HubError 400 for criteria that mean nothing, or that name no condition at all
 */
export async function findMatches(context: HubContext, request: MatchRequest): Promise<readonly StoredResource[]> {
  const { type, criteria, kind, limit } = request
  const { query } = parseQuery(context, { type, pairs: criteria, lenient: false })
  if (query.criteria.length === 0) {
    throw new HubError({
      code: 'condition-missing',
      category: 'incorrect',
      status: 400,
      message: 'A conditional interaction needs a condition: without one it would be about any resource of the type',
    })
  }
  const scope = scopeOf(context, request)
  const span = { order: { keys: [], descending: false }, backward: false, limit }
  const [only] = await compileSearch(scope, query, kind)
  if (only === undefined) return []
  return (await fetchMatches(scope, only, span)).map(({ resource }) => resource)
}
