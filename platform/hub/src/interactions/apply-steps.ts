import { parseJson } from '@samband/fhir'
import { isJsonObject, type JsonObject } from '@samband/fhir/fhirpath'
import { type Caller, systemCaller } from '../access/caller.ts'
import { assertAccess, isVisible } from '../access/visibility.ts'
import type { HubContext } from '../hub-context.ts'
import { HubError } from '../hub-error.ts'
import { type HubTransaction, nameOf } from '../storage/hub-store.ts'
import type { StoredResource } from '../storage/stored.ts'
import type { Criteria } from './criteria.ts'
import { matchEach, quickCriteria } from './match-one.ts'
import { assertPreconditions } from './preconditions.ts'
import type { PreparedResource, RowlessWrite } from './prepared-resource.ts'
import { checkNotReferred, checkReferences } from './reference-policy.ts'
import type { WriteOutcome } from './write-outcome.ts'
import { ChangedMeanwhile, nameOfStep, type WriteStep } from './write-step.ts'

/** Where in the request a step stands, for complaints: 'Bundle.entry[3]', or '' for the request itself. */
type PrefixOf = (index: number) => string

/** What a step comes to, before it is written. */
type Planned = {
  readonly outcome: WriteOutcome
  readonly write?: RowlessWrite
  readonly prepared?: PreparedResource
}

/**
 * Steps written by one statement: a statement of more would have parameters of hundreds of megabytes, and index rows of all
 * of them in memory at once.
 */
const writeChunk = 500

/** About 10 ms. */
const stepsPerTurn = 500

/**
 * Locks what the steps change, decides what each comes to, and writes all of it. The steps are of different resources.
 *
 * @param unmet criteria that nothing met, which has to be so still when it is written
 * @throws HubError the first refusal; what was written then is rolled back with the transaction
 */
export async function applySteps(
  context: HubContext,
  transaction: HubTransaction,
  caller: Caller,
  steps: readonly WriteStep[],
  { prefixOf = (): string => '', unmet = [] }: { prefixOf?: PrefixOf; unmet?: readonly Criteria[] } = {},
): Promise<readonly WriteOutcome[]> {
  const locked = await lockSteps(transaction, steps)
  const planned: Planned[] = []
  for (const [index, step] of steps.entries()) {
    try {
      planned.push(planStep(context, caller, step, locked))
    } catch (error) {
      throw error instanceof HubError ? atPlace(error, prefixOf(index)) : error
    }
    if (index % stepsPerTurn === stepsPerTurn - 1) await new Promise(resolve => setImmediate(resolve))
  }
  if (context.references === 'refuse') await checkIntegrity(context, transaction, planned, prefixOf)
  await assertUnmet(context, transaction, quickCriteria(context, caller, unmet), planned)
  await writePlanned(transaction, planned)
  return planned.map(({ outcome }) => outcome)
}

/**
 * The same for steps of several callers that have nothing to do with each other: a refusal is the outcome of its own step.
 * For a hub that does not look for what references lead to.
 *
 * @param unmet of callers who see all, by one identifier each (`quickCriteria`)
 */
export async function applyEach(
  context: HubContext,
  transaction: HubTransaction,
  steps: readonly { readonly caller: Caller; readonly step: WriteStep }[],
  unmet: readonly Criteria[],
): Promise<readonly (WriteOutcome | HubError)[]> {
  const locked = await lockSteps(
    transaction,
    steps.map(({ step }) => step),
  )
  const planned = steps.map(({ caller, step }): Planned | HubError => {
    try {
      return planStep(context, caller, step, locked)
    } catch (error) {
      if (error instanceof HubError) return error
      throw error
    }
  })
  const done = planned.flatMap(each => (each instanceof HubError ? [] : each))
  await assertUnmet(context, transaction, unmet, done)
  await writePlanned(transaction, done)
  return planned.map(each => (each instanceof HubError ? each : each.outcome))
}

async function lockSteps(
  transaction: HubTransaction,
  steps: readonly WriteStep[],
): Promise<ReadonlyMap<string, StoredResource>> {
  const names = steps.flatMap(step => nameOfStep(step) ?? [])
  return names.length === 0 ? new Map<string, StoredResource>() : await transaction.lock(names)
}

