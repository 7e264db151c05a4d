import type { JsonObject } from '@samband/fhir/fhirpath'
import type { Caller } from '../access/caller.ts'
import type { Dispatch } from '../http/hub-request.ts'
import type { HubContext } from '../hub-context.ts'

export type RunBundleRequest = {
  readonly caller: Caller
  readonly bundle: JsonObject
  /** Takes the entries of a batch, and what a transaction reads. */
  readonly dispatch: Dispatch
  /** The header, as the client wrote it. */
  readonly prefer?: string
  /** Aborted when nobody waits for the answer any more: what is not committed then is not done. */
  readonly signal?: AbortSignal
}

/** Being written. */
export async function runBundle(_context: HubContext, _request: RunBundleRequest): Promise<JsonObject> {
  throw new Error('bundles are being built')
}
