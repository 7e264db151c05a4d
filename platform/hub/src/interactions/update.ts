import { isJsonObject } from '@samband/fhir/fhirpath'
import { v7 as uuidv7 } from 'uuid'
import type { Caller } from '../access/caller.ts'
import { assertAccess, scopeMissing } from '../access/visibility.ts'
import type { HubContext } from '../hub-context.ts'
import { HubError } from '../hub-error.ts'
import type { StoredResource } from '../storage/stored.ts'
import { assertOwnId, assertType, checkResource, isId } from './check-resource.ts'
import { parseCriteria } from './criteria.ts'
import { checkPreconditions } from './preconditions.ts'
import { PreparedResource } from './prepared-resource.ts'
import { runWrite } from './run-write.ts'
import type { UpdateByCriteriaRequest, UpdateRequest, WriteOutcome } from './write-outcome.ts'
import type { WriteStep } from './write-step.ts'

/**
 * FHIR R4 http.html#update, and as create (#upsert) with an id of the client's. The same content as the current one makes no
 * version. Resolves after the commit.
 *
 * @throws HubError 400, 403, 404 (the caller may not see it), 412, 422
 */
export async function updateResource(context: HubContext, request: UpdateRequest): Promise<WriteOutcome> {
  const { caller, type, id, resource } = request
  assertMayWrite(caller, type)
  checkPreconditions(request)
  assertType(type, resource)
  assertOwnId(id, resource)
  const warnings = checkResource(context, type, resource)
  const prepared = new PreparedResource(context, { type, id }, resource).prepare()
  const step: WriteStep = { kind: 'put', prepared, warnings, ...preconditionsOf(request) }
  return await runWrite(context, { caller, stepFor: () => step })
}

/**
 * FHIR R4 http.html#cond-update: what meets the criteria is updated, and where nothing does the resource is created, with
 * its own id if it has one.
 *
 * @throws HubError 400 (the id of the body is not that of the match), 403, 409 (nothing meets the criteria, and the id is
 * another's), 412 (several meet them, or preconditions), 422
 */
export async function updateByCriteria(context: HubContext, request: UpdateByCriteriaRequest): Promise<WriteOutcome> {
  const { caller, type, resource } = request
  assertMayWrite(caller, type)
  assertAccess(caller, 'search', type)
  checkPreconditions(request)
  const criteria = parseCriteria(context, type, request.criteria)
  const warnings = checkResource(context, type, resource)
  const own = ownIdOf(resource)
  const fresh = new PreparedResource(context, { type, id: own ?? uuidv7() }, resource).prepare()
  const stepFor = (match: StoredResource | undefined): WriteStep => {
    assertSameId(own, match)
    const common = { kind: 'put', warnings, ...preconditionsOf(request) } as const
    if (match === undefined) return { ...common, prepared: fresh, mustBeNew: true }
    const prepared = match.id === fresh.id ? fresh : new PreparedResource(context, match, resource).prepare()
    return { ...common, prepared, expected: match.version }
  }
  return await runWrite(context, { caller, criteria, stepFor })
}

/** Whether it will be a creation is not known yet: one of both has to be allowed. @throws HubError 403 */
export function assertMayWrite(caller: Caller, type: string): void {
  const kinds = ['update', 'create'] as const
  const mayAny = kinds.some(kind => {
    const visibility = caller.access(kind, type)
    return visibility === 'all' || (visibility !== 'none' && visibility.length > 0)
  })
  if (!mayAny) throw scopeMissing('update', type)
}

/** The id that the body of a conditional update brings along. @throws HubError 400 */
export function ownIdOf(resource: unknown): string | undefined {
  const id = isJsonObject(resource) ? resource['id'] : undefined
  if (id === undefined || isId(id)) return id
  throw new HubError({
    code: 'id-invalid',
    category: 'incorrect',
    message: 'an id has 1 to 64 of the characters A-Z, a-z, 0-9, - and .',
  })
}

/** @throws HubError 400 */
export function assertSameId(own: string | undefined, match: { readonly id: string } | undefined): void {
  if (own === undefined || match === undefined || own === match.id) return
  throw new HubError({
    code: 'id-differs',
    category: 'incorrect',
    message: 'the resource has another id than the one that meets the criteria',
  })
}

export function preconditionsOf({
  ifMatch,
  ifNoneMatch,
}: {
  readonly ifMatch?: string
  readonly ifNoneMatch?: string
}): { readonly ifMatch?: string; readonly ifNoneMatch?: string } {
  return {
    ...(ifMatch === undefined ? {} : { ifMatch }),
    ...(ifNoneMatch === undefined ? {} : { ifNoneMatch }),
  }
}
