import type { ParameterCriterion, SearchValue } from '@samband/fhir/search'
import type { Key } from '../storage/keys.ts'
import { quantityParameters } from '../storage/united-parameters.ts'
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
  let first: string | undefined
  for (const [index, component] of components.entries()) {
    if (component.type !== 'token' || component.code === undefined) continue
    tokens.push(keys.component(type, code, index, component.code))
    if (index === 0) first = component.code
  }
  const beside = first
  const quantities = components.flatMap((component): readonly Condition[] => {
    if (component.type !== 'quantity' || beside === undefined) return []
    const ranges = quantityParameters(type, code).flatMap(kept => {
      return quantityRanges(scope, type, kept, keys.component(type, kept, 0, beside), component).ranges
    })
    return [{ kind: 'rows', table: 'quantity', code, ranges, single: false }]
  })
  return and([{ kind: 'tokens', keys: tokens }, ...quantities])
}
