import { randomUUID } from 'node:crypto'
import { dateRange, type Pair, UTC } from '@samband/fhir/search'
import type { HubContext } from '../hub-context.ts'
import { type HistoryVersion, readHistory } from '../interactions/history.ts'
import type { ResourceName } from '../storage/stored.ts'
import { type BundleEntryText, bundleText } from './bundle-text.ts'
import { etagOf } from './conditional.ts'
import { generalParameters, refuseUnknown } from './general-parameters.ts'
import type { HubAnswer, HubRequest } from './hub-request.ts'
import { patientsOf } from './patients.ts'
import { cursorParameter, pageLinks } from './page-links.ts'
import { parsePrefer } from './prefer.ts'
import { malformed } from './refusal.ts'
import type { Route } from './route.ts'

const known = ['_count', '_since', '_at', '_sort', cursorParameter]

/** A Bundle of type history has no entry that could say it. */
const cutWarning = '299 - "older changes were pruned and are not listed; the history of each resource is complete"'

type HistoryParameters = {
  readonly count: number
  readonly oldestFirst: boolean
  readonly sinceMs?: number
  readonly at?: { readonly lowMs: number; readonly highMs: number }
  readonly after?: number
}

export async function answerHistory(
  context: HubContext,
  request: HubRequest,
  route: Extract<Route, { kind: 'history' }>,
): Promise<HubAnswer> {
  refuseUnknown(request.query, known, parsePrefer(request.headers.prefer))
  const general = generalParameters(request.query)
  const asked = historyParameters(context, request.query)
  const { type, id } = route
  const { versions, next, isCut } = await readHistory(context, {
    ...asked,
    caller: request.caller,
    ...(type === undefined ? {} : { type }),
    ...(id === undefined ? {} : { id }),
  })
  const address = [context.baseUrl, type, id, '_history'].filter(part => part !== undefined).join('/')
  const text = bundleText(
    context,
    {
      type: 'history',
      id: randomUUID(),
      links: pageLinks(address, request.query, { next: next === undefined ? undefined : String(next) }),
      entries: versions.map(version => historyEntry(context, version)),
    },
    general,
  )
  const contents = versions.flatMap(({ content }) => (content === undefined ? [] : [content]))
  return {
    status: 200,
    headers: isCut ? { warning: cutWarning } : {},
    text,
    resources: namesOf(versions),
    patients: patientsOf(context, versions, contents),
  }
}

function namesOf(versions: readonly HistoryVersion[]): readonly ResourceName[] {
  return [...new Map(versions.map(({ type, id }) => [`${type}/${id}`, { type, id }])).values()]
}

/** @throws HubError 400 */
function historyParameters({ limits }: HubContext, query: readonly Pair[]): HistoryParameters {
  let found: HistoryParameters = { count: limits.pageDefault, oldestFirst: false }
  const seen = new Set<string>()
  for (const [name, value] of query) {
    if (seen.has(name)) throw malformed(name.slice(0, 100), 'it may stand once')
    seen.add(name)
    switch (name) {
      case '_count':
        if (!/^\d{1,9}$/.test(value)) throw malformed('_count', 'it is a whole number')
        found = { ...found, count: Math.min(Math.max(Number(value), 1), limits.pageMax) }
        break
      case '_since':
        found = { ...found, sinceMs: rangeOf('_since', value).lowMs }
        break
      case '_at':
        found = { ...found, at: rangeOf('_at', value) }
        break
      case '_sort':
        if (value !== '_lastUpdated' && value !== '-_lastUpdated')
          throw malformed('_sort', 'a history is sorted by _lastUpdated or -_lastUpdated')
        found = { ...found, oldestFirst: value === '_lastUpdated' }
        break
      case cursorParameter:
        if (!/^\d{1,15}$/.test(value)) throw malformed(cursorParameter, 'it is taken from a link of a page')
        found = { ...found, after: Number(value) }
        break
    }
  }
  return found
}

function rangeOf(name: string, value: string): { readonly lowMs: number; readonly highMs: number } {
  // A + that was not escaped in a query has become a space.
  const range = dateRange(value.replace(/ (\d\d:\d\d)$/, '+$1'), UTC)
  if (range === undefined) throw malformed(name, 'it is a date or an instant, such as 2026-01-31T08:00:00Z')
  return { lowMs: Math.floor(range.lowMs), highMs: Math.ceil(range.highMs) }
}

function historyEntry({ baseUrl }: HubContext, version: HistoryVersion): BundleEntryText {
  const { type, id, content, method } = version
  return {
    fullUrl: `${baseUrl}/${type}/${id}`,
    ...(content === undefined ? {} : { resource: content }),
    request:
      method === 'create' && version.version === 1
        ? { method: 'POST', url: type }
        : { method: method === 'delete' ? 'DELETE' : 'PUT', url: `${type}/${id}` },
    response: {
      status: method === 'create' ? '201 Created' : method === 'delete' ? '204 No Content' : '200 OK',
      etag: etagOf(version.version),
      lastModified: new Date(version.at).toISOString(),
    },
  }
}
