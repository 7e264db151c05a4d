import { calculate } from '../arithmetic.ts'
import { compareValues } from '../comparison.ts'
import { Decimal } from '../decimal.ts'
import { asDecimal } from '../equality.ts'
import { type Collection, EMPTY, type Item, single, systemValue, type SystemValue } from '../item.ts'
import { FhirPathError } from '../issue.ts'
import { Quantity } from '../quantity.ts'
import type { Run } from '../run.ts'
import { argument, type FunctionDefinition, type FunctionTable, ofCollection, optionalArgument } from './definition.ts'

function numberOf(items: Collection, what: string): Decimal | undefined {
  const item = single(items, what)
  const value = item === undefined ? undefined : systemValue(item)
  if (value === undefined) return undefined
  const number = asDecimal(value)
  if (number === undefined) throw new FhirPathError('type-mismatch', `${what} takes a number`)
  return number
}

function ofNumber(name: string, apply: (number: Decimal) => SystemValue | undefined): FunctionDefinition {
  return ofCollection(items => {
    const number = numberOf(items, `${name}()`)
    const result = number === undefined ? undefined : apply(number)
    return result === undefined ? EMPTY : [result]
  })
}

/** A real function: through JavaScript's numbers, with their 15 digits. What is no number comes out as nothing. */
function real(name: string, apply: (value: number) => number): FunctionDefinition {
  return ofNumber(name, number => Decimal.fromNumber(apply(number.toNumber())))
}

function realOfTwo(name: string, apply: (value: number, other: number) => number): FunctionDefinition {
  return {
    min: 1,
    max: 1,
    compile(call) {
      const { source } = call
      const other = argument(call, 0)
      return run => {
        const items = source(run)
        const base = numberOf(items, `${name}()`)
        const second = numberOf(other(run), `${name}()`)
        if (base === undefined || second === undefined) return EMPTY
        const result = apply(base.toNumber(), second.toNumber())
        const integers = typeof items[0] === 'number' && second.isInteger() && Number.isInteger(result)
        const value = integers ? result : Decimal.fromNumber(result)
        return value === undefined ? EMPTY : [value]
      }
    },
  }
}

const round: FunctionDefinition = {
  min: 0,
  max: 1,
  compile(call) {
    const { source } = call
    const digits = optionalArgument(call, 0)
    return run => {
      const number = numberOf(source(run), 'round()')
      if (number === undefined) return EMPTY
      const count = digits === undefined ? undefined : numberOf(digits(run), 'round()')
      const kept = count === undefined ? 0 : count.toNumber()
      if (kept < 0 || !Number.isInteger(kept))
        throw new FhirPathError('type-mismatch', 'round() takes a whole number of digits')
      return [number.round(kept)]
    }
  },
}

const abs = ofCollection(items => {
  const item = single(items, 'abs()')
  const value = item === undefined ? undefined : systemValue(item)
  if (value === undefined) return EMPTY
  if (typeof value === 'number') return [Math.abs(value)]
  if (value instanceof Quantity) return [new Quantity(value.value.abs(), value.unit)]
  const number = numberOf(items, 'abs()')
  return number === undefined ? EMPTY : [number.abs()]
})

function extreme(wanted: (order: number) => boolean): FunctionDefinition {
  return ofCollection((items, run) => {
    let best: SystemValue | undefined
    for (const item of items) {
      const value = systemValue(item)
      if (value === undefined) return EMPTY
      const order = best === undefined ? undefined : compareValues(value, best, run)
      if (best === undefined || (order !== undefined && wanted(order))) best = value
    }
    return best === undefined ? EMPTY : [best]
  })
}

function sum(items: Collection, run: Run): Collection {
  const [head, ...rest] = items
  if (head === undefined) return EMPTY
  return rest.reduce((total: Collection, item: Item) => calculate('+', total, [item], run), [head])
}

/** FHIRPath 2.0 §5.7, and the aggregates that followed it. */
export const mathFunctions: FunctionTable = {
  abs,
  ceiling: ofNumber('ceiling', number => -Number(number.negate().floor()) + 0),
  floor: ofNumber('floor', number => Number(number.floor())),
  truncate: ofNumber('truncate', number => Number(number.truncate())),
  exp: real('exp', Math.exp),
  ln: real('ln', Math.log),
  sqrt: real('sqrt', Math.sqrt),
  log: realOfTwo('log', (value, base) => Math.log(value) / Math.log(base)),
  power: realOfTwo('power', (value, exponent) => value ** exponent),
  round,
  sum: ofCollection(sum),
  min: extreme(order => order < 0),
  max: extreme(order => order > 0),
  avg: ofCollection((items, run) => calculate('/', sum(items, run), items.length === 0 ? EMPTY : [items.length], run)),
}
