import type { JsonObject } from '@samband/fhir/fhirpath'
import { isJsonObject } from '@samband/fhir/fhirpath'
import { assertAccess } from '../access/visibility.ts'
import type { HubContext } from '../hub-context.ts'
import { HubError, type HubIssue } from '../hub-error.ts'
import type { StoredResource } from '../storage/stored.ts'
import { fhirPathPatch } from '../patch/fhirpath-patch.ts'
import { applyJsonPatch, parseJsonPatch } from '../patch/json-patch.ts'
import { checkResource } from './check-resource.ts'
import { parseCriteria } from './criteria.ts'
import { checkPreconditions } from './preconditions.ts'
import { PreparedResource } from './prepared-resource.ts'
import { runWrite } from './run-write.ts'
import { preconditionsOf } from './update.ts'
import type { Patch, PatchRequest, WriteOutcome } from './write-outcome.ts'
import type { WriteStep } from './write-step.ts'

/** From the current resource to the patched one, checked. */
export type PatchFunction = (resource: JsonObject) => {
  readonly prepared: PreparedResource
  readonly warnings: readonly HubIssue[]
}

/**
 * FHIR R4 http.html#patch: by id, or what meets the criteria. The patched resource is validated as in an update, and a patch
 * that changes nothing makes no version.
 *
 * @throws HubError 400 (no patch), 403, 404, 410, 412, 422 (it does not fit, or its result is invalid)
 */
export async function patchResource(context: HubContext, request: PatchRequest): Promise<WriteOutcome> {
  const { caller, type } = request
  assertAccess(caller, 'update', type)
  checkPreconditions(request)
  const apply = await readPatch(context, type, request.patch)
  const criteria = request.criteria === undefined ? undefined : parseCriteria(context, type, request.criteria)
  if (criteria !== undefined) assertAccess(caller, 'search', type)
  const preconditions = preconditionsOf(request)
  const stepFor = (match: StoredResource | undefined): WriteStep => {
    if (criteria === undefined) return { kind: 'patch', name: { type, id: request.id ?? '' }, apply, ...preconditions }
    if (match === undefined) throw noMatch(type)
    return { kind: 'patch', name: match, apply, expected: match.version, ...preconditions }
  }
  return await runWrite(context, { caller, ...(criteria === undefined ? {} : { criteria }), stepFor })
}

/**
 * Reads a patch, before anything is looked up. `finish` has the last word on what it makes of a resource.
 *
 * @throws HubError 400
 */
export async function readPatch(
  context: HubContext,
  type: string,
  patch: Patch,
  finish: (patched: JsonObject) => JsonObject = patched => patched,
): Promise<PatchFunction> {
  const change =
    patch.kind === 'json-patch' ? jsonPatch(patch.operations) : await fhirPathPatch(context, patch.parameters)
  return resource => {
    const changed = change(resource)
    assertSame(type, resource, changed)
    const patched = finish(changed)
    const warnings = checkResource(context, type, patched)
    return { prepared: new PreparedResource(context, { type, id: String(resource['id']) }, patched), warnings }
  }
}

function jsonPatch(document: unknown): (resource: JsonObject) => unknown {
  const operations = parseJsonPatch(document)
  return resource => applyJsonPatch(resource, operations)
}

/** @throws HubError 422: a patch changes neither type nor id */
function assertSame(type: string, resource: JsonObject, patched: unknown): asserts patched is JsonObject {
  const isSame = isJsonObject(patched) && patched['resourceType'] === type && patched['id'] === resource['id']
  if (isSame) return
  throw new HubError({
    code: 'patch-inapplicable',
    category: 'incorrect',
    status: 422,
    message: 'a patch changes neither the type nor the id of a resource',
  })
}

export function noMatch(type: string): HubError {
  return new HubError({ code: 'criteria-unmet', category: 'not-found', message: `no ${type} meets the criteria` })
}
