import type { Decimal } from './decimal.ts'
import { Decimal as DecimalValue } from './decimal.ts'

/** Brings quantities of the same kind to one unit: `1 'g'` and `1000 'mg'` give the same. `undefined` for a unit it does not know. */
export interface UcumPort {
  canonical(value: string, unit: string): { readonly value: string; readonly unit: string } | undefined
}

/** A number with a unit: a UCUM code, or a calendar word such as `year`. */
export class Quantity {
  readonly value: Decimal
  readonly unit: string

  constructor(value: Decimal, unit: string) {
    this.value = value
    this.unit = unit
  }

  toString(): string {
    const unit = CALENDAR.has(this.unit) ? this.unit : `'${this.unit}'`
    return `${this.value.toString()} ${unit}`
  }
}

const CALENDAR: ReadonlySet<string> = new Set(
  ['year', 'month', 'week', 'day', 'hour', 'minute', 'second', 'millisecond'].flatMap(unit => [unit, `${unit}s`]),
)

/** Whether a unit is a calendar word, which is written without quotes. */
export function isCalendarUnit(unit: string): boolean {
  return CALENDAR.has(unit)
}

/** Durations of fixed length, in milliseconds: a calendar day is 24 hours here, as the specification lets it be. */
const MILLISECONDS: ReadonlyMap<string, bigint> = new Map(
  Object.entries<bigint>({
    wk: 604_800_000n,
    week: 604_800_000n,
    weeks: 604_800_000n,
    d: 86_400_000n,
    day: 86_400_000n,
    days: 86_400_000n,
    h: 3_600_000n,
    hour: 3_600_000n,
    hours: 3_600_000n,
    min: 60_000n,
    minute: 60_000n,
    minutes: 60_000n,
    s: 1000n,
    second: 1000n,
    seconds: 1000n,
    ms: 1n,
    millisecond: 1n,
    milliseconds: 1n,
  }),
)

const MONTHS: ReadonlyMap<string, bigint> = new Map(
  Object.entries<bigint>({ year: 12n, years: 12n, month: 1n, months: 1n }),
)

/** UCUM's own year and month, which a calendar's are only equivalent to. */
const AVERAGE: ReadonlyMap<string, string> = new Map(Object.entries<string>({ a: 'year', mo: 'month' }))

function scaled(quantity: Quantity, table: ReadonlyMap<string, bigint>): Decimal | undefined {
  const factor = table.get(quantity.unit)
  return factor === undefined ? undefined : new DecimalValue(quantity.value.unscaled * factor, quantity.value.scale)
}

/** Two numbers of the same unit; `undefined` when the units cannot be compared. */
export function commensurable(
  left: Quantity,
  right: Quantity,
  ucum: UcumPort | undefined,
): readonly [Decimal, Decimal] | undefined {
  if (left.unit === right.unit) return [left.value, right.value]
  for (const table of [MILLISECONDS, MONTHS]) {
    const first = scaled(left, table)
    const second = scaled(right, table)
    if (first !== undefined && second !== undefined) return [first, second]
  }
  if (ucum === undefined || isCalendarUnit(left.unit) || isCalendarUnit(right.unit)) return undefined
  const first = ucum.canonical(left.value.toString(), left.unit)
  const second = ucum.canonical(right.value.toString(), right.unit)
  if (first === undefined || second === undefined || first.unit !== second.unit) return undefined
  const firstValue = DecimalValue.parse(first.value)
  const secondValue = DecimalValue.parse(second.value)
  return firstValue === undefined || secondValue === undefined ? undefined : [firstValue, secondValue]
}

/** The quantity with UCUM's year and month read as the calendar's, for equivalence. */
export function calendarQuantity(quantity: Quantity): Quantity {
  const unit = AVERAGE.get(quantity.unit)
  return unit === undefined ? quantity : new Quantity(quantity.value, unit)
}
