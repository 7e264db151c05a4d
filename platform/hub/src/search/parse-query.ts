import { type Pair, parseSearch, type SearchIssue, type SearchIssueCode, type SearchQuery } from '@samband/fhir/search'
import type { HubContext } from '../hub-context.ts'
import { HubError, type HubIssue } from '../hub-error.ts'
import { withoutUnready } from '../reindex/unready-parameters.ts'

/** OperationOutcome.issue.code of what can be wrong with a search (FHIR R4 valueset-issue-type). */
const issueType: Readonly<Record<SearchIssueCode, string>> = {
  'parameter-unknown': 'not-supported',
  'parameter-misplaced': 'invalid',
  'modifier-invalid': 'not-supported',
  'value-malformed': 'value',
  'prefix-invalid': 'value',
  'type-unknown': 'not-supported',
  'chain-invalid': 'invalid',
  'filter-invalid': 'invalid',
  'encoding-invalid': 'invalid',
  'search-too-large': 'too-costly',
  'expression-unsupported': 'not-supported',
  'expression-failed': 'exception',
}

/** Names in the address of a page that are the server's own. */
const ownNames: ReadonlySet<string> = new Set(['_cursor'])

/**
 * Reads what follows `?`, or the body of a form. A lenient client (`Prefer: handling=lenient`) gets warnings for what was
 * passed over; what is beyond the limits is refused in any case.
 *
 * @throws HubError 400 with an issue for each parameter that means nothing here (FHIR R4 search.html#errors), 503 for one
 * that resources are still being indexed by
 */
export function parseQuery(
  context: HubContext,
  input: { readonly type?: string; readonly pairs: string | readonly Pair[]; readonly lenient: boolean },
): { readonly query: SearchQuery; readonly warnings: readonly HubIssue[] } {
  const { query, issues } = parseSearch(input.pairs, {
    parameters: context.searchParameters(),
    isOwnBase: base => base === context.baseUrl,
    passedOver: ownNames,
    ...(input.type === undefined ? {} : { resourceType: input.type }),
  })
  const refuse = !input.lenient || issues.some(({ code }) => code === 'search-too-large')
  if (issues.length > 0 && refuse) {
    throw new HubError({
      code: issues[0]?.code ?? 'search-invalid',
      category: 'incorrect',
      status: 400,
      message: 'the search has parameters that cannot be used',
      issues: issues.slice(0, context.limits.issuesMax).map(issue => hubIssue(issue, 'error')),
    })
  }
  const usable = withoutUnready(context, query, input.lenient)
  return { query: usable.query, warnings: [...issues.map(issue => hubIssue(issue, 'warning')), ...usable.warnings] }
}

function hubIssue({ code, parameter, text }: SearchIssue, severity: 'error' | 'warning'): HubIssue {
  return { severity, type: issueType[code], code, text: parameter === '' ? text : `${parameter}: ${text}` }
}
