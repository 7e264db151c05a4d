import type { TermRow } from '../storage/index-rows.ts'
import type { Key } from '../storage/keys.ts'
import type { SearchScope } from './scope.ts'

/** Texts or addresses with a beginning that are looked up by their keys; with more of them the beginning is too short to help. */
export const termsMax = 2_000

export type Term = { readonly hash: Key; readonly value: string }

/** What tokens of a parameter begin with a text; undefined where there are more than `termsMax`. */
export async function termsBeginning(
  scope: SearchScope,
  param: Key,
  kind: TermRow['kind'],
  text: string,
): Promise<readonly Term[] | undefined> {
  const rows = await scope.runner.query<Term>({
    text: `select hash::text as hash, value from hub.term
            where tenant = $1 and param = $2 and kind = $3 and value >= $4 and value < $5 limit ${termsMax + 1}`,
    values: [scope.context.store.tenant, param, kind, text, `${text}\u{10ffff}`],
  })
  return rows.length > termsMax ? undefined : rows
}
