import { asQuantity, numberPair } from './equality.ts'
import { bool, type Collection, EMPTY, single, systemValue, type SystemValue } from './item.ts'
import { FhirPathError } from './issue.ts'
import { commensurable, Quantity } from './quantity.ts'
import type { Run } from './run.ts'
import { compareTemporal, Temporal } from './temporal.ts'

export type ComparisonOperator = '<' | '<=' | '>' | '>='

/** `<`, `<=`, `>`, `>=`: empty when either side is, or when the order cannot be told (FHIRPath 2.0 §6.2). */
export function compareCollections(
  operator: ComparisonOperator,
  left: Collection,
  right: Collection,
  run: Run,
): Collection {
  const first = single(left, `The operator ${operator}`)
  const second = single(right, `The operator ${operator}`)
  if (first === undefined || second === undefined) return EMPTY
  const firstValue = systemValue(first)
  const secondValue = systemValue(second)
  if (firstValue === undefined || secondValue === undefined) return EMPTY
  const order = compareValues(firstValue, secondValue, run)
  if (order === undefined) return EMPTY
  switch (operator) {
    case '<':
      return bool(order < 0)
    case '<=':
      return bool(order <= 0)
    case '>':
      return bool(order > 0)
    case '>=':
      return bool(order >= 0)
  }
}

/** Negative, zero or positive; `undefined` when it cannot be told. Values of unlike types throw. */
export function compareValues(left: SystemValue, right: SystemValue, run: Run): number | undefined {
  const numbers = numberPair(left, right)
  if (numbers !== undefined) return numbers[0].compare(numbers[1])
  if (left instanceof Temporal || right instanceof Temporal) {
    const first = temporalLike(left, right)
    const second = temporalLike(right, left)
    const order = first === undefined || second === undefined ? 'kind' : compareTemporal(first, second)
    if (order === 'kind') throw unlike()
    return order
  }
  if (typeof left === 'string' && typeof right === 'string') return left < right ? -1 : left > right ? 1 : 0
  if (left instanceof Quantity || right instanceof Quantity) {
    const first = asQuantity(left)
    const second = asQuantity(right)
    if (first === undefined || second === undefined) throw unlike()
    const pair = commensurable(first, second, run.ports.ucum)
    return pair?.[0].compare(pair[1])
  }
  throw unlike()
}

/** A text beside a date is read as one: JSON does not tell them apart. */
function temporalLike(value: SystemValue, other: SystemValue): Temporal | undefined {
  if (value instanceof Temporal) return value
  if (typeof value !== 'string' || !(other instanceof Temporal)) return undefined
  return other.kind === 'Time' ? Temporal.parseTime(value) : Temporal.parseDateTime(value)
}

function unlike(): FhirPathError {
  return new FhirPathError('type-mismatch', 'Two values of unlike types cannot be compared')
}
