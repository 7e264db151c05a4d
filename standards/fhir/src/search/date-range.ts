import { daysInMonth } from '../fhirpath/temporal.ts'

/** Milliseconds since 1970 UTC, from `lowMs` up to, not including, `highMs`. */
export interface DateRange {
  readonly lowMs: number
  readonly highMs: number
}

/**
 * How many minutes east of UTC a clock on the wall was, at a time that the clock showed, read as if it were UTC, in
 * milliseconds. For dates without a time zone: the standard lets the server's zone stand in (R4 search.html#date).
 */
export type LocalZone = (wallClockMs: number) => number

export const UTC: LocalZone = () => 0

const DATE = /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:\d\d)?)?)?)?$/

const MINUTE_MS = 60_000

interface WallClock {
  readonly year: number
  readonly month: number
  readonly day: number
  readonly ms: number
}

/** A wall clock as if it were in UTC. Months and days may lie beyond their ends. */
function utc(clock: WallClock): number {
  const date = new Date(0)
  date.setUTCFullYear(clock.year, clock.month - 1, clock.day)
  return date.getTime() + clock.ms
}

/**
 * The time that a date or dateTime may mean, by the precision that it is written with: `2013-01` is all of January
 * (R4 search.html#date). `undefined` for what is no date, or a day that is not. Seconds may be left out, as searches may.
 */
export function dateRange(text: string, zone: LocalZone): DateRange | undefined {
  const match = DATE.exec(text)
  if (match === null) return undefined
  const [, yearText, monthText, dayText, hourText, minuteText, secondText, fraction, zoneText] = match
  const year = Number(yearText)
  const month = Number(monthText ?? 1)
  const day = Number(dayText ?? 1)
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return undefined
  const toUtc = (clock: WallClock): number => {
    const wall = utc(clock)
    return wall - (zoneText === undefined ? zone(wall) : zoneMinutes(zoneText)) * MINUTE_MS
  }
  if (hourText === undefined) {
    const next =
      dayText !== undefined
        ? { year, month, day: day + 1, ms: 0 }
        : monthText !== undefined
          ? { year, month: month + 1, day: 1, ms: 0 }
          : { year: year + 1, month: 1, day: 1, ms: 0 }
    return { lowMs: toUtc({ year, month, day, ms: 0 }), highMs: toUtc(next) }
  }
  const hour = Number(hourText)
  const minute = Number(minuteText)
  const second = Number(secondText ?? 0)
  if (hour > 23 || minute > 59 || second > 60) return undefined
  const fractionMs = fraction === undefined ? 0 : Math.floor(Number(`0.${fraction}`) * 1000 + 1e-9)
  const lowMs = toUtc({ year, month, day, ms: ((hour * 60 + minute) * 60 + second) * 1000 + fractionMs })
  return { lowMs, highMs: lowMs + (secondText === undefined ? MINUTE_MS : precisionMs(fraction)) }
}

/** How long the smallest given part is; what is finer than a millisecond counts as one. */
function precisionMs(fraction: string | undefined): number {
  return fraction === undefined ? 1000 : Math.max(1, 10 ** (3 - fraction.length))
}

function zoneMinutes(text: string): number {
  if (text === 'Z') return 0
  const minutes = Number(text.slice(1, 3)) * 60 + Number(text.slice(4, 6))
  return text.startsWith('-') ? -minutes : minutes
}
