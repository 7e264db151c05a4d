import { encodePairs } from '@samband/fhir/search'
import { isJsonObject, type JsonObject } from '@samband/fhir/fhirpath'
import { isVisible } from '../access/visibility.ts'
import type { HubContext } from '../hub-context.ts'
import { HubError } from '../hub-error.ts'
import { createResource } from '../interactions/create.ts'
import { selectDeleted } from '../interactions/history-contents.ts'
import { patchResource } from '../interactions/patch.ts'
import { deleteByCriteria, deleteResource } from '../interactions/remove.ts'
import { updateByCriteria, updateResource } from '../interactions/update.ts'
import type { Patch, WriteOutcome } from '../interactions/write-outcome.ts'
import type { ResourceName } from '../storage/stored.ts'
import { etagOf, httpDate } from './conditional.ts'
import { generalParameters, refuseUnknown, withoutGeneral } from './general-parameters.ts'
import type { HubAnswer, HubRequest } from './hub-request.ts'
import { outcomeOf } from './outcome.ts'
import { patientsOf } from './patients.ts'
import { parsePrefer, type Preferences } from './prefer.ts'
import type { Route } from './route.ts'
import { subsetText } from './subset-text.ts'

export async function answerCreate(
  context: HubContext,
  request: HubRequest,
  { type }: Extract<Route, { kind: 'create' }>,
): Promise<HubAnswer> {
  const { caller, query, headers } = request
  const preferences = parsePrefer(headers.prefer)
  refuseUnknown(query, [], preferences)
  const { ifNoneExist } = headers
  const outcome = await createResource(context, {
    caller,
    type,
    resource: resourceIn(request),
    ...(ifNoneExist === undefined ? {} : { ifNoneExist }),
  })
  return writeAnswer(context, request, outcome, { type }, preferences)
}

/** With an id, or by criteria (FHIR R4 http.html#update, #cond-update). */
export async function answerUpdate(
  context: HubContext,
  request: HubRequest,
  { type, id }: { readonly type: string; readonly id?: string },
): Promise<HubAnswer> {
  const { caller, query } = request
  const preferences = parsePrefer(request.headers.prefer)
  const common = { caller, type, resource: resourceIn(request), ...preconditionsOf(request) }
  if (id !== undefined) refuseUnknown(query, [], preferences)
  const outcome =
    id === undefined
      ? await updateByCriteria(context, { ...common, criteria: criteriaOf(request) })
      : await updateResource(context, { ...common, id })
  return writeAnswer(context, request, outcome, { type, ...(id === undefined ? {} : { id }) }, preferences)
}

/** FHIR R4 http.html#patch, #concurrency. */
export async function answerPatch(
  context: HubContext,
  request: HubRequest,
  { type, id }: { readonly type: string; readonly id?: string },
): Promise<HubAnswer> {
  const { caller, query } = request
  const preferences = parsePrefer(request.headers.prefer)
  const { ifMatch } = preconditionsOf(request)
  const common = { caller, type, patch: patchIn(request), ...(ifMatch === undefined ? {} : { ifMatch }) }
  if (id !== undefined) refuseUnknown(query, [], preferences)
  const outcome = await patchResource(
    context,
    id === undefined ? { ...common, criteria: criteriaOf(request) } : { ...common, id },
  )
  return writeAnswer(context, request, outcome, { type, ...(id === undefined ? {} : { id }) }, preferences)
}

