import type { AccessKind } from '../access/caller.ts'
import { isVisible } from '../access/visibility.ts'
import { visibilityQuery } from '../access/visibility-query.ts'
import type { StoredResource } from '../storage/stored.ts'
import { compileCriterion, compileExactly } from './compile-criterion.ts'
import { always, and, type Condition, never, or } from './condition.ts'
import type { SearchScope } from './scope.ts'

/** What the caller may see of a type, as a condition that needs no further look. */
export async function visibilityCondition(scope: SearchScope, kind: AccessKind, type: string): Promise<Condition> {
  return (await visibility(scope, kind, type, true)).condition
}

/**
 * The same for the resources of a page. Where SQL finds too many, `see` says which of them are visible; it is absent where
 * SQL is exact.
 */
export async function pageVisibility(
  scope: SearchScope,
  kind: AccessKind,
  type: string,
): Promise<{ readonly condition: Condition; readonly see?: (resource: StoredResource) => boolean }> {
  const { condition, exact } = await visibility(scope, kind, type, false)
  if (exact) return { condition }
  return { condition, see: resource => isVisible(scope.context, scope.caller, kind, resource) }
}

async function visibility(
  scope: SearchScope,
  kind: AccessKind,
  type: string,
  exactly: boolean,
): Promise<{ readonly condition: Condition; readonly exact: boolean }> {
  const allowed = scope.caller.access(kind, type)
  if (allowed === 'all') return { condition: always, exact: true }
  if (allowed === 'none') return { condition: never, exact: true }
  const { keys } = scope.context.store
  const filters: Condition[] = []
  let exact = true
  for (const { compartment, query } of allowed) {
    const parts: Condition[] = []
    if (compartment !== undefined) {
      const own = keys.compartment(compartment.type, keys.resource(compartment.type, compartment.id))
      parts.push({ kind: 'tokens', keys: [own] })
    }
    if (query !== undefined) {
      const read = visibilityQuery(scope.context, type, query)
      // What cannot be decided is not visible.
      if (!read.ok) continue
      for (const criterion of read.query.criteria) {
        if (exactly) parts.push(await compileExactly(scope, type, criterion))
        else {
          const compiled = await compileCriterion(scope, type, criterion)
          parts.push(compiled.condition)
          exact &&= compiled.exact
        }
      }
    }
    filters.push(and(parts))
  }
  return { condition: or(filters), exact }
}