async function writePlanned(transaction: HubTransaction, planned: readonly Planned[]): Promise<void> {
  const writes = planned.flatMap(({ write, prepared }) => (write === undefined ? [] : { write, prepared }))
  for (let at = 0; at < writes.length; at += writeChunk) {
    const chunk = writes.slice(at, at + writeChunk)
    await transaction.write(chunk.map(({ write, prepared }) => ({ ...write, rows: prepared?.rows() })))
  }
}

/**
 * Looks once more for what was to be created only where nothing is, now that nobody else can commit.
 *
 * @throws ChangedMeanwhile: somebody made it, and the transaction runs again
 */
async function assertUnmet(
  context: HubContext,
  transaction: HubTransaction,
  quick: readonly Criteria[],
  planned: readonly Planned[],
): Promise<void> {
  if (quick.length === 0) return
  const deleted = new Set(planned.flatMap(({ write }) => (write?.method === 'delete' ? nameOf(write) : [])))
  await transaction.lockChanges()
  const limit = 1 + Math.min(deleted.size, context.limits.conditionalDeleteMax)
  const found = await matchEach(context, transaction, systemCaller, quick, limit)
  if (found.flat().some(each => !deleted.has(nameOf(each)))) throw new ChangedMeanwhile()
}

async function checkIntegrity(
  context: HubContext,
  transaction: HubTransaction,
  planned: readonly Planned[],
  prefixOf: PrefixOf,
): Promise<void> {
  const changed = planned.map(({ write, prepared }, index) => ({ write, prepared, index }))
  const deleted = changed.flatMap(({ write, index }) => (write?.method === 'delete' ? { ...write, index } : []))
  const written = changed.flatMap(({ write, prepared, index }) =>
    write === undefined || prepared === undefined ? [] : { prepared, index },
  )
  await checkReferences(context, transaction, written, new Set(deleted.map(nameOf)), prefixOf)
  const touched = new Set(planned.flatMap(({ write }) => (write === undefined ? [] : nameOf(write))))
  await checkNotReferred(context, transaction, deleted, touched, prefixOf)
}

function planStep(
  context: HubContext,
  caller: Caller,
  step: WriteStep,
  locked: ReadonlyMap<string, StoredResource>,
): Planned {
  const name = nameOfStep(step)
  const current = name === undefined ? undefined : locked.get(nameOf(name))
  if ('expected' in step && step.expected !== undefined && current?.version !== step.expected)
    throw new ChangedMeanwhile()
  switch (step.kind) {
    case 'insert':
      return planNew(context, caller, step, undefined)
    case 'put':
      if (current?.content === undefined) return planNew(context, caller, step, current)
      if (step.mustBeNew === true) throw idTaken(step.prepared.type)
      return planUpdate(context, caller, step, current)
    case 'patch':
      return planPatch(context, caller, step, current)
    case 'delete':
      return planDelete(context, caller, step, current)
    case 'found':
      return { outcome: { status: 200, stored: step.stored, method: 'create', changed: false, warnings: [] } }
  }
}

/** A resource that was never there, or that was deleted and comes back. */
function planNew(
  context: HubContext,
  caller: Caller,
  step: Extract<WriteStep, { kind: 'insert' | 'put' }>,
  deleted: StoredResource | undefined,
): Planned {
  const { prepared, warnings } = step
  assertAccess(caller, 'create', prepared.type)
  if (step.kind === 'put') assertPreconditions(step, undefined)
  assertWithin(context, caller, 'create', prepared)
  const write = prepared.write('create', {
    exists: deleted !== undefined,
    rid: deleted?.rid ?? context.store.ids.next(),
    version: (deleted?.version ?? 0) + 1,
    at: timeAfter(context, deleted),
  })
  return { prepared, write, outcome: { status: 201, stored: write, method: 'create', changed: true, warnings } }
}

function planUpdate(
  context: HubContext,
  caller: Caller,
  {
    prepared,
    warnings,
    ...preconditions
  }: Pick<Extract<WriteStep, { kind: 'put' }>, 'prepared' | 'warnings' | 'ifMatch' | 'ifNoneMatch'>,
  current: StoredResource,
): Planned {
  assertAccess(caller, 'update', prepared.type)
  if (!isVisible(context, caller, 'update', current)) throw unknownTo(prepared.type)
  assertPreconditions(preconditions, current)
  if (prepared.isSameAs(current))
    return { outcome: { status: 200, stored: current, method: 'update', changed: false, warnings } }
  assertWithin(context, caller, 'update', prepared)
  const { rid } = current
  const write = prepared.write('update', {
    exists: true,
    rid,
    version: current.version + 1,
    at: timeAfter(context, current),
  })
  return { prepared, write, outcome: { status: 200, stored: write, method: 'update', changed: true, warnings } }
}

