import { loadValueSets } from '@samband/fhir/definitions'
import { tooBroad, unsupported } from './refused.ts'
import type { SearchScope } from './scope.ts'

/** Codes of a value set or a hierarchy that one search looks for. */
export const codesMax = 10_000

type Code = { readonly system?: string | undefined; readonly code: string }

/**
 * The codes of a value set: the terminology's, or those that the standard itself lists.
 *
 * @throws HubError 400 when nobody knows the value set
 */
export async function codesOf({ context }: SearchScope, url: string): Promise<readonly Code[]> {
  const codes = (await context.terminology?.expand(url)) ?? (await loadValueSets()).codes(url)
  if (codes === undefined) {
    throw unsupported(
      'The codes of this value set are not known here: :in and :not-in need a value set that can be expanded',
    )
  }
  return bounded(codes)
}

/** A code with all below it, or above it. */
export async function hierarchyOf(
  { context }: SearchScope,
  direction: 'above' | 'below',
  system: string | undefined,
  code: string,
): Promise<readonly Code[]> {
  const codes = await context.terminology?.hierarchy(direction, system, code)
  if (codes === undefined) {
    throw unsupported(
      `The hierarchy of this code's system is not known here: :${direction} needs a terminology that has it`,
    )
  }
  return bounded(codes)
}

function bounded(codes: readonly Code[]): readonly Code[] {
  if (codes.length <= codesMax) return codes
  throw tooBroad(`A search looks for at most ${codesMax} codes of a value set`)
}
