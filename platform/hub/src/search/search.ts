import type { SearchQuery } from '@samband/fhir/search'
import type { Queryable } from '@samband/store'
import type { Caller } from '../access/caller.ts'
import type { HubContext } from '../hub-context.ts'
import type { HubIssue } from '../hub-error.ts'
import type { ResourceName, StoredResource } from '../storage/stored.ts'
import { chooseOrder } from './choose-order.ts'
import { compileSearch } from './compile-search.ts'
import { type Cursor, formatCursor, parseCursor, queryHash } from './cursor.ts'
import { fetchMatches, type Match, type Span, type TypeSearch } from './fetch-matches.ts'
import { fetchIncludes } from './includes.ts'
import { mergeMatches } from './merge-matches.ts'
import { orderOf } from './order.ts'
import { planSearch } from './plan.ts'
import { unsupported } from './refused.ts'
import { Runner } from './run-statement.ts'
import type { SearchScope } from './scope.ts'
import { pageStatement } from './statement.ts'
import { totalOf } from './total.ts'

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

/**
 * One page of a search. Without `_sort` the order is that of creation, or for a broad search by date that of the date: it
 * stays what it was on the pages that follow. Pages begin where the one before ended, whatever has changed since.
 *
 * @throws HubError 400 for what cannot be searched by, `search-too-costly` (503) after `searchMs`
 */
export async function search(context: HubContext, request: SearchRequest): Promise<SearchPage> {
  const { query } = request
  const scope = scopeOf(context, request)
  refuseContained(query)
  const searches = await compileSearch(scope, query, 'search', request.compartment)
  const size = Math.min(query.result.count ?? context.limits.pageDefault, context.limits.pageMax)
  if (query.result.summary === 'count' || size === 0) {
    const total = await totalOf(scope, searches, query.result.total === 'estimate' ? 'estimate' : 'accurate')
    return { matches: [], included: [], total, issues: [] }
  }
  const hash = queryHash(query, request.compartment)
  const sorted = orderOf(query.result.sort)
  const cursor =
    request.cursor === undefined
      ? undefined
      : parseCursor(request.cursor, hash, chosen => (chosen ?? sorted).keys.length)
  const chosen = cursor === undefined ? await chooseOrder(scope, searches, sorted) : cursor.chosen
  const order = chosen ?? sorted
  const backward = cursor?.backward ?? false
  const span: Span = { order, after: cursor?.position, backward, limit: size + 1 }
  const found = await fetchAll(scope, searches, span)
  const more = found.length > size
  const page = backward ? found.slice(0, size).toReversed() : found.slice(0, size)
  const matches = page.map(({ resource }) => resource)
  const total = await pageTotal(scope, searches, query, cursor === undefined && !more ? page.length : undefined)
  const { included, issues } = await fetchIncludes(scope, query.result, matches)
  return {
    matches,
    included,
    issues,
    ...links(page, { cursor, more, chosen, hash }),
    ...(total === undefined ? {} : { total }),
  }
}

/** EXPLAIN (FORMAT JSON) of the statement that finds a page's matches, for tests of plans. One type only. */
export async function explainSearch(context: HubContext, request: SearchRequest): Promise<unknown> {
  const scope = scopeOf(context, request)
  const [first] = await compileSearch(scope, request.query, 'search', request.compartment)
  if (first === undefined || first.condition.kind === 'never') return undefined
  const sorted = orderOf(request.query.result.sort)
  const order = (await chooseOrder(scope, [first], sorted)) ?? sorted
  const limit = Math.min(request.query.result.count ?? context.limits.pageDefault, context.limits.pageMax) + 1
  const plan = await planSearch(scope, first.type, first.condition, { order, limit })
  const statement = pageStatement(scope, first.type, plan, { order, backward: false, limit })
  const [row] = await scope.runner.query<{ readonly 'QUERY PLAN': readonly unknown[] }>({
    text: `explain (format json) ${statement.text}`,
    values: statement.values,
  })
  return { driver: plan.driver.kind, plan: row?.['QUERY PLAN'][0] }
}

export function scopeOf(
  context: HubContext,
  { caller, client, signal }: Pick<SearchRequest, 'caller' | 'client' | 'signal'>,
): SearchScope {
  const runner = new Runner(context, {
    ...(client === undefined ? {} : { client }),
    ...(signal === undefined ? {} : { signal }),
  })
  return { context, caller, runner, nowMs: context.now(), probed: new Map() }
}

function refuseContained({ result: { contained } }: SearchQuery): void {
  if (contained === undefined || contained === 'false') return
  throw unsupported('_contained: contained resources are not searched here, only the resources that contain them')
}

async function fetchAll(scope: SearchScope, searches: readonly TypeSearch[], span: Span): Promise<readonly Match[]> {
  const found: (readonly Match[])[] = []
  for (const each of searches) found.push(await fetchMatches(scope, each, span))
  return mergeMatches(found, span)
}

function links(
  page: readonly Match[],
  {
    cursor,
    more,
    chosen,
    hash,
  }: {
    readonly cursor: Cursor | undefined
    readonly more: boolean
    readonly chosen: Cursor['chosen']
    readonly hash: string
  },
): { readonly next?: string; readonly previous?: string } {
  const first = page[0]
  const last = page.at(-1)
  if (first === undefined || last === undefined) return {}
  const cursorOf = ({ position }: Match, backward: boolean): string =>
    formatCursor({ position, backward, ...(chosen === undefined ? {} : { chosen }) }, hash)
  const backward = cursor?.backward ?? false
  const next = backward || more ? cursorOf(last, false) : undefined
  const previous = (backward && more) || (!backward && cursor !== undefined) ? cursorOf(first, true) : undefined
  return { ...(next === undefined ? {} : { next }), ...(previous === undefined ? {} : { previous }) }
}

/** What `_total` asks for; without it, only where the only page tells. */
async function pageTotal(
  scope: SearchScope,
  searches: readonly TypeSearch[],
  { result: { total } }: SearchQuery,
  only: number | undefined,
): Promise<SearchPage['total']> {
  if (total === 'none') return undefined
  if (only !== undefined) return { count: only, exact: true }
  return total === undefined ? undefined : await totalOf(scope, searches, total)
}
