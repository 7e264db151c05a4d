import type { AccessKind, Caller, Visibility, VisibilityFilter } from './caller.ts'
import type { ResourceScope, ScopeLevel } from './scopes.ts'

/** What a level reaches of a type before the scope's query narrows it. */
export type Reach = (kind: AccessKind, type: string) => Visibility

/** Undefined for a level that does not apply: scopes of level `patient` without a patient in the token. */
export type Reaches = { readonly [L in ScopeLevel]: Reach | undefined }

/** Kinds times types of R4, and some more: a type that there is not is asked for too. */
const answersMax = 1_000

/**
 * The union of what the scopes give: a resource may be seen when one of them allows it. Worked out once for each kind and
 * type, since it is asked for each resource.
 */
export function scopeAccess(scopes: readonly ResourceScope[], reaches: Reaches): Caller['access'] {
  const known = new Map<string, Visibility>()
  return (kind, type) => {
    const key = `${kind} ${type}`
    let visibility = known.get(key)
    if (visibility === undefined) {
      visibility = union(scopes, reaches, kind, type)
      if (known.size < answersMax) known.set(key, visibility)
    }
    return visibility
  }
}

function union(scopes: readonly ResourceScope[], reaches: Reaches, kind: AccessKind, type: string): Visibility {
  const filters = new Map<string, VisibilityFilter>()
  for (const scope of scopes) {
    if ((scope.type !== '*' && scope.type !== type) || !scope.kinds.has(kind)) continue
    const reached = narrowed(reaches[scope.level]?.(kind, type) ?? 'none', scope.query)
    if (reached === 'all') return 'all'
    if (reached === 'none') continue
    for (const filter of reached) {
      filters.set(`${filter.compartment?.type}/${filter.compartment?.id}?${filter.query ?? ''}`, filter)
    }
  }
  return filters.size === 0 ? 'none' : [...filters.values()]
}

/** Both have to hold: what the level reaches, and the scope's query. */
function narrowed(visibility: Visibility, query: string | undefined): Visibility {
  if (query === undefined || visibility === 'none') return visibility
  if (visibility === 'all') return [{ query }]
  return visibility.map(filter => ({
    ...filter,
    query: filter.query === undefined ? query : `${filter.query}&${query}`,
  }))
}
