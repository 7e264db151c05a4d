import { Decimal } from './decimal.ts'
import { asDecimal } from './equality.ts'
import { type Collection, EMPTY, single, stringOf, systemValue, type SystemValue } from './item.ts'
import { FhirPathError } from './issue.ts'
import { commensurable, Quantity } from './quantity.ts'
import type { Run } from './run.ts'
import { addDuration } from './temporal-arithmetic.ts'
import { Temporal } from './temporal.ts'

export type ArithmeticOperator = '+' | '-' | '*' | '/' | 'div' | 'mod'

const INTEGER_MAX = 2_147_483_647

/** The arithmetic operators (FHIRPath 2.0 §6.6): empty when either side is, when divided by zero, or beyond what a type holds. */
export function calculate(operator: ArithmeticOperator, left: Collection, right: Collection, run: Run): Collection {
  const first = single(left, `The operator ${operator}`)
  const second = single(right, `The operator ${operator}`)
  if (first === undefined || second === undefined) return EMPTY
  const firstValue = systemValue(first)
  const secondValue = systemValue(second)
  if (firstValue === undefined || secondValue === undefined) return EMPTY
  const result = calculateValues(operator, firstValue, secondValue, run)
  return result === undefined ? EMPTY : [result]
}

function calculateValues(
  operator: ArithmeticOperator,
  left: SystemValue,
  right: SystemValue,
  run: Run,
): SystemValue | undefined {
  if (typeof left === 'number' && typeof right === 'number' && operator !== '/') return integers(operator, left, right)
  const first = asDecimal(left)
  const second = asDecimal(right)
  if (first !== undefined && second !== undefined) return decimals(operator, first, second)
  if (left instanceof Temporal && right instanceof Quantity && (operator === '+' || operator === '-'))
    return addDuration(left, operator === '+' ? right.value : right.value.negate(), right.unit)
  if (typeof left === 'string' && typeof right === 'string' && operator === '+') return left + right
  if (left instanceof Quantity && right instanceof Quantity) return quantities(operator, left, right, run)
  if (left instanceof Quantity && second !== undefined && (operator === '*' || operator === '/'))
    return withUnit(decimals(operator, left.value, second), left.unit)
  if (first !== undefined && right instanceof Quantity && operator === '*')
    return withUnit(first.multiply(right.value), right.unit)
  throw new FhirPathError('type-mismatch', `The operator ${operator} does not take values of these types`)
}

function withUnit(value: SystemValue | undefined, unit: string): Quantity | undefined {
  const number = value === undefined ? undefined : asDecimal(value)
  return number === undefined ? undefined : new Quantity(number, unit)
}

function integers(operator: ArithmeticOperator, left: number, right: number): number | undefined {
  if (right === 0 && (operator === 'div' || operator === 'mod')) return undefined
  const result =
    operator === '+'
      ? left + right
      : operator === '-'
        ? left - right
        : operator === '*'
          ? left * right
          : operator === 'div'
            ? Math.trunc(left / right)
            : left % right
  // Beyond 32 bits there is no Integer (FHIRPath 2.0 §6.6, overflow gives empty).
  return Math.abs(result) > INTEGER_MAX ? undefined : result + 0
}

function decimals(operator: ArithmeticOperator, left: Decimal, right: Decimal): SystemValue | undefined {
  switch (operator) {
    case '+':
      return left.add(right)
    case '-':
      return left.subtract(right)
    case '*':
      return left.multiply(right)
    case '/':
      return left.divide(right)
    case 'div': {
      const whole = left.quotient(right)?.toNumber()
      return whole === undefined || Math.abs(whole) > INTEGER_MAX ? undefined : whole
    }
    case 'mod':
      return left.remainder(right)
  }
}

function quantities(operator: ArithmeticOperator, left: Quantity, right: Quantity, run: Run): SystemValue | undefined {
  if (operator === '*') return new Quantity(left.value.multiply(right.value), unitProduct(left.unit, '.', right.unit))
  if (operator === '/') {
    const value = left.value.divide(right.value)
    const unit = left.unit === right.unit ? '1' : unitProduct(left.unit, '/', right.unit)
    return value === undefined ? undefined : new Quantity(value, unit)
  }
  if (operator !== '+' && operator !== '-')
    throw new FhirPathError('type-mismatch', `The operator ${operator} does not take quantities`)
  if (left.unit === right.unit) return withUnit(decimals(operator, left.value, right.value), left.unit)
  const pair = commensurable(left, right, run.ports.ucum)
  const canonical = run.ports.ucum?.canonical('1', left.unit)
  return pair === undefined || canonical === undefined
    ? undefined
    : withUnit(decimals(operator, ...pair), canonical.unit)
}

/** UCUM takes terms in parentheses. */
function unitProduct(left: string, operator: '.' | '/', right: string): string {
  if (right === '1') return left
  if (left === '1' && operator === '.') return right
  return `(${left})${operator}(${right})`
}

/** `-x` and `+x`. */
export function polarity(sign: '+' | '-', operand: Collection): Collection {
  const item = single(operand, `The sign ${sign}`)
  const value = item === undefined ? undefined : systemValue(item)
  if (value === undefined) return EMPTY
  if (typeof value === 'number') return [sign === '-' ? 0 - value : value]
  if (value instanceof Decimal) return [sign === '-' ? value.negate() : value]
  if (value instanceof Quantity) return [sign === '-' ? new Quantity(value.value.negate(), value.unit) : value]
  throw new FhirPathError('type-mismatch', `The sign ${sign} takes a number`)
}

/** `&`: two strings in one, where empty counts as no text. */
export function concatenate(left: Collection, right: Collection): Collection {
  const what = 'The operator &'
  return [(stringOf(left, what) ?? '') + (stringOf(right, what) ?? '')]
}
