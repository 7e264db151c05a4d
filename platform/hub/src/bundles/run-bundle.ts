import type { JsonObject } from '@samband/fhir/fhirpath'
import type { Caller } from '../access/caller.ts'
import type { Dispatch } from '../http/hub-request.ts'
import type { HubContext } from '../hub-context.ts'
import { entryRefused } from './entry-request.ts'
import { runBatch } from './run-batch.ts'
import { runTransaction } from './run-transaction.ts'

export type RunBundleRequest = {
  readonly caller: Caller
  readonly bundle: JsonObject
  /** Takes the entries of a batch. */
  readonly dispatch: Dispatch
  /** The header, as the client wrote it. */
  readonly prefer?: string
  /** Aborted when nobody waits for the answer any more: what is not committed then is not done. */
  readonly signal?: AbortSignal
}

/**
 * FHIR R4 http.html#transaction: a batch or a transaction, answered with the Bundle of its responses in the order of the
 * request.
 *
 * @throws HubError 400, 413: no such Bundle; of a transaction also what refuses one of its entries
 */
export async function runBundle(context: HubContext, request: RunBundleRequest): Promise<JsonObject> {
  const { type } = request.bundle
  if (type === 'batch') return await runBatch(context, request)
  if (type === 'transaction') return await runTransaction(context, request)
  throw entryRefused('a Bundle that is run has the type batch or transaction', 'Bundle.type', 'bundle-type-wrong')
}
