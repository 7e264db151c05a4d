import type { Queryable } from '@samband/store'
import type { AccessKind, Caller } from '../access/caller.ts'
import type { HubContext } from '../hub-context.ts'
import type { StoredResource } from '../storage/stored.ts'

export type MatchRequest = {
  readonly type: string
  /** As after `?`: 'identifier=urn:a|1'. */
  readonly criteria: string
  readonly caller: Caller
  readonly kind: AccessKind
  readonly client?: Queryable
  readonly limit: number
}

/** For conditional interactions: at most `limit` resources that fit the criteria and that the caller may see. */
export async function findMatches(_context: HubContext, _request: MatchRequest): Promise<readonly StoredResource[]> {
  throw new Error('search is being built')
}
