import { randomUUID } from 'node:crypto'
import type { JsonObject } from '@samband/fhir/fhirpath'
import type { Criterion, Pair, SearchQuery } from '@samband/fhir/search'
import { assertAccess, isVisible } from '../access/visibility.ts'
import type { HubContext } from '../hub-context.ts'
import { HubError } from '../hub-error.ts'
import { bundleText } from '../http/bundle-text.ts'
import type { OperationCall, OperationHandler } from '../http/operation-answers.ts'
import { pageLinks } from '../http/page-links.ts'
import { patientsOf } from '../http/patients.ts'
import { parsePrefer } from '../http/prefer.ts'
import { parseQuery } from '../search/parse-query.ts'
import { search } from '../search/search.ts'
import { type DatedObservation, datedObservation, lastOfEach } from './observation-groups.ts'
import { readInput, refuseLevel, refuseParameter } from './operation-input.ts'

/**
 * `Observation/$lastn` (FHIR R4 observation-operation-lastn): of the observations that a search finds, the last `max` of each
 * code, newest first. The search names whom it is about (`patient`, `subject`), unless the caller's context has a patient;
 * several subjects are grouped apart. Neither a category nor a code is insisted upon: what is looked at is bounded instead.
 *
 * @throws HubError 400, 403, 503 `search-too-costly`: more than `lastnMax` observations
 */
export const lastn: OperationHandler = async (context, call) => {
  if (call.type !== 'Observation' || call.id !== undefined) refuseLevel('$lastn is there for the type Observation')
  const { caller, signal, prefer } = call
  assertAccess(caller, 'search', 'Observation')
  const input = readInput(call, 'search')
  const max = maxOf(context, input.one('max'))
  const { lenient } = parsePrefer(prefer)
  const pairs = withPatient(
    context,
    call,
    input.pairs.filter(([name]) => name !== 'max'),
    lenient,
  )
  const { query } = parseQuery(context, { type: 'Observation', pairs, lenient })
  refuseResultOptions(query)
  const found = await datedMatches(context, call, query)
  const last = await Promise.all(
    lastOfEach(found, max).map(async ({ id }) => await context.store.read('Observation', id)),
  )
  // Changed or deleted while this was worked out.
  const given = last.flatMap(stored =>
    stored?.content !== undefined && isVisible(context, caller, 'search', stored)
      ? [{ ...stored, content: stored.content }]
      : [],
  )
  signal?.throwIfAborted()
  const self: readonly Pair[] = [...pairs, ...(input.one('max') === undefined ? [] : [['max', String(max)] as const])]
  const text = bundleText(
    context,
    {
      type: 'searchset',
      id: randomUUID(),
      total: given.length,
      links: pageLinks(`${context.baseUrl}/Observation/$lastn`, self, {}).filter(({ relation }) => relation === 'self'),
      entries: given.map(({ type, id, content }) => ({
        fullUrl: `${context.baseUrl}/${type}/${id}`,
        resource: content,
        search: { mode: 'match' },
      })),
    },
    call.general,
  )
  const contents = given.map(({ content }) => content)
  return {
    text,
    resources: given.map(({ type, id }) => ({ type, id })),
    patients: patientsOf(context, given, contents),
  }
}

/** All that the search finds, as little of each as grouping needs. */
async function datedMatches(
  context: HubContext,
  { caller, signal }: OperationCall,
  { resourceTypes, criteria }: SearchQuery,
): Promise<readonly DatedObservation[]> {
  const { pageMax, lastnMax } = context.limits
  const result = { include: [], revinclude: [], sort: [], elements: [], count: pageMax, total: 'none' as const }
  const found = new Map<string, DatedObservation>()
  let cursor: string | undefined
  do {
    const page = await search(context, {
      query: { resourceTypes, criteria, result },
      caller,
      ...(cursor === undefined ? {} : { cursor }),
      ...(signal === undefined ? {} : { signal }),
    })
    for (const { id, content } of page.matches) {
      // The text of decimals does not matter to codes and dates.
      if (content !== undefined) found.set(id, datedObservation(id, JSON.parse(content) as JsonObject))
    }
    if (found.size > lastnMax) throw tooMany(lastnMax)
    cursor = page.next
  } while (cursor !== undefined)
  return [...found.values()]
}

/** Who wants more of a code than the limit wants a search. */
function maxOf({ limits }: HubContext, written: string | undefined): number {
  if (written === undefined) return 1
  if (!/^[1-9]\d{0,8}$/.test(written)) refuseParameter('max', 'it is a number, 1 or more')
  return Math.min(Number(written), limits.lastnEachMax)
}

/** @throws HubError 400: nothing says whom it is about */
function withPatient(
  context: HubContext,
  { caller }: OperationCall,
  pairs: readonly Pair[],
  lenient: boolean,
): readonly Pair[] {
  const { query } = parseQuery(context, { type: 'Observation', pairs, lenient })
  if (query.criteria.some(saysWhom)) return pairs
  if (caller.patient !== undefined) return [...pairs, ['patient', `Patient/${caller.patient}`]]
  refuseParameter('patient', 'the operation is about someone: it needs patient or subject', 'parameter-missing')
}

function saysWhom(criterion: Criterion): boolean {
  switch (criterion.kind) {
    case 'parameter': {
      const { parameter, modifier } = criterion
      return isSubject(parameter.code) && (modifier === undefined || modifier === 'identifier')
    }
    case 'chain':
      return isSubject(criterion.parameter.code)
    default:
      return false
  }
}

function isSubject(code: string): boolean {
  return code === 'patient' || code === 'subject'
}

/** Order and number are the operation's own. @throws HubError 400 */
function refuseResultOptions({ result }: SearchQuery): void {
  const { include, revinclude, sort, count, total } = result
  if (sort.length > 0) refuseParameter('_sort', 'the last of each code come newest first')
  if (count !== undefined) refuseParameter('_count', 'max says how many of each code are wanted')
  if (include.length + revinclude.length > 0) refuseParameter('_include', 'the operation gives observations alone')
  if (total !== undefined) refuseParameter('_total', 'the total is always told')
}

function tooMany(lastnMax: number): HubError {
  const message = `more than ${lastnMax} observations match: narrow them by a category, a code or a date`
  return new HubError({
    code: 'search-too-costly',
    category: 'busy',
    status: 503,
    message,
    issues: [{ severity: 'error', type: 'too-costly', code: 'search-too-costly', text: message }],
  })
}
