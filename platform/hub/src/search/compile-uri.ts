import type { ParameterCriterion } from '@samband/fhir/search'
import { stringCharactersMax } from '../storage/index-rows.ts'
import type { Key } from '../storage/keys.ts'
import { anyToken } from './condition.ts'
import { type Compiled, roughly, type SearchScope } from './scope.ts'
import { termsBeginning } from './terms.ts'

/** An address as it is, its beginnings (`:above`), or what it is the beginning of (`:below`): FHIR R4 search.html#uri. */
export async function compileUri(
  scope: SearchScope,
  type: string,
  { modifier, parameter, values }: ParameterCriterion,
): Promise<Compiled> {
  const { keys } = scope.context.store
  const { code } = parameter
  const found: Key[] = []
  let exact = true
  for (const value of values) {
    if (value.type !== 'uri') continue
    found.push(keys.uri(type, code, value.uri))
    if (modifier === 'above') for (const each of partsAbove(value.uri)) found.push(keys.uri(type, code, each))
    if (modifier !== 'below') continue
    const below = await addressesBelow(scope, keys.param(type, code), value.uri)
    if (below === undefined) return roughly({ kind: 'tokens', keys: [keys.present(type, code)] })
    found.push(...below.map(({ hash }) => hash))
    exact &&= below.every(({ whole }) => whole)
  }
  return { condition: anyToken(found), exact }
}

/** Addresses that an address lies below, without itself: cut before and after each separator. */
export function partsAbove(uri: string): readonly string[] {
  const parts = new Set<string>()
  for (const { index } of uri.matchAll(/[/?#]/g)) {
    parts.add(uri.slice(0, index))
    parts.add(uri.slice(0, index + 1))
  }
  parts.delete('')
  parts.delete(uri)
  return [...parts]
}

/** What is known of a parameter's addresses below one; `whole` is false where the stored one was cut and must be compared. */
export async function addressesBelow(
  scope: SearchScope,
  param: Key,
  uri: string,
): Promise<readonly { readonly hash: Key; readonly value: string; readonly whole: boolean }[] | undefined> {
  const terms = await termsBeginning(scope, param, 'uri', uri.slice(0, stringCharactersMax))
  const whole = uri.length < stringCharactersMax
  return terms?.filter(({ value }) => !whole || isPart(value, uri)).map(({ hash, value }) => ({ hash, value, whole }))
}

function isPart(whole: string, start: string): boolean {
  return whole.startsWith(start) && (/[/?#]$/.test(start) || /^(?:$|[/?#])/.test(whole.slice(start.length)))
}
