import type { JsonObject } from '@samband/fhir/fhirpath'
import type { Caller } from '../access/caller.ts'
import type { HubContext } from '../hub-context.ts'
import { HubError } from '../hub-error.ts'
import type { Dispatch } from '../http/hub-request.ts'
import { errorAnswer } from '../http/outcome.ts'
import { bodyOf, type EntryRequest, entryRefused, readEntries } from './entry-request.ts'
import { answerResponse } from './entry-response.ts'

export type BatchRequest = {
  readonly caller: Caller
  readonly bundle: JsonObject
  readonly dispatch: Dispatch
  readonly prefer?: string
  readonly signal?: AbortSignal
}

/**
 * FHIR R4 http.html#brules: each entry by itself, one after the other. What goes wrong with one is in its response and
 * changes nothing for the others; what an earlier one did, a later one sees.
 *
 * @throws HubError 400, 413: the bundle as a whole cannot be read
 */
export async function runBatch(context: HubContext, request: BatchRequest): Promise<JsonObject> {
  const { bundle, signal } = request
  const entries: JsonObject[] = []
  for (const entry of readEntries(context, bundle)) {
    if (signal?.aborted === true) throw cancelled()
    entries.push(await entryResponse(context, request, entry))
  }
  return { resourceType: 'Bundle', type: 'batch-response', ...(entries.length === 0 ? {} : { entry: entries }) }
}

async function entryResponse(
  context: HubContext,
  { caller, dispatch, prefer, signal }: BatchRequest,
  entry: EntryRequest | HubError,
): Promise<JsonObject> {
  try {
    if (entry instanceof HubError) throw entry
    const { method, segments, query, headers, at } = entry
    if (segments.length === 0 && method === 'POST') throw nestedBundle(at)
    const body = bodyOf(entry)
    const answer = await dispatch({
      method,
      segments,
      query,
      headers: { ...headers, ...(prefer === undefined ? {} : { prefer }) },
      ...(body === undefined ? {} : { body }),
      caller,
      ...(signal === undefined ? {} : { signal }),
    })
    return answerResponse(answer)
  } catch (error) {
    return answerResponse(errorAnswer(context, error))
  }
}

export function nestedBundle(at: string): HubError {
  return entryRefused('a batch or transaction has no others inside', `${at}.request.url`)
}

/** Nobody waits for the answer any more. */
export function cancelled(): HubError {
  return new HubError({
    code: 'request-cancelled',
    category: 'unavailable',
    message: 'the request was cancelled before it was done',
  })
}
