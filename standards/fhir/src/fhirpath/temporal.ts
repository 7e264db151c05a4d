/** What a value says it is: `@2012` is a Date, `@2012T` a DateTime of the same precision, `@T12` a Time. */
export type TemporalKind = 'Date' | 'DateTime' | 'Time'

/** How many of year, month, day, hour, minute and second a value gives. Milliseconds count with seconds (FHIRPath 2.0 §6.2). */
export type TemporalPrecision = 1 | 2 | 3 | 4 | 5 | 6

const DATE_TIME =
  /^(\d{4})(?:-(\d\d)(?:-(\d\d))?)?(?:(T)(?:(\d\d)(?::(\d\d)(?::(\d\d)(?:\.(\d+))?)?)?(Z|[+-]\d\d:\d\d)?)?)?$/
const TIME = /^(\d\d)(?::(\d\d)(?::(\d\d)(?:\.(\d+))?)?)?$/

const MINUTE_MS = 60_000

interface Parts {
  readonly year: number
  readonly month: number
  readonly day: number
  readonly hour: number
  readonly minute: number
  /** Whole and fractional seconds, in milliseconds. */
  readonly ms: number
}

/** A date, a date with time, or a time of day, with the precision and the time zone that it was written with. */
export class Temporal {
  readonly kind: TemporalKind
  readonly precision: TemporalPrecision
  readonly parts: Parts
  /** Minutes east of UTC; `undefined` when not said. */
  readonly offsetMinutes: number | undefined
  /** Digits of the fraction of the second that were written. */
  readonly fractionDigits: number
  /** As written, without `@`. */
  readonly text: string

  constructor(
    kind: TemporalKind,
    precision: TemporalPrecision,
    parts: Parts,
    offsetMinutes: number | undefined,
    fractionDigits: number,
    text: string,
  ) {
    this.kind = kind
    this.precision = precision
    this.parts = parts
    this.offsetMinutes = offsetMinutes
    this.fractionDigits = fractionDigits
    this.text = text
  }

  /** Reads a literal with its `@`. */
  static parseLiteral(literal: string): Temporal | undefined {
    return literal.startsWith('@T') ? Temporal.parseTime(literal.slice(2)) : Temporal.parseDateTime(literal.slice(1))
  }

  /** Reads a date or dateTime; a text without `T` is a Date. `undefined` for what is none, or for a day that is not. */
  static parseDateTime(text: string): Temporal | undefined {
    const match = DATE_TIME.exec(text)
    if (match === null) return undefined
    const [, year, month, day, t, hour, minute, second, fraction, zone] = match
    const given = [year, month, day, hour, minute, second].map(part => (part === undefined ? undefined : Number(part)))
    const missing = given.indexOf(undefined)
    if (hour !== undefined && day === undefined) return undefined
    const parts: Parts = {
      year: given[0] ?? 0,
      month: given[1] ?? 1,
      day: given[2] ?? 1,
      hour: given[3] ?? 0,
      minute: given[4] ?? 0,
      ms: (given[5] ?? 0) * 1000 + fractionMs(fraction),
    }
    if (!isRealDate(parts) || !isRealTime(parts)) return undefined
    // Between 1 and 5: the year is always there.
    const precision = missing === -1 ? 6 : (missing as TemporalPrecision)
    const kind = t === undefined ? 'Date' : 'DateTime'
    return new Temporal(kind, precision, parts, zoneMinutes(zone), fraction?.length ?? 0, text)
  }

  /** Reads a time of day without `T`. */
  static parseTime(text: string): Temporal | undefined {
    const match = TIME.exec(text)
    if (match === null) return undefined
    const [, hour, minute, second, fraction] = match
    const parts: Parts = {
      year: 0,
      month: 1,
      day: 1,
      hour: Number(hour),
      minute: Number(minute ?? 0),
      ms: Number(second ?? 0) * 1000 + fractionMs(fraction),
    }
    if (!isRealTime(parts)) return undefined
    const precision = second !== undefined ? 6 : minute !== undefined ? 5 : 4
    return new Temporal('Time', precision, parts, undefined, fraction?.length ?? 0, text)
  }

