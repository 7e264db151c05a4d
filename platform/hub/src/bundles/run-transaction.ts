import type { JsonObject } from '@samband/fhir/fhirpath'
import type { Queryable } from '@samband/store'
import type { Caller } from '../access/caller.ts'
import type { HubContext } from '../hub-context.ts'
import { HubError } from '../hub-error.ts'
import type { HubAnswer } from '../http/hub-request.ts'
import { parsePrefer, type Preferences } from '../http/prefer.ts'
import { applySteps, atPlace } from '../interactions/apply-steps.ts'
import type { Criteria } from '../interactions/criteria.ts'
import type { WriteOutcome } from '../interactions/write-outcome.ts'
import { nameOfStep } from '../interactions/write-step.ts'
import { type HubTransaction, nameOf } from '../storage/hub-store.ts'
import { answerResponse, writeResponse } from './entry-response.ts'
import { entriesOverlap, prepareTransaction, type TransactionPlan } from './prepare-transaction.ts'
import { type Resolution, resolveEntries } from './resolve-entries.ts'
import { cancelled } from './run-batch.ts'
import { answerReadEntry } from './transaction-reads.ts'
import { type EntryStep, transactionSteps } from './transaction-steps.ts'
import { Turns } from './turns.ts'

export type TransactionRequest = {
  readonly caller: Caller
  readonly bundle: JsonObject
  /**
   * A transaction of the database that the caller began and will commit; it has to run again on a collision (`isCollision`).
   * Without it the hub has its own, and answers after its commit.
   */
  readonly client?: Queryable
  /** The same where that is the hub's own, whose followers of the feed are then woken at once. */
  readonly transaction?: HubTransaction
  readonly prefer?: string
  readonly signal?: AbortSignal
}

/**
 * FHIR R4 http.html#trules: all entries or none, in one transaction of the database, in the order DELETE, POST, PUT and
 * PATCH, GET. Parsed and validated before that begins; run again when the database could not let it through beside others.
 *
 * @throws HubError naming the entry; SambandError `busy` when it collided too often
 */
export async function runTransaction(context: HubContext, request: TransactionRequest): Promise<JsonObject> {
  const { client, transaction: given, caller, prefer, signal } = request
  const preferences = parsePrefer(prefer)
  const plan = await prepareTransaction(context, request)
  const run = async (transaction: HubTransaction): Promise<JsonObject> => {
    if (signal?.aborted === true) throw cancelled()
    return await perform(context, transaction, caller, plan, preferences)
  }
  if (given !== undefined) return await run(given)
  return client === undefined ? await context.store.transaction(run) : await run(context.store.within(client))
}

async function perform(
  context: HubContext,
  transaction: HubTransaction,
  caller: Caller,
  plan: TransactionPlan,
  preferences: Preferences,
): Promise<JsonObject> {
  const resolution = await resolveEntries(context, transaction, caller, plan)
  const steps = await transactionSteps(context, plan, resolution)
  assertDistinct(steps)
  const outcomes = await applySteps(
    context,
    transaction,
    caller,
    steps.map(({ step }) => step),
    { prefixOf: index => steps[index]?.at ?? '', unmet: unmetCriteria(plan, resolution) },
  )
  const written = byEntry(steps, outcomes)
  const answers = new Map<number, HubAnswer>()
  for (const entry of plan.entries) {
    if (entry.kind !== 'read') continue
    try {
      answers.set(entry.index, await answerReadEntry(context, transaction, entry))
    } catch (error) {
      throw error instanceof HubError ? atPlace(error, entry.at) : error
    }
  }
  const entries: JsonObject[] = []
  const turns = new Turns(undefined)
  for (const { index } of plan.entries) {
    const answer = answers.get(index)
    entries.push(
      answer === undefined
        ? responseOf(context, caller, written, resolution, index, preferences)
        : answerResponse(answer),
    )
    await turns.next()
  }
  return { resourceType: 'Bundle', type: 'transaction-response', ...(entries.length === 0 ? {} : { entry: entries }) }
}

/** Of entries that create something because nothing meets them. */
function unmetCriteria({ entries }: TransactionPlan, { matches }: Resolution): readonly Criteria[] {
  return entries.flatMap(entry => {
    if (entry.kind !== 'create' && entry.kind !== 'update') return []
    return entry.criteria === undefined || (matches.get(entry.index) ?? []).length > 0 ? [] : entry.criteria
  })
}

type Written = ReadonlyMap<number, readonly { readonly step: EntryStep['step']; readonly outcome: WriteOutcome }[]>

function byEntry(steps: readonly EntryStep[], outcomes: readonly WriteOutcome[]): Written {
  const written = new Map<number, { step: EntryStep['step']; outcome: WriteOutcome }[]>()
  for (const [place, { index, step }] of steps.entries()) {
    const outcome = outcomes[place]
    if (outcome === undefined) continue
    const list = written.get(index)
    if (list === undefined) written.set(index, [{ step, outcome }])
    else list.push({ step, outcome })
  }
  return written
}

function responseOf(
  context: HubContext,
  caller: Caller,
  written: Written,
  { sameAs }: Resolution,
  index: number,
  preferences: Preferences,
): JsonObject {
  const same = sameAs.get(index)
  const [first, another] = written.get(same ?? index) ?? []
  if (first === undefined || another !== undefined) {
    // A conditional deletion, of nothing or of several.
    const changed = first !== undefined
    return writeResponse(
      context,
      caller,
      { status: 204, method: 'delete', changed, warnings: [] },
      preferences,
      undefined,
    )
  }
  const { step, outcome } = first
  const resource = step.kind === 'insert' || step.kind === 'put' ? step.prepared.resource : undefined
  return writeResponse(
    context,
    caller,
    same === undefined ? outcome : { ...outcome, status: 200 },
    preferences,
    resource,
  )
}

/** @throws HubError 400: criteria of two entries met the same resource */
function assertDistinct(steps: readonly EntryStep[]): void {
  const seen = new Map<string, number>()
  for (const { step, index, at } of steps) {
    const name = nameOfStep(step)
    if (name === undefined) continue
    const known = seen.get(nameOf(name))
    if (known !== undefined) throw entriesOverlap(at)
    seen.set(nameOf(name), index)
  }
}
