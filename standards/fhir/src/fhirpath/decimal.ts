/** Fractional digits that a division keeps when it does not end. FHIRPath asks for at least 8. */
const DIVISION_DIGITS = 20

/** Largest power of ten that a decimal is written out with, so that `1e999999999` cannot fill the memory. */
const EXPONENT_MAX = 400

const DECIMAL = /^([+-]?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,4}))?$/

const ZERO = 0n

/** 10 to the power of `n`. */
function tenTo(n: number): bigint {
  return 10n ** BigInt(n)
}

/**
 * An exact decimal number: `unscaled / 10^scale`. The scale keeps trailing zeros, since in FHIR 1.10 says more than 1.1
 * (R4 datatypes.html#decimal).
 */
export class Decimal {
  readonly unscaled: bigint
  readonly scale: number

  constructor(unscaled: bigint, scale: number) {
    this.unscaled = unscaled
    this.scale = scale
  }

  /** Reads a JSON or FHIRPath number; `undefined` for what is none, or is beyond 400 digits. */
  static parse(text: string): Decimal | undefined {
    const match = DECIMAL.exec(text)
    if (match === null) return undefined
    const fraction = match[3] ?? ''
    const exponent = match[4] === undefined ? 0 : Number(match[4])
    if (Math.abs(exponent) > EXPONENT_MAX || text.length > EXPONENT_MAX * 2) return undefined
    const digits = BigInt(`${match[1] === '-' ? '-' : ''}${match[2] ?? ''}${fraction}`)
    const scale = fraction.length - exponent
    return scale >= 0 ? new Decimal(digits, scale) : new Decimal(digits * tenTo(-scale), 0)
  }

  /** The decimal that a JavaScript number prints as; `undefined` for NaN and the infinities. */
  static fromNumber(value: number): Decimal | undefined {
    return Decimal.parse(String(value))
  }

  static fromInteger(value: number): Decimal {
    return new Decimal(BigInt(value), 0)
  }

  toString(): string {
    const negative = this.unscaled < ZERO
    const digits = (negative ? -this.unscaled : this.unscaled).toString().padStart(this.scale + 1, '0')
    const whole = digits.slice(0, digits.length - this.scale)
    const text = this.scale === 0 ? whole : `${whole}.${digits.slice(digits.length - this.scale)}`
    return negative ? `-${text}` : text
  }

  toNumber(): number {
    return Number(this.toString())
  }

  /** Negative, zero or positive, as the first is less than, equal to or greater than the second. */
  compare(other: Decimal): number {
    const scale = Math.max(this.scale, other.scale)
    const difference = this.unscaledAt(scale) - other.unscaledAt(scale)
    return difference < ZERO ? -1 : difference > ZERO ? 1 : 0
  }

  isInteger(): boolean {
    return this.scale === 0 || this.unscaled % tenTo(this.scale) === ZERO
  }

  negate(): Decimal {
    return new Decimal(-this.unscaled, this.scale)
  }

  abs(): Decimal {
    return this.unscaled < ZERO ? this.negate() : this
  }

  add(other: Decimal): Decimal {
    const scale = Math.max(this.scale, other.scale)
    return new Decimal(this.unscaledAt(scale) + other.unscaledAt(scale), scale)
  }

  subtract(other: Decimal): Decimal {
    return this.add(other.negate())
  }

  multiply(other: Decimal): Decimal {
    return new Decimal(this.unscaled * other.unscaled, this.scale + other.scale)
  }

  /** `undefined` when divided by zero. */
  divide(other: Decimal): Decimal | undefined {
    if (other.unscaled === ZERO) return undefined
    const scale = DIVISION_DIGITS + Math.max(this.scale, other.scale)
    const dividend = this.unscaledAt(scale + other.scale)
    return new Decimal(divideHalfUp(dividend, other.unscaled), scale).trimmed()
  }

  /** Whole part of the quotient, towards zero; `undefined` when divided by zero. */
  quotient(other: Decimal): Decimal | undefined {
    if (other.unscaled === ZERO) return undefined
    const scale = Math.max(this.scale, other.scale)
    return new Decimal(this.unscaledAt(scale) / other.unscaledAt(scale), 0)
  }

  /** What remains of the division with a quotient towards zero; `undefined` when divided by zero. */
  remainder(other: Decimal): Decimal | undefined {
    if (other.unscaled === ZERO) return undefined
    const scale = Math.max(this.scale, other.scale)
    return new Decimal(this.unscaledAt(scale) % other.unscaledAt(scale), scale).trimmed()
  }

  /** Half away from zero, to so many fractional digits. */
  round(digits: number): Decimal {
    if (digits >= this.scale) return this
    return new Decimal(divideHalfUp(this.unscaled, tenTo(this.scale - digits)), digits)
  }

  /** The same value without trailing zeros after the point. */
  trimmed(): Decimal {
    let { unscaled, scale } = this
    while (scale > 0 && unscaled % 10n === ZERO) {
      unscaled /= 10n
      scale--
    }
    return scale === this.scale ? this : new Decimal(unscaled, scale)
  }

  floor(): bigint {
    const whole = this.unscaled / tenTo(this.scale)
    return this.unscaled < ZERO && !this.isInteger() ? whole - 1n : whole
  }

  truncate(): bigint {
    return this.unscaled / tenTo(this.scale)
  }

  /** Unscaled digits at a scale that is at least this one's. */
  unscaledAt(scale: number): bigint {
    return scale === this.scale ? this.unscaled : this.unscaled * tenTo(scale - this.scale)
  }
}

function divideHalfUp(dividend: bigint, divisor: bigint): bigint {
  const negative = dividend < ZERO !== divisor < ZERO
  const absolute = dividend < ZERO ? -dividend : dividend
  const by = divisor < ZERO ? -divisor : divisor
  const rounded = (absolute * 2n + by) / (by * 2n)
  return negative ? -rounded : rounded
}