function planPatch(
  context: HubContext,
  caller: Caller,
  step: Extract<WriteStep, { kind: 'patch' }>,
  current: StoredResource | undefined,
): Planned {
  assertAccess(caller, 'update', step.name.type)
  if (current === undefined || !isVisible(context, caller, 'update', current)) throw unknownTo(step.name.type)
  if (current.content === undefined) throw deletedBefore(step.name.type)
  assertPreconditions(step, current)
  const { prepared, warnings } = step.apply(readStored(context, current.content))
  return planUpdate(context, caller, { prepared, warnings }, current)
}

/** Deleting what is not there, or what the caller may not see, is done already (FHIR R4 http.html#delete). */
function planDelete(
  context: HubContext,
  caller: Caller,
  step: Extract<WriteStep, { kind: 'delete' }>,
  current: StoredResource | undefined,
): Planned {
  const { type, id } = step.name
  assertAccess(caller, 'delete', type)
  const nothing: Planned = { outcome: { status: 204, method: 'delete', changed: false, warnings: [] } }
  const isThere = current?.content !== undefined && isVisible(context, caller, 'delete', current)
  assertPreconditions(step, isThere ? current : undefined)
  if (!isThere) return nothing
  const write: RowlessWrite = {
    method: 'delete',
    exists: true,
    type,
    id,
    rid: current.rid,
    key: context.store.keys.resource(type, id),
    version: current.version + 1,
    at: timeAfter(context, current),
    content: undefined,
  }
  return { write, outcome: { status: 204, stored: write, method: 'delete', changed: true, warnings: [] } }
}

/** Grows with each version of a resource, also when the clock steps back. */
function timeAfter(context: HubContext, before: StoredResource | undefined): number {
  return Math.max(context.now(), (before?.at ?? 0) + 1)
}

/** @throws HubError 403: what is written must be within what the caller may write */
export function assertWithin(
  context: HubContext,
  caller: Caller,
  kind: 'create' | 'update',
  { type, id, resource }: PreparedResource,
): void {
  if (isVisible(context, caller, kind, { type, id, content: resource })) return
  throw new HubError({
    code: 'resource-outside-scope',
    category: 'forbidden',
    message: `the access token does not reach this ${type} as it would be written`,
  })
}

/** @throws Error where the stored text is not what the hub writes */
export function readStored(context: HubContext, content: string): JsonObject {
  const { depthMax: depth } = context.limits
  const read = parseJson(content)
  if (!read.ok || !isJsonObject(read.value)) throw new Error(`a stored resource cannot be read (depth ${depth})`)
  return read.value
}

/** The same refusal, told with its place in the request. */
export function atPlace(error: HubError, prefix: string): HubError {
  if (prefix === '') return error
  const { code, category, message, status, cause } = error
  const issues = error.issues.map(issue => ({ ...issue, expression: placeOf(prefix, issue.expression) }))
  return new HubError({ code, category, message, status, issues, cause })
}

/** `Patient.name[0]` of an entry is `Bundle.entry[3].resource.name[0]`. */
function placeOf(prefix: string, expression: string | undefined): string {
  if (expression === undefined || expression === '') return prefix
  if (expression.startsWith('Bundle.entry[')) return expression
  const dot = expression.indexOf('.')
  return dot === -1 ? `${prefix}.resource` : `${prefix}.resource${expression.slice(dot)}`
}

function unknownTo(type: string): HubError {
  return new HubError({ code: 'resource-unknown', category: 'not-found', message: `there is no such ${type}` })
}

function deletedBefore(type: string): HubError {
  const message = `this ${type} was deleted`
  return new HubError({
    code: 'resource-deleted',
    category: 'not-found',
    status: 410,
    message,
    issues: [{ severity: 'error', type: 'deleted', code: 'resource-deleted', text: message }],
  })
}

function idTaken(type: string): HubError {
  return new HubError({
    code: 'id-taken',
    category: 'conflict',
    message: `no ${type} meets the criteria, and the id of the resource is that of another`,
  })
}
