import type { Criterion, ParameterCriterion, SearchValue } from '@samband/fhir/search'

/** Parameters of one element each that stands once, and the composite that has both: meeting the two is meeting the composite. */
const pairs: Readonly<
  Record<string, readonly { readonly code: string; readonly quantity: string; readonly both: string }[]>
> = {
  Observation: [{ code: 'code', quantity: 'value-quantity', both: 'code-value-quantity' }],
}

/** Alternatives of a composite that is made here. */
const alternativesMax = 10

/**
 * What follows from the criteria of a search and is found more cheaply: a code and a quantity, each of which may meet a tenth
 * of a million, are one short range among the quantities beside that code (measured at a million: p99 253 ms without, 118 ms with).
 */
export function impliedCriteria(type: string, criteria: readonly Criterion[]): readonly Criterion[] {
  return (pairs[type] ?? []).flatMap(({ code, quantity, both }) => {
    const codes = valuesOf(criteria, code).filter(value => value.type === 'token' && value.code !== undefined)
    const quantities = valuesOf(criteria, quantity).filter(value => value.type === 'quantity' && value.prefix !== 'ne')
    // Of all alternatives, or of none: one that is left out would not be found.
    if (codes.length !== valuesOf(criteria, code).length || quantities.length !== valuesOf(criteria, quantity).length)
      return []
    const count = codes.length * quantities.length
    if (count === 0 || count > alternativesMax) return []
    const values = codes.flatMap(first => quantities.map(second => composite(first, second)))
    return [{ kind: 'parameter', parameter: { code: both, type: 'composite' }, values }]
  })
}

/** The values of the one criterion by that parameter; none where it has a modifier or stands several times. */
function valuesOf(criteria: readonly Criterion[], code: string): readonly SearchValue[] {
  const own = criteria.filter(
    (each): each is ParameterCriterion => each.kind === 'parameter' && each.parameter.code === code,
  )
  const [criterion, another] = own
  return criterion === undefined || another !== undefined || criterion.modifier !== undefined ? [] : criterion.values
}

function composite(...components: readonly SearchValue[]): SearchValue {
  return { type: 'composite', components }
}
