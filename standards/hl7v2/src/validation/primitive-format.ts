import { parseDate, parseTime, parseTimestamp } from '../timestamps/parse-timestamp.ts'
import { isAtLeast } from '../version.ts'

/** What a text fails to be, in words that follow "is no"; undefined where it is well formed. */
export type PrimitiveFormat = (text: string) => string | undefined

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)$/
const SEQUENCE = /^\d{1,4}$/
const NUMERIC_STRING = /^\+?\d+$/
/** `[NN] [(999)]999-9999[X99999][B99999][C any text]` (HL7 v2.3 §2.8.40), with the group lengths of other countries. */
const TELEPHONE = /^(?:\d{1,3} )?(?:\(\d{1,5}\))?[\d-]{3,15}(?:X\d{1,5})?(?:B\d{1,5})?(?:C.*)?$/

const DATE_TEXT = 'no date: YYYY[MM[DD]]'
const TIME_TEXT = 'no time: HH[MM[SS[.SSSS]]][+/-ZZZZ]'
const TIMESTAMP_TEXT = 'no date and time: YYYY[MM[DD[HH[MM[SS[.SSSS]]]]]][+/-ZZZZ]'

function date(text: string): string | undefined {
  return parseDate(text).ok ? undefined : DATE_TEXT
}

/** DT before 2.3 had the day always (HL7 v2.2 §2.8.10.5). */
function fullDate(text: string): string | undefined {
  return text.length === 8 && parseDate(text).ok ? undefined : 'no date: YYYYMMDD'
}

function time(text: string): string | undefined {
  return fractionFits(text) && parseTime(text).ok ? undefined : TIME_TEXT
}

function timestamp(text: string): string | undefined {
  return fractionFits(text) && parseTimestamp(text).ok ? undefined : TIMESTAMP_TEXT
}

/** Up to 2.4 minutes came with the hour: `YYYY[MM[DD[HHMM[SS[.SSSS]]]]]` (HL7 v2.3 §2.8.43, v2.4 §2.9.47). */
function timestampWithMinutes(text: string): string | undefined {
  const zone = Math.max(text.indexOf('+'), text.indexOf('-'))
  const digits = zone < 0 ? text.length : zone
  return digits === 10 ? 'no date and time: an hour has its minutes before version 2.5' : timestamp(text)
}

/** HL7 writes at most four digits of a second's fraction. */
function fractionFits(text: string): boolean {
  const point = text.indexOf('.')
  if (point < 0) return true
  const zone = Math.max(text.indexOf('+', point), text.indexOf('-', point))
  const digits = (zone < 0 ? text.length : zone) - point - 1
  return digits >= 1 && digits <= 4
}

function matching(pattern: RegExp, otherwise: string): PrimitiveFormat {
  return text => (pattern.test(text) ? undefined : otherwise)
}

const NUMERIC = matching(NUMBER, 'no number')
const SEQUENCE_ID = matching(SEQUENCE, 'no sequence number: 0 to 9999')

/** Formats of a version's primitive types. Strings (ST, TX, FT, ID, IS, GTS) have none but their tables and escapes. */
export function primitiveFormats(version: string): ReadonlyMap<string, PrimitiveFormat> {
  const minutes = isAtLeast(version, 2, 5) ? timestamp : timestampWithMinutes
  return new Map<string, PrimitiveFormat>([
    ['DT', isAtLeast(version, 2, 3) ? date : fullDate],
    ['TM', time],
    ['DTM', minutes],
    // Without components in versions whose TS is one text; where TS has a DTM inside, that is looked at instead.
    ['TS', minutes],
    ['NM', NUMERIC],
    ['SI', SEQUENCE_ID],
    ['SNM', matching(NUMERIC_STRING, 'no telephone number: digits, + before them')],
    ['TN', matching(TELEPHONE, 'no telephone number: [NN] [(999)]999-9999[X99999][B99999][C any text]')],
  ])
}
