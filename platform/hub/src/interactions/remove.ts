import { assertAccess } from '../access/visibility.ts'
import type { HubContext } from '../hub-context.ts'
import { HubError } from '../hub-error.ts'
import { applySteps } from './apply-steps.ts'
import { type Criteria, criteriaKey, parseCriteria, severalMatches } from './criteria.ts'
import { matchEach } from './match-one.ts'
import { checkPreconditions } from './preconditions.ts'
import { runWrite } from './run-write.ts'
import { preconditionsOf } from './update.ts'
import type { DeleteByCriteriaRequest, DeleteRequest, WriteOutcome } from './write-outcome.ts'
import type { WriteStep } from './write-step.ts'

/**
 * FHIR R4 http.html#delete: what is deleted already, was never there, or is not the caller's to see, needs no deletion and
 * answers the same. The versions before stay in the history.
 *
 * @throws HubError 400, 403, 409 (others refer to it, where the hub refuses that), 412
 */
export async function deleteResource(context: HubContext, request: DeleteRequest): Promise<WriteOutcome> {
  const { caller, type, id } = request
  assertAccess(caller, 'delete', type)
  checkPreconditions(request)
  const step: WriteStep = { kind: 'delete', name: { type, id }, ...preconditionsOf(request) }
  return await runWrite(context, { caller, stepFor: () => step })
}

/** What a conditional deletion deleted: an outcome for each, none where nothing meets the criteria. */
export type DeletionOutcome = WriteOutcome & { readonly deleted: readonly WriteOutcome[] }

/**
 * FHIR R4 http.html#3.1.0.7.1 (conditional delete), all in one transaction.
 *
 * @throws HubError 400, 403, 409, 412: several meet the criteria and one is allowed; more than `conditionalDeleteMax` do
 */
export async function deleteByCriteria(
  context: HubContext,
  request: DeleteByCriteriaRequest,
): Promise<DeletionOutcome> {
  const { caller, type, multiple } = request
  assertAccess(caller, 'delete', type)
  assertAccess(caller, 'search', type)
  const criteria = parseCriteria(context, type, request.criteria)
  const limit = multiple ? context.limits.conditionalDeleteMax : 1
  return await context.store.transaction(async transaction => {
    await transaction.lockKeys([criteriaKey(context, criteria)])
    const [found = []] = await matchEach(context, transaction, caller, [criteria], limit + 1)
    if (found.length > limit) throw multiple ? tooMany(criteria, limit) : severalMatches(type)
    const steps = found.map(({ id, version }): WriteStep => ({ kind: 'delete', name: { type, id }, expected: version }))
    const deleted = await applySteps(context, transaction, caller, steps)
    const [only] = deleted
    const stored = deleted.length === 1 && only?.stored !== undefined ? { stored: only.stored } : {}
    return {
      status: 204,
      method: 'delete',
      changed: deleted.some(({ changed }) => changed),
      warnings: [],
      deleted,
      ...stored,
    }
  })
}

export function tooMany({ type }: Criteria, limit: number): HubError {
  const text = `more than ${limit} resources of the type ${type} meet the criteria, and one deletion removes at most that many`
  return new HubError({
    code: 'too-many-to-delete',
    category: 'conflict',
    status: 412,
    message: text,
    issues: [{ severity: 'error', type: 'too-costly', code: 'too-many-to-delete', text }],
  })
}
