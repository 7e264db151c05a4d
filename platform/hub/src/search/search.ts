import type { SearchQuery } from '@samband/fhir/search'
import type { Queryable } from '@samband/store'
import type { Caller } from '../access/caller.ts'
import type { HubContext } from '../hub-context.ts'
import type { HubIssue } from '../hub-error.ts'
import type { ResourceName, StoredResource } from '../storage/stored.ts'

export type SearchRequest = {
  readonly query: SearchQuery
  /** What it may not see is not found, nor led through, nor included. */
  readonly caller: Caller
  /** `next` or `previous` of an earlier page. */
  readonly cursor?: string
  /** Only what is in the compartment of this resource: GET /Patient/1/Observation. */
  readonly compartment?: ResourceName
  /** Runs in this transaction; the default is the pool. */
  readonly client?: Queryable
  /** Ends the statement in PostgreSQL as well. */
  readonly signal?: AbortSignal
}

export type SearchPage = {
  /** In order. */
  readonly matches: readonly StoredResource[]
  readonly included: readonly StoredResource[]
  /** Cursors. */
  readonly next?: string
  readonly previous?: string
  readonly total?: { readonly count: number; readonly exact: boolean }
  /** For an OperationOutcome beside the matches: includes cut at the limit. */
  readonly issues: readonly HubIssue[]
}

export async function search(_context: HubContext, _request: SearchRequest): Promise<SearchPage> {
  throw new Error('search is being built')
}
