import type { Criterion } from '@samband/fhir/search'
import { type Condition, never } from './condition.ts'
import { fetchMatches } from './fetch-matches.ts'
import { tooBroad } from './refused.ts'
import type { SearchScope } from './scope.ts'

/**
 * A criterion that SQL can only approximate, where no page of results can be compared: it becomes the resources that meet it.
 *
 * @throws HubError 400 where those are too many
 */
export async function materialise(
  scope: SearchScope,
  type: string,
  criterion: Criterion,
  condition: Condition,
): Promise<Condition> {
  const { searchComparedMax } = scope.context.limits
  const matches = await fetchMatches(
    scope,
    { type, condition, compared: [criterion] },
    { order: { keys: [], descending: false }, backward: false, limit: searchComparedMax + 1 },
  )
  if (matches.length > searchComparedMax) {
    throw tooBroad(
      `Inside a chain, a composite or a value that has to be compared may find at most ${searchComparedMax} resources`,
    )
  }
  return matches.length === 0 ? never : { kind: 'rids', rids: matches.map(({ resource }) => resource.rid) }
}
