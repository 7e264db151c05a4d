/**
 * A date, a time of day, or both, exactly as precise as it was written: a part that was not written is not there, and no part is there
 * without the larger ones before it (but a time of day has no date). Plain data.
 */
export interface Timestamp {
  /** 0 to 9999; absent in a time of day. */
  readonly year?: number
  /** 1 to 12. */
  readonly month?: number
  /** 1 to 31. */
  readonly day?: number
  /** 0 to 23. */
  readonly hour?: number
  readonly minute?: number
  readonly second?: number
  /** Digits after the decimal point as they stand: `5`, `50` and `500` are different precisions. HL7 writes up to four. */
  readonly fraction?: string
  /** `+0100`; `-0000` means that the time is UTC and the local zone unknown (HL7 v2.9 §2.A.22). Absent: the sender's own time. */
  readonly offset?: string
}

export type TimestampPrecision = 'year' | 'month' | 'day' | 'hour' | 'minute' | 'second' | 'fraction'

/** The smallest part that is there. */
export function precisionOf(value: Timestamp): TimestampPrecision {
  if (value.fraction !== undefined) return 'fraction'
  if (value.second !== undefined) return 'second'
  if (value.minute !== undefined) return 'minute'
  if (value.hour !== undefined) return 'hour'
  if (value.day !== undefined) return 'day'
  return value.month !== undefined ? 'month' : 'year'
}

/** Minutes east of UTC. */
export function offsetMinutesOf(offset: string): number {
  const minutes = Number(offset.slice(1, 3)) * 60 + Number(offset.slice(3, 5))
  return offset.startsWith('-') && minutes > 0 ? -minutes : minutes
}
