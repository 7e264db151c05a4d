import { operationOutcome } from '@samband/fhir'
import type { JsonObject } from '@samband/fhir/fhirpath'
import { isVisible } from '../access/visibility.ts'
import type { HubContext } from '../hub-context.ts'
import { HubError, type HubIssue } from '../hub-error.ts'
import type { OperationAnswer, OperationCall, OperationHandler } from '../http/operation-answers.ts'
import { outcomeOf } from '../http/outcome.ts'
import { unknownResource } from '../http/refusal.ts'
import { parseStored } from '../http/subset-text.ts'
import { PreparedResource } from '../interactions/prepared-resource.ts'
import { readResource } from '../interactions/read.ts'
import { checkNotReferred, checkReferences } from '../interactions/reference-policy.ts'
import { readInput, refuseParameter } from './operation-input.ts'

const modes: ReadonlySet<string> = new Set(['create', 'update', 'delete'])

/**
 * `$validate` (FHIR R4 resource-operation-validate): what is wrong with a resource, or what an interaction with it would be
 * refused for, as an OperationOutcome with status 200. Here also for the system, and for a stored resource (at an instance,
 * without a body). It changes nothing and may come by GET where no body is needed.
 *
 * Of what is stored a caller learns no more than by trying: a mode is answered as the interaction itself would be.
 */
export const validate: OperationHandler = async (context, call) => {
  const input = readInput(call, { values: ['mode', 'profile'], objects: ['resource'] })
  const mode = input.one('mode')
  if (mode !== undefined && !modes.has(mode)) refuseParameter('mode', 'it is create, update or delete')
  if ((mode === 'update' || mode === 'delete') && call.level !== 'instance') {
    refuseParameter('mode', `${mode} is asked of a resource, at its address`)
  }
  const resource = input.body ?? input.object('resource')
  const name = call.type === undefined || call.id === undefined ? undefined : { type: call.type, id: call.id }
  if (mode === 'delete' && name !== undefined) return answer(await deletionIssues(context, call, name))
  if (resource === undefined && (name === undefined || mode !== undefined)) {
    refuseParameter('resource', 'the resource to validate is the body, or a parameter of this name')
  }
  return await validated(context, call, { resource, mode, profiles: input.all('profile') })
}

async function validated(
  context: HubContext,
  call: OperationCall,
  asked: {
    readonly resource: JsonObject | undefined
    readonly mode: string | undefined
    readonly profiles: readonly string[]
  },
): Promise<OperationAnswer> {
  const { caller, type, id } = call
  const { mode, profiles } = asked
  const isStored = asked.resource === undefined && type !== undefined && id !== undefined
  const resource = isStored ? parseStored((await readResource(context, { caller, type, id })).content) : asked.resource
  const found = context.validator.validate(resource, { profiles, ...(type === undefined ? {} : { type }) })
  for (const profile of profiles) {
    const isUnknown = found.some(({ code, text }) => code === 'profile-unknown' && text.includes(`profile ${profile} `))
    if (isUnknown) refuseParameter('profile', 'this profile is not known here', 'profile-unknown')
  }
  const { issuesMax } = context.limits
  const touched = isStored ? [{ type, id }] : []
  const own = resource?.['resourceType']
  const target = type ?? (typeof own === 'string' && context.resourceTypes.has(own) ? own : undefined)
  if (mode === undefined || resource === undefined || target === undefined) {
    return { resource: outcomeJson(operationOutcome(found.slice(0, issuesMax))), resources: touched }
  }
  const refusals =
    mode === 'create'
      ? await creationIssues(context, call, target, resource)
      : await updateIssues(context, call, { type: target, id: id ?? '' }, resource)
  const outcome = outcomeJson(operationOutcome(found.slice(0, issuesMax)))
  if (refusals.length === 0) return { resource: outcome, resources: touched }
  const told = found.length === 0 ? [] : listOf(outcome['issue'])
  return { resource: { ...outcome, issue: [...listOf(outcomeOf(refusals)['issue']), ...told] }, resources: touched }
}

/** What a creation would be refused for apart from the resource itself. */
async function creationIssues(
  context: HubContext,
  { caller }: OperationCall,
  type: string,
  resource: JsonObject,
): Promise<readonly HubIssue[]> {
  const prepared = new PreparedResource(context, { type, id: 'new' }, resource)
  if (!isVisible(context, caller, 'create', { type, id: 'new', content: prepared.resource }))
    return [notAllowed('create', type)]
  return await referenceIssues(context, prepared)
}

async function updateIssues(
  context: HubContext,
  { caller }: OperationCall,
  name: { readonly type: string; readonly id: string },
  resource: JsonObject,
): Promise<readonly HubIssue[]> {
  const { type, id } = name
  const issues: HubIssue[] = []
  if (resource['id'] !== id) {
    issues.push(issue('id-differs', 'invalid', 'the resource has another id than the address, or none', `${type}.id`))
  }
  const prepared = new PreparedResource(context, name, resource)
  const current = await context.store.read(type, id)
  const kind = current?.content === undefined ? 'create' : 'update'
  const mayBefore = current?.content === undefined || isVisible(context, caller, 'update', current)
  // An update of what the caller may not see is refused, with no word of what is there.
  if (!mayBefore || !isVisible(context, caller, kind, { type, id, content: prepared.resource })) {
    return [...issues, notAllowed('update', type)]
  }
  return [...issues, ...(await referenceIssues(context, prepared))]
}

async function deletionIssues(
  context: HubContext,
  { caller }: OperationCall,
  name: { readonly type: string; readonly id: string },
): Promise<readonly HubIssue[]> {
  const { type, id } = name
  // Who may not read it may be allowed to delete it; what neither shows is as if it were not there.
  const current = await context.store.read(type, id)
  const seen =
    current?.content !== undefined &&
    (['delete', 'read'] as const).some(kind => isVisible(context, caller, kind, current))
  if (current === undefined || !seen) throw unknownResource(type)
  if (!isVisible(context, caller, 'delete', current)) return [notAllowed('delete', type)]
  return await refusalsOf(async () => {
    await context.store.transaction(async transaction => {
      await checkNotReferred(context, transaction, [{ ...name, index: 0 }], new Set(), () => '')
    })
  })
}

async function referenceIssues(context: HubContext, prepared: PreparedResource): Promise<readonly HubIssue[]> {
  if (context.references === 'accept') return []
  return await refusalsOf(async () => {
    await context.store.transaction(async transaction => {
      await checkReferences(context, transaction, [{ prepared, index: 0 }], new Set(), () => '')
    })
  })
}

/** What the interaction would be refused for. */
async function refusalsOf(tried: () => Promise<void>): Promise<readonly HubIssue[]> {
  try {
    await tried()
    return []
  } catch (thrown) {
    if (thrown instanceof HubError && thrown.status < 500) return thrown.issues
    throw thrown
  }
}

function notAllowed(kind: string, type: string): HubIssue {
  return issue('scope-missing', 'forbidden', `the access token does not let its bearer ${kind} this ${type}`)
}

function issue(code: string, type: string, text: string, expression?: string): HubIssue {
  return { severity: 'error', type, code, text, ...(expression === undefined ? {} : { expression }) }
}

function answer(issues: readonly HubIssue[]): OperationAnswer {
  return { resource: issues.length === 0 ? outcomeJson(operationOutcome([])) : outcomeOf(issues), resources: [] }
}

/** The type of the package has no index signature; the value is plain JSON. */
function outcomeJson(outcome: ReturnType<typeof operationOutcome>): JsonObject {
  return { ...outcome }
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}
