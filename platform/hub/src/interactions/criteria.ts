import { formatSearch, parseSearch, type SearchQuery } from '@samband/fhir/search'
import type { HubContext } from '../hub-context.ts'
import { HubError } from '../hub-error.ts'

/** What a conditional interaction looks for. */
export type Criteria = {
  readonly type: string
  readonly query: SearchQuery
  /** The same text for what means the same, as far as the order of its parts goes. */
  readonly text: string
}

const nothingAsked: SearchQuery['result'] = { include: [], revinclude: [], sort: [], elements: [] }

/**
 * Reads the criteria of a conditional interaction, as they stand after `?`. What only shapes an answer (`_format`) is passed
 * over.
 *
 * @throws HubError 400: not understood; strict whatever the client prefers, since a condition that is left out changes
 * another resource; 412: no condition at all
 */
export function parseCriteria(context: HubContext, type: string, criteria: string): Criteria {
  const text = criteria.slice(
    criteria.startsWith('?') || criteria.startsWith(`${type}?`) ? criteria.indexOf('?') + 1 : 0,
  )
  const { query, issues } = parseSearch(text, {
    parameters: context.searchParameters(),
    resourceType: type,
    isOwnBase: base => base === context.baseUrl,
  })
  if (issues.length > 0) {
    throw new HubError({
      code: 'criteria-invalid',
      category: 'incorrect',
      message: `the criteria are no search of ${type}`,
      issues: issues.slice(0, context.limits.issuesMax).map(issue => ({
        severity: 'error',
        type: 'invalid',
        code: issue.code,
        text: `${issue.parameter}: ${issue.text}`,
      })),
    })
  }
  if (query.criteria.length === 0) {
    throw new HubError({
      code: 'criteria-missing',
      category: 'conflict',
      status: 412,
      message: 'a conditional interaction needs a condition',
    })
  }
  const one = (criterion: SearchQuery['criteria'][number]): string =>
    formatSearch({ resourceTypes: [type], criteria: [criterion], result: nothingAsked }, true)
  return {
    type,
    query: { resourceTypes: [type], criteria: query.criteria, result: nothingAsked },
    text: [...new Set(query.criteria.map(one))].toSorted().join('&'),
  }
}

/**
 * What conditional interactions with the same criteria wait for, in all processes: among them there is one at a time, so
 * that of any number of conditional creations one creates. Criteria of one identifier are looked up again while nobody else
 * can commit (`assertUnmet`), so that a plain creation of the same resource, or one with other criteria, makes no second one
 * either. With criteria of another shape who mixes them can still make two.
 */
export function criteriaKey(context: HubContext, { type, text }: Criteria): string {
  return context.store.keys.lock('criteria', type, text)
}

export function severalMatches(type: string): HubError {
  return new HubError({
    code: 'criteria-not-selective',
    category: 'conflict',
    status: 412,
    message: `several resources of the type ${type} meet the criteria, and one is needed`,
    issues: [
      {
        severity: 'error',
        type: 'multiple-matches',
        code: 'criteria-not-selective',
        text: `several resources of the type ${type} meet the criteria, and one is needed`,
      },
    ],
  })
}
