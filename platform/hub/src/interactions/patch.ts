import type { HubContext } from '../hub-context.ts'
import type { PatchRequest, WriteOutcome } from './write-outcome.ts'

/** Being written. */
export async function patchResource(_context: HubContext, _request: PatchRequest): Promise<WriteOutcome> {
  throw new Error('patch is being built')
}
