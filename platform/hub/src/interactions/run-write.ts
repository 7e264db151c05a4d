import type { Caller } from '../access/caller.ts'
import type { HubContext } from '../hub-context.ts'
import type { HubTransaction } from '../storage/hub-store.ts'
import type { StoredResource } from '../storage/stored.ts'
import { applySteps } from './apply-steps.ts'
import { type Criteria, criteriaKey } from './criteria.ts'
import { matchOne, quickCriteria } from './match-one.ts'
import { WriteGroup } from './write-group.ts'
import type { WriteOutcome } from './write-outcome.ts'
import type { WriteStep } from './write-step.ts'

/** A change of one resource, which is named by the step or found by the criteria. */
export type WriteJob = {
  readonly caller: Caller
  readonly criteria?: Criteria
  /** May be asked again: a transaction that collides runs again. Throws HubError. */
  readonly stepFor: (match: StoredResource | undefined) => WriteStep
}

/** One for each context: what one context may do, another may refuse. */
const groups = new WeakMap<HubContext, WriteGroup>()

/**
 * Does a change and resolves after its commit. Changes share transactions with others that come at the same time, unless
 * what they need may take long: to search by more than an identifier, or to look for references.
 */
export async function runWrite(context: HubContext, job: WriteJob): Promise<WriteOutcome> {
  const { caller, criteria } = job
  const isQuick = criteria === undefined || quickCriteria(context, caller, [criteria]).length === 1
  if (!isQuick || context.references === 'refuse')
    return await context.store.transaction(transaction => performAlone(context, transaction, job))
  let group = groups.get(context)
  if (group === undefined) groups.set(context, (group = new WriteGroup(context)))
  return await group.add(job)
}

async function performAlone(
  context: HubContext,
  transaction: HubTransaction,
  { caller, criteria, stepFor }: WriteJob,
): Promise<WriteOutcome> {
  let match: StoredResource | undefined
  if (criteria !== undefined) {
    await transaction.lockKeys([criteriaKey(context, criteria)])
    match = await matchOne(context, transaction, caller, criteria)
  }
  const unmet = criteria === undefined || match !== undefined ? [] : [criteria]
  const [outcome] = await applySteps(context, transaction, caller, [stepFor(match)], { unmet })
  if (outcome === undefined) throw new Error('a step has an outcome')
  return outcome
}
