import { Decimal } from '../fhirpath/decimal.ts'

/** From `low` up to, not including, `high`: the numbers that a number with so many digits may have been rounded from. */
export interface ImpliedRange {
  readonly value: Decimal
  readonly low: Decimal
  readonly high: Decimal
}

const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE]([+-]?\d{1,3}))?$/

/**
 * The range that a number in a search means by its significant digits (R4 search.html#number): 100 is from 99.5 to 100.5,
 * 100.00 from 99.995 to 100.005, 1e2 from 95 to 105. `undefined` for what is no number.
 */
export function impliedRange(text: string): ImpliedRange | undefined {
  const match = NUMBER.exec(text)
  if (match === null) return undefined
  const normal = text.replace(/^([+-]?)\./, '$10.').replace(/\.(?=$|[eE])/, '')
  const value = Decimal.parse(normal)
  if (value === undefined) return undefined
  const half = halfOfLastDigit(normal, Number(match[1] ?? 0))
  return { value, low: value.subtract(half), high: value.add(half) }
}

function halfOfLastDigit(text: string, exponent: number): Decimal {
  const mantissa = text.replace(/[eE].*$/, '')
  const fractionDigits = mantissa.includes('.') ? mantissa.length - mantissa.indexOf('.') - 1 : 0
  // The standard's own example: 1e2 reaches from 95 to 105, though its one digit would let it reach from 50 to 150.
  const bareExponent = exponent > 0 && fractionDigits === 0
  const places = fractionDigits - exponent + (bareExponent ? 2 : 1)
  return places >= 0 ? new Decimal(5n, places) : new Decimal(5n * 10n ** BigInt(-places), 0)
}
