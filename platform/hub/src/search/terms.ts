import type { TermRow } from '../storage/index-rows.ts'
import type { Key } from '../storage/keys.ts'
import type { SearchScope } from './scope.ts'

export type Term = { readonly hash: Key; readonly value: string }

/** What tokens of a parameter begin with a text; undefined where there are more than `searchTermsMax`. */
export async function termsBeginning(
  scope: SearchScope,
  param: Key,
  kind: TermRow['kind'],
  text: string,
): Promise<readonly Term[] | undefined> {
  const { searchTermsMax } = scope.context.limits
  const rows = await scope.runner.query<Term>({
    text: `select hash::text as hash, value from hub.term
            where tenant = $1 and param = $2 and kind = $3 and value >= $4 and value < $5 limit $6`,
    values: [scope.context.store.tenant, param, kind, text, `${text}\u{10ffff}`, searchTermsMax + 1],
  })
  return rows.length > searchTermsMax ? undefined : rows
}
