import { randomUUID } from 'node:crypto'
import { formatJson } from '@samband/fhir'
import { type Pair, searchPairs } from '@samband/fhir/search'
import { assertAccess } from '../access/visibility.ts'
import type { HubContext } from '../hub-context.ts'
import type { HubIssue } from '../hub-error.ts'
import { parseQuery } from '../search/parse-query.ts'
import { search } from '../search/search.ts'
import type { StoredResource } from '../storage/stored.ts'
import { type BundleEntryText, bundleText } from './bundle-text.ts'
import type { GeneralParameters } from './general-parameters.ts'
import type { HubAnswer, HubRequest } from './hub-request.ts'
import { outcomeOf } from './outcome.ts'
import { cursorParameter, pageLinks } from './page-links.ts'
import { patientsOf } from './patients.ts'
import { parsePrefer } from './prefer.ts'
import { malformed } from './refusal.ts'
import type { Route } from './route.ts'

/** FHIR R4 http.html#search: of a type, of all, of a compartment; by GET or by a form. */
export async function answerSearch(
  context: HubContext,
  request: HubRequest,
  route: Extract<Route, { kind: 'search' }>,
): Promise<HubAnswer> {
  const { type, compartment } = route
  const { caller, signal, client } = request
  if (type !== undefined) assertAccess(caller, 'search', type)
  const { pairs, cursor } = pairsOf(request)
  const { lenient } = parsePrefer(request.headers.prefer)
  const { query, warnings } = parseQuery(context, { pairs, lenient, ...(type === undefined ? {} : { type }) })
  const page = await search(context, {
    query,
    caller,
    ...(cursor === undefined ? {} : { cursor }),
    ...(compartment === undefined ? {} : { compartment }),
    ...(signal === undefined ? {} : { signal }),
    ...(client === undefined ? {} : { client }),
  })
  const { matches, included, next, previous, total } = page
  const { summary, elements } = query.result
  const general: GeneralParameters = {
    elements,
    ...(summary === undefined || summary === 'count' ? {} : { summary }),
  }
  const issues = [...warnings, ...page.issues]
  const text = bundleText(
    context,
    {
      type: 'searchset',
      id: randomUUID(),
      total: total?.count,
      links: pageLinks(addressOf(context, route), selfPairs(searchPairs(query, type !== undefined), cursor), {
        next,
        previous,
      }),
      entries: [
        ...matches.map(each => entryOf(context, each, 'match')),
        ...included.map(each => entryOf(context, each, 'include')),
        ...outcomeEntries(issues),
      ],
    },
    general,
  )
  const given = [...matches, ...included]
  const contents = given.flatMap(({ content }) => (content === undefined ? [] : [content]))
  return {
    status: 200,
    headers: {},
    text,
    resources: given.map(({ type: of, id }) => ({ type: of, id })),
    // Who looks into a compartment asks about its patient, whatever is found.
    patients: patientsOf(context, compartment === undefined ? given : [compartment, ...given], contents),
  }
}

/** Of the address and of the form, both of which count (FHIR R4 http.html#search). */
function pairsOf({ query, body }: HubRequest): {
  readonly pairs: readonly Pair[]
  readonly cursor: string | undefined
} {
  const pairs = body?.kind === 'form' ? [...query, ...body.pairs] : query
  const cursors = pairs.filter(([name]) => name === cursorParameter)
  if (cursors.length > 1) throw malformed(cursorParameter, 'it may stand once')
  return { pairs: pairs.filter(([name]) => name !== cursorParameter), cursor: cursors[0]?.[1] }
}

/** What was understood: so a lenient client sees what was passed over. */
function selfPairs(pairs: readonly Pair[], cursor: string | undefined): readonly Pair[] {
  return cursor === undefined ? pairs : [...pairs, [cursorParameter, cursor]]
}

function addressOf({ baseUrl }: HubContext, { type, compartment }: Extract<Route, { kind: 'search' }>): string {
  if (compartment === undefined) return type === undefined ? baseUrl : `${baseUrl}/${type}`
  return `${baseUrl}/${compartment.type}/${compartment.id}/${type ?? '*'}`
}

function entryOf({ baseUrl }: HubContext, stored: StoredResource, mode: 'match' | 'include'): BundleEntryText {
  const { type, id, content } = stored
  return {
    fullUrl: `${baseUrl}/${type}/${id}`,
    search: { mode },
    ...(content === undefined ? {} : { resource: content }),
  }
}

function outcomeEntries(issues: readonly HubIssue[]): readonly BundleEntryText[] {
  if (issues.length === 0) return []
  const resource = formatJson(outcomeOf(issues))
  return [{ resource, search: { mode: 'outcome' } }]
}
