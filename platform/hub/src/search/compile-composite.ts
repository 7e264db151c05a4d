import type { ParameterCriterion, SearchValue } from '@samband/fhir/search'
import type { Key } from '../storage/keys.ts'
import { and, type Condition, or } from './condition.ts'
import { quantityRanges } from './compile-quantity.ts'
import { type Compiled, roughly, type SearchScope } from './scope.ts'

/**
 * A composite: the codes of its components are tokens, its quantity is a row beside the first code. That they belong
 * together, and everything else, is compared with the resource.
 */
export function compileComposite(scope: SearchScope, type: string, criterion: ParameterCriterion): Compiled {
  const { code } = criterion.parameter
  return roughly(
    or(
      criterion.values.map(value =>
        value.type === 'composite' ? componentsOf(scope, type, code, value.components) : { kind: 'never' },
      ),
    ),
  )
}

function componentsOf(scope: SearchScope, type: string, code: string, components: readonly SearchValue[]): Condition {
  const { keys } = scope.context.store
  const tokens: Key[] = [keys.present(type, code)]
  let context: Key | undefined
  for (const [index, component] of components.entries()) {
    if (component.type !== 'token' || component.code === undefined) continue
    const key = keys.component(type, code, index, component.code)
    tokens.push(key)
    if (index === 0) context = key
  }
  const beside = context
  const quantities = components.flatMap((component): readonly Condition[] => {
    if (component.type !== 'quantity' || beside === undefined) return []
    const { ranges } = quantityRanges(scope, type, code, beside, component)
    return [{ kind: 'rows', table: 'quantity', code, ranges, single: false }]
  })
  return and([{ kind: 'tokens', keys: tokens }, ...quantities])
}
