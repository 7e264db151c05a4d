import { dayNumber, daysInMonth } from './calendar.ts'
import type { Timestamp } from './timestamp-value.ts'
import { offsetMinutesOf } from './timestamp-value.ts'

/** Digits of the fraction that counts: a nanosecond. */
const FRACTION_DIGITS = 9
const NANOSECONDS = 1_000_000_000n

/** First and last nanosecond of the span that a value stands for, from an arbitrary zero. */
interface Span {
  readonly first: bigint
  readonly last: bigint
}

/**
 * Compares two values of the same kind as the spans that they are: `2026` holds all of its days. -1 when a is over before b begins, 1
 * the other way round, 0 when they are the same span, and undefined when that cannot be told: one span holds the other, they
 * overlap, one is a date and the other a time of day, or only one has a zone and `assumedOffset` is not given.
 */
export function compareTimestamps(
  a: Timestamp,
  b: Timestamp,
  options: { /** The zone of values that have none: `+0100`. */ readonly assumedOffset?: string } = {},
): -1 | 0 | 1 | undefined {
  if ((a.year === undefined) !== (b.year === undefined)) return undefined
  const offsetA = a.offset ?? options.assumedOffset
  const offsetB = b.offset ?? options.assumedOffset
  if ((offsetA === undefined) !== (offsetB === undefined)) return undefined
  const spanA = spanOf(a, offsetA)
  const spanB = spanOf(b, offsetB)
  if (spanA.last < spanB.first) return -1
  if (spanB.last < spanA.first) return 1
  return spanA.first === spanB.first && spanA.last === spanB.last ? 0 : undefined
}

function spanOf(value: Timestamp, offset: string | undefined): Span {
  const shift = offset === undefined ? 0 : offsetMinutesOf(offset)
  const last = {
    month: value.month ?? 12,
    day: value.day ?? (value.year === undefined ? 1 : daysInMonth(value.year, value.month ?? 12)),
    hour: value.hour ?? 23,
    minute: value.minute ?? 59,
    second: value.second ?? 59,
    fraction: (value.fraction ?? '').slice(0, FRACTION_DIGITS).padEnd(FRACTION_DIGITS, '9'),
  }
  const first = {
    month: value.month ?? 1,
    day: value.day ?? 1,
    hour: value.hour ?? 0,
    minute: value.minute ?? 0,
    second: value.second ?? 0,
    fraction: (value.fraction ?? '').slice(0, FRACTION_DIGITS).padEnd(FRACTION_DIGITS, '0'),
  }
  const day = value.year === undefined ? undefined : value.year
  return { first: nanosecondsOf(day, first, shift), last: nanosecondsOf(day, last, shift) }
}

function nanosecondsOf(
  year: number | undefined,
  at: { month: number; day: number; hour: number; minute: number; second: number; fraction: string },
  shiftMinutes: number,
): bigint {
  const days = year === undefined ? 0 : dayNumber(year, at.month, at.day)
  const seconds = ((days * 24 + at.hour) * 60 + at.minute - shiftMinutes) * 60 + at.second
  return BigInt(seconds) * NANOSECONDS + BigInt(at.fraction)
}
