import { foldText, type ParameterCriterion, type SearchValue } from '@samband/fhir/search'
import { stringCharactersMax } from '../storage/index-rows.ts'
import type { Key } from '../storage/keys.ts'
import { codesOf, hierarchyOf } from './code-lists.ts'
import { always, anyToken, type Condition, never, not, or } from './condition.ts'
import { factsOf } from './parameter-facts.ts'
import { unsupported } from './refused.ts'
import { type Compiled, exactly, roughly, type SearchScope } from './scope.ts'
import { termsBeginning } from './terms.ts'

type Code = { readonly system?: string | undefined; readonly code?: string | undefined }

/** A code, an identifier, a flag: `matchToken` of the matcher in terms of keys. */
export async function compileToken(scope: SearchScope, type: string, criterion: ParameterCriterion): Promise<Compiled> {
  const { modifier, parameter } = criterion
  if (parameter.code === '_id') return compileId(criterion)
  const keys = await keysOf(scope, type, criterion)
  // So many texts begin with it that it is better compared with those that are found otherwise.
  if (keys === undefined) {
    return roughly({ kind: 'tokens', keys: [scope.context.store.keys.present(type, parameter.code)] })
  }
  const found = anyToken(keys.keys)
  const condition = modifier === 'not' || modifier === 'not-in' ? not(found) : found
  return { condition, exact: keys.exact }
}

async function keysOf(
  scope: SearchScope,
  type: string,
  { modifier, parameter, values }: ParameterCriterion,
): Promise<{ readonly keys: readonly Key[]; readonly exact: boolean } | undefined> {
  const { code } = parameter
  const keys: Key[] = []
  let exact = true
  for (const value of values) {
    switch (value.type) {
      case 'string': {
        const folded = foldText(value.text)
        if (folded.length >= stringCharactersMax) exact = false
        const param = scope.context.store.keys.param(type, code)
        const terms = await termsBeginning(scope, param, 'text', folded.slice(0, stringCharactersMax))
        if (terms === undefined) return undefined
        for (const { hash } of terms) keys.push(hash)
        break
      }
      case 'of-type':
        keys.push(scope.context.store.keys.ofType(type, code, value.system, value.code, value.value))
        break
      case 'value-set':
        keys.push(...(await tokenKeys(scope, type, code, await codesOf(scope, value.url))))
        break
      case 'token':
        keys.push(...(await tokenAlternatives(scope, type, code, value, modifier)))
        break
      default:
        break
    }
  }
  return { keys, exact }
}

async function tokenAlternatives(
  scope: SearchScope,
  type: string,
  parameter: string,
  value: SearchValue & { readonly type: 'token' },
  modifier: ParameterCriterion['modifier'],
): Promise<readonly Key[]> {
  if (modifier !== 'above' && modifier !== 'below') return await tokenKeys(scope, type, parameter, [value])
  if (value.code === undefined) return []
  const codes = await hierarchyOf(scope, modifier, value.system, value.code)
  return await tokenKeys(scope, type, parameter, codes)
}

/** A code without a system is found by any, and a code that has no system of its own by every system. */
async function tokenKeys(
  { context }: SearchScope,
  type: string,
  parameter: string,
  codes: readonly Code[],
): Promise<readonly Key[]> {
  const { keys } = context.store
  const { hasSystems } = await factsOf(context, type, parameter)
  return codes.flatMap(({ system, code }) => {
    if (system === undefined) return code === undefined ? [] : [keys.token(type, parameter, undefined, code)]
    const own = keys.token(type, parameter, system, code)
    return hasSystems ? [own] : [own, keys.systemlessToken(type, parameter, code)]
  })
}

/** `_id` is a column. An id has no system, so that any system fits. */
function compileId({ modifier, values }: ParameterCriterion): Compiled {
  if (modifier === 'text' || modifier === 'of-type') return exactly(never)
  if (modifier !== undefined && modifier !== 'not') throw unsupported(`_id takes no modifier ${modifier}`)
  const found: Condition = or(
    values.map(value => {
      if (value.type !== 'token') return never
      return value.code === undefined ? always : { kind: 'ids', ids: [value.code] }
    }),
  )
  return exactly(modifier === 'not' ? not(found) : found)
}
