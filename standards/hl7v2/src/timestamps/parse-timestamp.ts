import type { Issue } from '../issue.ts'
import { daysInMonth } from './calendar.ts'
import type { Timestamp } from './timestamp-value.ts'

/** What a text says, or why it says nothing. */
export type TimestampResult =
  | { readonly ok: true; readonly value: Timestamp }
  | { readonly ok: false; readonly issues: readonly Issue[] }

const DATE = /^(\d{4})(?:(\d\d)(\d\d)?)?$/
const TIME = /^(\d\d)(?:(\d\d)(?:(\d\d)(?:\.(\d{1,9}))?)?)?([+-]\d{4})?$/
const TIMESTAMP = /^(\d{4})(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:\.(\d{1,9}))?)?)?)?)?)?([+-]\d{4})?$/
/** Highest offset in use is +1400. */
const OFFSET_HOURS_MAX = 14

/** DT: `YYYY[MM[DD]]` (HL7 v2.9 §2.A.21). */
export function parseDate(text: string): TimestampResult {
  const match = DATE.exec(text)
  return match === null ? invalid('DT', 'YYYY[MM[DD]]') : checked('DT', dateParts(match[1], match[2], match[3]))
}

/** TM: `HH[MM[SS[.S[S[S[S]]]]]][+/-ZZZZ]` (HL7 v2.9 §2.A.75). More than four digits of a fraction are accepted, up to nine. */
export function parseTime(text: string): TimestampResult {
  const match = TIME.exec(text)
  if (match === null) return invalid('TM', 'HH[MM[SS[.SSSS]]][+/-ZZZZ]')
  return checked('TM', timeParts(match[1], match[2], match[3], match[4], match[5]))
}

/**
 * DTM, and the first component of TS: `YYYY[MM[DD[HH[MM[SS[.S[S[S[S]]]]]]]]][+/-ZZZZ]` (HL7 v2.9 §2.A.22). A day, month or time that does not
 * exist is refused, as is hour 24.
 */
export function parseTimestamp(text: string): TimestampResult {
  const match = TIMESTAMP.exec(text)
  if (match === null) return invalid('DTM', 'YYYY[MM[DD[HH[MM[SS[.SSSS]]]]]][+/-ZZZZ]')
  return checked('DTM', {
    ...dateParts(match[1], match[2], match[3]),
    ...timeParts(match[4], match[5], match[6], match[7], match[8]),
  })
}

function dateParts(year: string | undefined, month: string | undefined, day: string | undefined): Timestamp {
  return {
    year: Number(year),
    ...(month === undefined ? undefined : { month: Number(month) }),
    ...(day === undefined ? undefined : { day: Number(day) }),
  }
}

function timeParts(
  hour: string | undefined,
  minute: string | undefined,
  second: string | undefined,
  fraction: string | undefined,
  offset: string | undefined,
): Timestamp {
  return {
    ...(hour === undefined ? undefined : { hour: Number(hour) }),
    ...(minute === undefined ? undefined : { minute: Number(minute) }),
    ...(second === undefined ? undefined : { second: Number(second) }),
    ...(fraction === undefined ? undefined : { fraction }),
    ...(offset === undefined ? undefined : { offset }),
  }
}

/** Refuses what no calendar or clock has. */
export function checked(type: string, value: Timestamp): TimestampResult {
  const fault = faultOf(value)
  return fault === undefined ? { ok: true, value } : invalid(type, fault)
}

function faultOf({ year, month, day, hour, minute, second, offset }: Timestamp): string | undefined {
  if (month !== undefined && (month < 1 || month > 12)) return 'a month from 01 to 12'
  if (day !== undefined && (day < 1 || day > daysInMonth(year ?? 0, month ?? 1))) return 'a day that its month has'
  if (hour !== undefined && hour > 23) return 'an hour from 00 to 23'
  if (minute !== undefined && minute > 59) return 'a minute from 00 to 59'
  if (second !== undefined && second > 59) return 'a second from 00 to 59'
  if (offset !== undefined && (Number(offset.slice(1, 3)) > OFFSET_HOURS_MAX || Number(offset.slice(3)) > 59)) {
    return 'an offset up to 14 hours'
  }
  return undefined
}

function invalid(type: string, expected: string): TimestampResult {
  const issue = {
    code: 'timestamp-invalid',
    severity: 'error',
    text: `This is no ${type}: it needs ${expected}`,
  } as const
  return { ok: false, issues: [issue] }
}