  toString(): string {
    return this.text
  }

  /** The value as a DateTime of the same precision; a Date needs this to be compared with one. */
  asDateTime(): Temporal {
    if (this.kind !== 'Date') return this
    const text = this.precision < 4 ? `${this.text}T` : this.text
    return new Temporal('DateTime', this.precision, this.parts, this.offsetMinutes, this.fractionDigits, text)
  }

  /** Year, month, day, hour, minute, milliseconds of the minute, moved to UTC when a time and a zone are known. */
  comparable(): readonly number[] {
    const { year, month, day, hour, minute, ms } = this.parts
    if (this.offsetMinutes === undefined || this.offsetMinutes === 0 || this.precision < 4)
      return [year, month, day, hour, minute, ms]
    const utc = new Date(utcMs(this.parts) - this.offsetMinutes * MINUTE_MS)
    return [
      utc.getUTCFullYear(),
      utc.getUTCMonth() + 1,
      utc.getUTCDate(),
      utc.getUTCHours(),
      utc.getUTCMinutes(),
      utc.getUTCSeconds() * 1000 + utc.getUTCMilliseconds(),
    ]
  }
}

/** Milliseconds since 1970 of the parts, read as UTC. Years before 100 are meant as written. */
export function utcMs(parts: Parts): number {
  const date = new Date(0)
  date.setUTCFullYear(parts.year, parts.month - 1, parts.day)
  date.setUTCHours(parts.hour, parts.minute, 0, parts.ms)
  return date.getTime()
}

/** Days of a month, 1 to 12, in the Gregorian calendar. */
export function daysInMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}

function fractionMs(fraction: string | undefined): number {
  return fraction === undefined ? 0 : Number(`0.${fraction}`) * 1000
}

function zoneMinutes(zone: string | undefined): number | undefined {
  if (zone === undefined) return undefined
  if (zone === 'Z') return 0
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4, 6))
  return zone.startsWith('-') ? -minutes : minutes
}

function isRealDate(parts: Parts): boolean {
  return parts.month >= 1 && parts.month <= 12 && parts.day >= 1 && parts.day <= daysInMonth(parts.year, parts.month)
}

/** A leap second is 60; the end of a day is 24:00 nowhere in FHIR (R4 datatypes.html#time). */
function isRealTime(parts: Parts): boolean {
  return parts.hour <= 23 && parts.minute <= 59 && parts.ms < 61_000
}

/** Two values that lie further apart than this are in that order in whatever time zone. */
const ZONES_SPAN_MS = 26 * 60 * MINUTE_MS

/**
 * Negative, zero or positive; `undefined` when unsure: one value is less precise where both agree so far, or one has a
 * time zone and the other does not and they lie within a day (FHIRPath 2.0 §6.2.1). `'kind'` when a Time meets a Date.
 */
export function compareTemporal(left: Temporal, right: Temporal): number | undefined | 'kind' {
  if ((left.kind === 'Time') !== (right.kind === 'Time')) return 'kind'
  const bothTimed = left.precision > 3 && right.precision > 3
  if (left.kind !== 'Time' && bothTimed && (left.offsetMinutes === undefined) !== (right.offsetMinutes === undefined)) {
    const difference =
      utcMs(left.parts) -
      (left.offsetMinutes ?? 0) * MINUTE_MS -
      utcMs(right.parts) +
      (right.offsetMinutes ?? 0) * MINUTE_MS
    return Math.abs(difference) > ZONES_SPAN_MS ? difference : undefined
  }
  const first = left.comparable()
  const second = right.comparable()
  const shared = Math.min(left.precision, right.precision)
  for (let index = left.kind === 'Time' ? 3 : 0; index < shared; index++) {
    const difference = (first[index] ?? 0) - (second[index] ?? 0)
    if (difference !== 0) return difference
  }
  return left.precision === right.precision ? 0 : undefined
}