/** FHIR R4 http.html#delete, #3.1.0.7.1 (conditional). */
export async function answerDelete(
  context: HubContext,
  request: HubRequest,
  { type, id }: { readonly type: string; readonly id?: string },
  { multiple }: { readonly multiple: boolean },
): Promise<HubAnswer> {
  const { caller, query } = request
  const preferences = parsePrefer(request.headers.prefer)
  const { ifMatch } = preconditionsOf(request)
  if (id !== undefined) refuseUnknown(query, [], preferences)
  const outcome: WriteOutcome & { readonly deleted?: readonly WriteOutcome[] } =
    id === undefined
      ? await deleteByCriteria(context, { caller, type, criteria: criteriaOf(request), multiple })
      : await deleteResource(context, { caller, type, id, ...(ifMatch === undefined ? {} : { ifMatch }) })
  const deleted = (outcome.deleted ?? [outcome]).flatMap(({ stored, changed }) =>
    stored === undefined || !changed ? [] : [stored],
  )
  const resources = deleted.map(({ id: each }) => ({ type, id: each, method: 'delete' as const }))
  const contents = type === 'Patient' ? [] : await selectDeleted(context.store, type, deleted)
  return {
    ...writeAnswer(context, request, outcome, { type, ...(id === undefined ? {} : { id }) }, preferences),
    ...(resources.length === 0 ? {} : { resources, patients: patientsOf(context, resources, contents) }),
  }
}

function writeAnswer(
  context: HubContext,
  request: HubRequest,
  outcome: WriteOutcome,
  named: { readonly type: string; readonly id?: string },
  preferences: Preferences,
): HubAnswer {
  const { stored, method, changed } = outcome
  const name: ResourceName | undefined =
    stored ?? (named.id === undefined ? undefined : { type: named.type, id: named.id })
  const content = stored?.content
  const headers = {
    ...(stored === undefined ? {} : { etag: etagOf(stored.version), 'last-modified': httpDate(stored.at) }),
    ...(stored === undefined || content === undefined ? {} : { location: locationOf(context, stored, stored.version) }),
  }
  const resources = name === undefined ? [] : [{ type: name.type, id: name.id, ...(changed ? { method } : {}) }]
  return {
    ...bodyOf(context, request, outcome, preferences),
    headers,
    resources,
    patients: patientsOf(context, resources, content === undefined ? [] : [content]),
  }
}

function locationOf({ baseUrl }: HubContext, { type, id }: ResourceName, version: number): string {
  return `${baseUrl}/${type}/${id}/_history/${version}`
}

/** What `Prefer: return=` asks for (FHIR R4 http.html#ops); the resource where nothing is said. */
function bodyOf(
  context: HubContext,
  { query, caller }: HubRequest,
  { status, stored, warnings, method, changed }: WriteOutcome,
  preferences: Preferences,
): Pick<HubAnswer, 'status' | 'resource' | 'text'> {
  if (preferences.return === 'minimal') return { status }
  if (preferences.return === 'OperationOutcome') {
    const done = changed ? `${method} done` : 'nothing had to be changed'
    const information = { severity: 'information', type: 'informational', code: 'done', text: done } as const
    return { status: status === 204 ? 200 : status, resource: outcomeOf([information, ...warnings]) }
  }
  if (stored?.content === undefined) return { status }
  // Who may change and not read, gets nothing back that was there before.
  if (status !== 201 && !isVisible(context, caller, 'read', stored)) return { status }
  return { status, text: subsetText(context, stored.content, generalParameters(query)) }
}

function preconditionsOf({ headers: { ifMatch, ifNoneMatch } }: HubRequest): {
  readonly ifMatch?: string
  readonly ifNoneMatch?: string
} {
  return { ...(ifMatch === undefined ? {} : { ifMatch }), ...(ifNoneMatch === undefined ? {} : { ifNoneMatch }) }
}

function criteriaOf({ query }: HubRequest): string {
  return encodePairs(withoutGeneral(query))
}

function resourceIn({ body }: HubRequest): JsonObject {
  if (body?.kind === 'resource') return body.resource
  throw bodyMissing('the body has to be a resource')
}

function patchIn({ body }: HubRequest): Patch {
  if (body?.kind === 'json-patch') return { kind: 'json-patch', operations: body.operations }
  if (body?.kind === 'resource' && isJsonObject(body.resource) && body.resource['resourceType'] === 'Parameters')
    return { kind: 'fhirpath-patch', parameters: body.resource }
  throw bodyMissing(
    'the body of a patch is a JSON Patch (application/json-patch+json) or Parameters with a FHIRPath Patch',
  )
}

export function bodyMissing(message: string): HubError {
  return new HubError({ code: 'body-missing', category: 'incorrect', message })
}
