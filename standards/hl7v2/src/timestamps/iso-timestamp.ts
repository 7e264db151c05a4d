import { digits } from './format-timestamp-value.ts'
import type { TimestampResult } from './parse-timestamp.ts'
import { checked } from './parse-timestamp.ts'
import type { Timestamp } from './timestamp-value.ts'

const ISO =
  /^(?:(\d{4})(?:-(\d\d)(?:-(\d\d))?)?)?(?:(?:(?<=\d)T|(?<!\d)T?)(\d\d)(?::(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?)?)?(Z|[+-]\d\d(?::?\d\d)?)?$/

/**
 * ISO 8601 of the same precision and zone: `2026-01-31T23:59:59.50+01:00`, `2026-01`, `23:59`. What FHIR takes as date, dateTime or time, but for
 * an hour without minutes, which FHIR does not have. A date cannot have a zone in ISO 8601: that of HL7 is left out.
 */
export function toIso(value: Timestamp): string {
  const date = [digits(value.year, 4), digits(value.month, 2), digits(value.day, 2)]
    .filter(part => part !== '')
    .join('-')
  const clock = [digits(value.hour, 2), digits(value.minute, 2), digits(value.second, 2)]
    .filter(part => part !== '')
    .join(':')
  if (clock === '') return date
  const fraction = value.fraction === undefined ? '' : `.${value.fraction}`
  return `${date}${date === '' ? '' : 'T'}${clock}${fraction}${isoOffset(value.offset)}`
}

function isoOffset(offset: string | undefined): string {
  if (offset === undefined) return ''
  return `${offset.slice(0, 3)}:${offset.slice(3)}`
}

/** Reads ISO 8601 in its extended form, as `toIso` and FHIR write it; `Z` becomes `+0000`. */
export function fromIso(text: string): TimestampResult {
  const match = ISO.exec(text)
  const expected = 'YYYY[-MM[-DD]][Thh[:mm[:ss[.sss]]][Z or +hh:mm]]'
  if (match === null || (match[1] === undefined && match[4] === undefined)) return refused(expected)
  const [, year, month, day, hour, minute, second, fraction, zone] = match
  // A time needs its whole date, and a zone its time.
  if (hour !== undefined && year !== undefined && day === undefined) return refused(expected)
  if (zone !== undefined && hour === undefined) return refused(expected)
  return checked('ISO 8601 date or time', {
    ...part('year', year),
    ...part('month', month),
    ...part('day', day),
    ...part('hour', hour),
    ...part('minute', minute),
    ...part('second', second),
    ...(fraction === undefined ? undefined : { fraction }),
    ...(zone === undefined ? undefined : { offset: zone === 'Z' ? '+0000' : zone.replace(':', '').padEnd(5, '0') }),
  })
}

function part(name: keyof Timestamp, text: string | undefined): Timestamp {
  return text === undefined ? {} : { [name]: Number(text) }
}

function refused(expected: string): TimestampResult {
  const text = `This is no ISO 8601 date or time: it needs ${expected}`
  return { ok: false, issues: [{ code: 'timestamp-invalid', severity: 'error', text }] }
}
