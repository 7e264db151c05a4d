import type { Decimal } from './decimal.ts'
import { FhirPathError } from './issue.ts'
import { daysInMonth, Temporal, type TemporalKind, type TemporalPrecision, utcMs } from './temporal.ts'

type CalendarUnit = 'year' | 'month' | 'week' | 'day' | 'hour' | 'minute' | 'second' | 'millisecond'

/** What a quantity's unit means when it is added to a date. UCUM's year and month are averages, and are refused. */
const UNITS: ReadonlyMap<string, CalendarUnit> = new Map(
  Object.entries<CalendarUnit>({
    year: 'year',
    years: 'year',
    month: 'month',
    months: 'month',
    week: 'week',
    weeks: 'week',
    wk: 'week',
    day: 'day',
    days: 'day',
    d: 'day',
    hour: 'hour',
    hours: 'hour',
    h: 'hour',
    minute: 'minute',
    minutes: 'minute',
    min: 'minute',
    second: 'second',
    seconds: 'second',
    s: 'second',
    millisecond: 'millisecond',
    milliseconds: 'millisecond',
    ms: 'millisecond',
  }),
)

const MILLISECONDS: Readonly<Record<CalendarUnit, number>> = {
  year: 365 * 86_400_000,
  month: 30 * 86_400_000,
  week: 7 * 86_400_000,
  day: 86_400_000,
  hour: 3_600_000,
  minute: 60_000,
  second: 1000,
  millisecond: 1,
}

const PRECISION_UNITS: readonly CalendarUnit[] = ['year', 'month', 'day', 'hour', 'minute', 'second']

/**
 * A date or time moved by a duration (FHIRPath 2.0 §6.6.7): the precision stays, the duration is first brought to it,
 * the last day of a month is kept within the month, and a Time goes round midnight. `undefined` beyond the years 1 to 9999.
 */
export function addDuration(value: Temporal, amount: Decimal, unitText: string): Temporal | undefined {
  const unit = UNITS.get(unitText)
  if (unit === undefined)
    throw new FhirPathError('type-mismatch', `A duration in '${unitText}' cannot be added to a date or time`)
  const exact = unit === 'second' || unit === 'millisecond'
  const number = exact ? amount.toNumber() : Number(amount.truncate())
  if (value.kind === 'Time') return addToTime(value, number * MILLISECONDS[unit])
  const { years, months, ms } = atPrecision(number, unit, value.precision)
  const monthCount = value.parts.year * 12 + (value.parts.month - 1) + years * 12 + months
  const year = Math.floor(monthCount / 12)
  const month = (monthCount % 12) + 1
  if (year < 1 || year > 9999) return undefined
  const day = Math.min(value.parts.day, daysInMonth(year, month))
  const moved = new Date(utcMs({ ...value.parts, year, month, day }) + ms)
  if (Number.isNaN(moved.getTime()) || moved.getUTCFullYear() < 1 || moved.getUTCFullYear() > 9999) return undefined
  return fromUtc(value, moved)
}

/** The duration in years, months and milliseconds, truncated to the smallest unit that the value has. */
function atPrecision(
  number: number,
  unit: CalendarUnit,
  precision: TemporalPrecision,
): { readonly years: number; readonly months: number; readonly ms: number } {
  if (unit === 'year') return { years: number, months: 0, ms: 0 }
  if (unit === 'month')
    return precision === 1 ? { years: Math.trunc(number / 12), months: 0, ms: 0 } : { years: 0, months: number, ms: 0 }
  const ms = number * MILLISECONDS[unit]
  if (precision === 1) return { years: Math.trunc(ms / MILLISECONDS.year), months: 0, ms: 0 }
  if (precision === 2) return { years: 0, months: Math.trunc(ms / MILLISECONDS.month), ms: 0 }
  const step = precision === 6 ? 1 : MILLISECONDS[PRECISION_UNITS[precision - 1] ?? 'millisecond']
  return { years: 0, months: 0, ms: Math.trunc(ms / step) * step }
}

function addToTime(value: Temporal, ms: number): Temporal {
  const moved = new Date(Math.round(utcMs({ ...value.parts, year: 1970 }) + ms))
  return fromUtc(value, moved)
}

function fromUtc(like: Temporal, moved: Date): Temporal {
  const parts = {
    year: like.kind === 'Time' ? 0 : moved.getUTCFullYear(),
    month: moved.getUTCMonth() + 1,
    day: moved.getUTCDate(),
    hour: moved.getUTCHours(),
    minute: moved.getUTCMinutes(),
    ms: moved.getUTCSeconds() * 1000 + moved.getUTCMilliseconds(),
  }
  const digits = parts.ms % 1000 === 0 ? like.fractionDigits : Math.max(3, like.fractionDigits)
  return temporalOf(like.kind, like.precision, parts, like.offsetMinutes, digits)
}

