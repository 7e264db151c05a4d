import type { Timestamp } from './timestamp-value.ts'

/** DT, TM or DTM, as the value has a date, a time or both: what `parseDate`, `parseTime` and `parseTimestamp` read. */
export function formatTimestampValue(value: Timestamp): string {
  const date = digits(value.year, 4) + digits(value.month, 2) + digits(value.day, 2)
  const time = digits(value.hour, 2) + digits(value.minute, 2) + digits(value.second, 2)
  return date + time + (value.fraction === undefined ? '' : `.${value.fraction}`) + (value.offset ?? '')
}

/** A number with leading zeros; nothing for what is not there. */
export function digits(value: number | undefined, length: number): string {
  return value === undefined ? '' : String(value).padStart(length, '0')
}
