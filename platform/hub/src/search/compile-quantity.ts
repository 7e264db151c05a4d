import type { ParameterCriterion, QuantitySearch } from '@samband/fhir/search'
import { none } from '../storage/index-rows.ts'
import type { Key } from '../storage/keys.ts'
import { quantityParameters } from '../storage/united-parameters.ts'
import { type Condition, never, or, type RowRange, type RowTest } from './condition.ts'
import { numberRanges } from './range-criteria.ts'
import { type Compiled, exactly, type SearchScope } from './scope.ts'

export function compileNumbers({ context }: SearchScope, type: string, criterion: ParameterCriterion): Compiled {
  const param = context.store.keys.param(type, criterion.parameter.code)
  return exactly(
    or(
      criterion.values.map(value =>
        value.type === 'number' ? rows(criterion.parameter.code, numberRanges(param, value, [])) : never,
      ),
    ),
  )
}

export function compileQuantity(scope: SearchScope, type: string, criterion: ParameterCriterion): Compiled {
  const kept = quantityParameters(type, criterion.parameter.code)
  const parts = criterion.values.flatMap(value =>
    value.type === 'quantity' ? kept.map(code => quantityRanges(scope, type, code, none, value)) : [],
  )
  return {
    condition: or(parts.map(({ ranges }) => rows(criterion.parameter.code, ranges))),
    exact: parts.every(({ exact }) => exact),
  }
}

/**
 * Where the rows of a quantity lie, as it is written and in the base unit. A unit that is asked for without a system may be
 * what a unit reads, of which there is no key beside a code: that, and what matches in the base unit only, is compared in memory.
 */
export function quantityRanges(
  { context }: Pick<SearchScope, 'context'>,
  type: string,
  parameter: string,
  from: Key,
  wanted: QuantitySearch,
): { readonly ranges: readonly RowRange[]; readonly exact: boolean } {
  const { keys } = context.store
  const under = (param: Key): Key => (from === none ? param : keys.beside(param, from))
  const param = under(keys.param(type, parameter))
  const { system, code } = wanted
  if (code === undefined) {
    return { ranges: numberRanges(param, wanted, []), exact: system === undefined }
  }
  const canonical = canonicalSearch(context.ucum, wanted, code)
  const base =
    canonical === undefined || (system !== undefined && system !== ucumSystem)
      ? []
      : numberRanges(under(keys.canonicalParam(type, parameter)), canonical, [
          { column: 'unit', op: '=', value: keys.unit(undefined, canonical.unit) },
        ])
  const asWritten: readonly RowTest[] =
    system === undefined ? [] : [{ column: 'unit', op: '=', value: keys.unit(system, code) }]
  const own = numberRanges(param, wanted, asWritten)
  return { ranges: [...own, ...base], exact: system !== undefined && base.length === 0 }
}

const ucumSystem = 'http://unitsofmeasure.org'

function canonicalSearch(
  ucum: SearchScope['context']['ucum'],
  wanted: QuantitySearch,
  unit: string,
): (QuantitySearch & { readonly unit: string }) | undefined {
  const of = (number: number): { readonly value: string; readonly unit: string } | undefined =>
    ucum?.canonical(String(number), unit)
  const value = of(wanted.value)
  const low = of(wanted.low)
  const high = of(wanted.high)
  if (value === undefined || low === undefined || high === undefined) return undefined
  return { ...wanted, value: Number(value.value), low: Number(low.value), high: Number(high.value), unit: value.unit }
}

function rows(code: string, ranges: readonly RowRange[]): Condition {
  return { kind: 'rows', table: 'quantity', code, ranges, single: false }
}

/** Degrees of latitude that a kilometre is at most, on the matcher's sphere. */
const degreesPerKm = 180 / (Math.PI * 6371.0088)

/** `near`: a box that the index finds, and the distance within it (FHIR R4 location.html#search). */
export function compileNear({ context }: SearchScope, type: string, criterion: ParameterCriterion): Compiled {
  const param = context.store.keys.param(type, criterion.parameter.code)
  const ranges = criterion.values.flatMap((value): readonly RowRange[] => {
    if (value.type !== 'near') return []
    const { latitude, longitude, distanceKm } = value
    const half = distanceKm * degreesPerKm * 1.0001
    const box: readonly RowTest[] = [
      { column: 'latitude', op: '>=', value: latitude - half },
      { column: 'latitude', op: '<=', value: latitude + half },
    ]
    const within: RowTest = { column: 'distance', op: '<=', value: distanceKm, place: { latitude, longitude } }
    return [{ param, tests: [...box, within] }]
  })
  return exactly(
    ranges.length === 0
      ? never
      : { kind: 'rows', table: 'position', code: criterion.parameter.code, ranges, single: false },
  )
}
