import { STATUS_CODES } from 'node:http'
import { parseJson } from '@samband/fhir'
import { isJsonObject, type JsonObject } from '@samband/fhir/fhirpath'
import type { Caller } from '../access/caller.ts'
import { isVisible } from '../access/visibility.ts'
import type { HubContext } from '../hub-context.ts'
import { outcomeOf } from '../http/outcome.ts'
import type { HubAnswer } from '../http/hub-request.ts'
import type { Preferences } from '../http/prefer.ts'
import { readStored } from '../interactions/apply-steps.ts'
import type { WriteOutcome } from '../interactions/write-outcome.ts'

/** '201 Created' (FHIR R4 bundle.html#Bundle.entry.response). */
export function statusText(status: number): string {
  const words = STATUS_CODES[status]
  return words === undefined ? String(status) : `${status} ${words}`
}

/** What a write of a transaction came to. */
export function writeResponse(
  context: HubContext,
  caller: Caller,
  outcome: WriteOutcome,
  preferences: Preferences,
  resource: JsonObject | undefined,
): JsonObject {
  const { baseUrl } = context
  const { status, stored, warnings, method, changed } = outcome
  const isThere = stored?.content !== undefined
  const wantsOutcome = preferences.return === 'OperationOutcome'
  const done = { severity: 'information', type: 'informational', code: 'done' } as const
  const text = changed ? `${method} done` : 'nothing had to be changed'
  const issues = wantsOutcome ? [{ ...done, text }, ...warnings] : preferences.return === 'minimal' ? [] : warnings
  const name = stored === undefined ? '' : `${baseUrl}/${stored.type}/${stored.id}`
  const response = {
    status: statusText(status),
    ...(stored === undefined || !isThere ? {} : { location: `${name}/_history/${stored.version}` }),
    ...(stored === undefined ? {} : { etag: `W/"${stored.version}"`, lastModified: new Date(stored.at).toISOString() }),
    ...(issues.length === 0 ? {} : { outcome: outcomeOf(issues) }),
  }
  if (preferences.return !== 'representation' || stored?.content === undefined) return { response }
  // Who may change and not read, gets nothing back that was there before.
  if (status !== 201 && !isVisible(context, caller, 'read', stored)) return { response }
  const { version: versionId, at } = stored
  // What has just been written is at hand; only what was there already is read.
  const given =
    resource === undefined || !changed
      ? readStored(context, stored.content)
      : withVersion(resource, String(versionId), new Date(at).toISOString())
  return { fullUrl: name, resource: given, response }
}

function withVersion(resource: JsonObject, versionId: string, lastUpdated: string): JsonObject {
  const { resourceType, id, meta, ...rest } = resource
  return { resourceType, id, meta: { ...(isJsonObject(meta) ? meta : {}), versionId, lastUpdated }, ...rest }
}

/** An answer of the dispatcher as an entry: failures have their OperationOutcome in `response.outcome`. */
export function answerResponse(answer: HubAnswer): JsonObject {
  const { status, headers } = answer
  const resource = resourceOf(answer)
  const isOutcome = resource?.['resourceType'] === 'OperationOutcome'
  const lastModified = lastModifiedOf(resource, headers['last-modified'])
  const response = {
    status: statusText(status),
    ...(headers['location'] === undefined ? {} : { location: headers['location'] }),
    ...(headers['etag'] === undefined ? {} : { etag: headers['etag'] }),
    ...(lastModified === undefined ? {} : { lastModified }),
    ...(isOutcome ? { outcome: resource } : {}),
  }
  return resource === undefined || isOutcome ? { response } : { resource, response }
}

function resourceOf({ resource, text }: HubAnswer): JsonObject | undefined {
  if (resource !== undefined || text === undefined) return resource
  const read = parseJson(text)
  return read.ok && isJsonObject(read.value) ? read.value : undefined
}

/** A header has no milliseconds. */
function lastModifiedOf(resource: JsonObject | undefined, header: string | undefined): string | undefined {
  const meta = resource?.['meta']
  const own = isJsonObject(meta) ? meta['lastUpdated'] : undefined
  if (header === undefined) return undefined
  return typeof own === 'string' ? own : new Date(header).toISOString()
}
