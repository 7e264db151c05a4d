import type { HubContext } from '../hub-context.ts'
import { type ReadableVersion, readResource, readVersion } from '../interactions/read.ts'
import type { ResourceName } from '../storage/stored.ts'
import { etagOf, httpDate, isNotModified } from './conditional.ts'
import { generalParameters, refuseUnknown } from './general-parameters.ts'
import type { HubAnswer, HubRequest } from './hub-request.ts'
import { patientsOf } from './patients.ts'
import { parsePrefer } from './prefer.ts'
import type { Route } from './route.ts'
import { subsetText } from './subset-text.ts'

export async function answerRead(
  context: HubContext,
  request: HubRequest,
  { type, id }: Extract<Route, { kind: 'read' }>,
): Promise<HubAnswer> {
  refuseUnknown(request.query, [], parsePrefer(request.headers.prefer))
  const found = await readResource(context, { caller: request.caller, type, id })
  if (isNotModified(request.headers, found)) {
    return {
      status: 304,
      headers: versionHeaders(found),
      resources: [nameOnly(found)],
      patients: patientsOfVersion(context, found),
    }
  }
  return versionAnswer(context, request, found)
}

export async function answerVersionRead(
  context: HubContext,
  request: HubRequest,
  { type, id, versionId }: Extract<Route, { kind: 'vread' }>,
): Promise<HubAnswer> {
  refuseUnknown(request.query, [], parsePrefer(request.headers.prefer))
  return versionAnswer(context, request, await readVersion(context, { caller: request.caller, type, id, versionId }))
}

function versionAnswer(context: HubContext, { query }: HubRequest, found: ReadableVersion): HubAnswer {
  return {
    status: 200,
    headers: versionHeaders(found),
    text: query.length === 0 ? found.content : subsetText(context, found.content, generalParameters(query)),
    resources: [nameOnly(found)],
    patients: patientsOfVersion(context, found),
  }
}

function versionHeaders({ version, at }: ReadableVersion): { readonly etag: string; readonly 'last-modified': string } {
  return { etag: etagOf(version), 'last-modified': httpDate(at) }
}

/** The audit is told names, never content. */
function nameOnly({ type, id }: ReadableVersion): ResourceName {
  return { type, id }
}

function patientsOfVersion(context: HubContext, found: ReadableVersion): readonly string[] {
  return patientsOf(context, [found], [found.content])
}