/** A value from its parts, with the text that says it. */
export function temporalOf(
  kind: TemporalKind,
  precision: TemporalPrecision,
  parts: Temporal['parts'],
  offsetMinutes: number | undefined,
  fractionDigits: number,
): Temporal {
  const text = formatTemporal(kind, precision, parts, offsetMinutes, fractionDigits)
  return new Temporal(kind, precision, parts, offsetMinutes, fractionDigits, text)
}

function two(value: number): string {
  return String(value).padStart(2, '0')
}

function formatTemporal(
  kind: TemporalKind,
  precision: TemporalPrecision,
  parts: Temporal['parts'],
  offsetMinutes: number | undefined,
  fractionDigits: number,
): string {
  const seconds = Math.floor(parts.ms / 1000)
  const fraction =
    fractionDigits === 0
      ? ''
      : `.${String(parts.ms % 1000)
          .padStart(3, '0')
          .slice(0, fractionDigits)}`
  const clock = [two(parts.hour), two(parts.minute), `${two(seconds)}${fraction}`]
    .slice(0, Math.max(0, precision - 3))
    .join(':')
  if (kind === 'Time') return clock
  const date = [String(parts.year).padStart(4, '0'), two(parts.month), two(parts.day)].slice(0, precision).join('-')
  if (kind === 'Date') return date
  return `${date}T${clock}${formatZone(offsetMinutes)}`
}

function formatZone(offsetMinutes: number | undefined): string {
  if (offsetMinutes === undefined) return ''
  if (offsetMinutes === 0) return 'Z'
  const minutes = Math.abs(offsetMinutes)
  return `${offsetMinutes < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`
}

/** Digits that the boundary functions count: year 4, month 6, day 8, hour 10, minute 12, second with milliseconds 17. */
const DIGITS: readonly number[] = [4, 6, 8, 10, 12, 17]

/** Hours of the time zones furthest from UTC: what a value without a zone may mean. */
const ZONE_MINUTES_EARLIEST = 14 * 60
const ZONE_MINUTES_LATEST = -12 * 60

/**
 * The earliest (`low`) or latest moment that the value may mean, written with so many digits (FHIRPath §5.5 lowBoundary,
 * highBoundary): 8 for a Date and 17 for a DateTime unless said. `undefined` for digits that no precision has.
 */
export function temporalBoundary(value: Temporal, low: boolean, digits: number | undefined): Temporal | undefined {
  if (value.kind === 'Time') {
    const precision = digits === undefined ? 6 : timePrecision(digits)
    return precision === undefined ? undefined : temporalOf('Time', precision, filled(value, low), undefined, 3)
  }
  const index = DIGITS.indexOf(digits ?? (value.kind === 'Date' ? 8 : 17))
  if (index === -1) return undefined
  // The table has six rows, so that index + 1 is a precision.
  const precision = (index + 1) as TemporalPrecision
  const kind = precision > 3 ? 'DateTime' : value.kind
  const zone = precision < 4 ? undefined : (value.offsetMinutes ?? (low ? ZONE_MINUTES_EARLIEST : ZONE_MINUTES_LATEST))
  return temporalOf(kind, precision, filled(value, low), zone, 3)
}

function timePrecision(digits: number): TemporalPrecision | undefined {
  const precisions: Readonly<Record<number, TemporalPrecision>> = { 2: 4, 4: 5, 9: 6 }
  return precisions[digits]
}

/** The parts with what is not given at its lowest or highest. */
function filled(value: Temporal, low: boolean): Temporal['parts'] {
  const { parts, precision } = value
  const month = precision >= 2 ? parts.month : low ? 1 : 12
  const lastMs = precision < 6 ? (low ? 0 : 59_999) : parts.ms + (low ? 0 : fractionRest(value.fractionDigits))
  return {
    year: parts.year,
    month,
    day: precision >= 3 ? parts.day : low ? 1 : daysInMonth(parts.year, month),
    hour: precision >= 4 ? parts.hour : low ? 0 : 23,
    minute: precision >= 5 ? parts.minute : low ? 0 : 59,
    ms: lastMs,
  }
}

/** Milliseconds that a fraction of so many digits leaves open. */
function fractionRest(digits: number): number {
  return digits >= 3 ? 0 : 10 ** (3 - digits) - 1
}

/** How many digits the value gives, as `precision()` counts them. */
export function temporalDigits(value: Temporal): number {
  const counted = DIGITS[value.precision - 1] ?? 0
  const withFraction = value.precision === 6 ? 14 + value.fractionDigits : counted
  return value.kind === 'Time' ? withFraction - 8 : withFraction
}
