import { keptLiteral } from '../json/decimal-literals.ts'

/** What is wrong with a primitive's value; nothing where it is right. */
export type PrimitiveFault = 'type' | 'value' | 'range' | undefined

/** Looks at a value; the holder and its key tell the text of a number. */
export type PrimitiveCheck = (value: unknown, holder: object, key: string, index: number | undefined) => PrimitiveFault

const INT32_MAX = 2_147_483_647
const INT32_MIN = -2_147_483_648
/** FHIR R4 datatypes.html#string: a string is at most 1 MB. */
const STRING_LENGTH_MAX = 1024 * 1024

const CONTROL_CHARACTER = /[\0-\x08\x0b\x0c\x0e-\x1f]/
const NOT_WHITE_SPACE = /\S/
/** White space is what XML calls so: the standard's regular expressions are XML Schema's, and its own codes have no-break spaces. */
const CODE = /^[^ \t\r\n]+([ \t\r\n][^ \t\r\n]+)*$/
const WHITE_SPACE = /\s/
const ID = /^[A-Za-z0-9\-.]{1,64}$/
const OID = /^urn:oid:[0-2](\.(0|[1-9]\d*))+$/
const UUID = /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
const DATE = /^(\d{4})(?:-(\d\d)(?:-(\d\d))?)?$/
const DATE_TIME =
  /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T([01]\d|2[0-3]):([0-5]\d):([0-5]\d|60)(?:\.\d+)?(?:Z|[+-](?:(?:0\d|1[0-3]):[0-5]\d|14:00)))?)?)?$/
const TIME = /^([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?$/
const BASE64 = /^[A-Za-z0-9+/\s]*(=\s*){0,2}$/
const DAYS: readonly number[] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

/** FHIR R4 datatypes.html#primitive: the check of each primitive type. Regular expressions have no nested repetition that a long value could slow. */
export const PRIMITIVE_CHECKS: Readonly<Record<string, PrimitiveCheck>> = {
  boolean: value => (typeof value === 'boolean' ? undefined : 'type'),
  integer: integerBetween(INT32_MIN, INT32_MAX),
  unsignedInt: integerBetween(0, INT32_MAX),
  positiveInt: integerBetween(1, INT32_MAX),
  decimal: value => (typeof value !== 'number' ? 'type' : Number.isFinite(value) ? undefined : 'range'),
  string: textWhere(isText),
  markdown: textWhere(isText),
  xhtml: textWhere(text => text !== ''),
  code: textWhere(text => CODE.test(text) && !CONTROL_CHARACTER.test(text)),
  id: textWhere(text => ID.test(text)),
  uri: textWhere(isUri),
  url: textWhere(isUri),
  // Absolute says the text of R4 (references.html#canonical); its own examples are relative in many places.
  canonical: textWhere(isUri),
  oid: textWhere(text => OID.test(text)),
  uuid: textWhere(text => UUID.test(text)),
  base64Binary: textWhere(isBase64),
  date: textWhere(text => isCalendarDate(DATE.exec(text))),
  dateTime: textWhere(text => isCalendarDate(DATE_TIME.exec(text))),
  instant: textWhere(text => text.length >= 20 && isCalendarDate(DATE_TIME.exec(text))),
  time: textWhere(text => TIME.test(text)),
}

function textWhere(isRight: (text: string) => boolean): PrimitiveCheck {
  return value => (typeof value !== 'string' ? 'type' : isRight(value) ? undefined : 'value')
}

/** A string without a character that FHIR forbids, and not only white space. Half a surrogate pair cannot be sent as UTF-8. */
function isText(text: string): boolean {
  return (
    text.length <= STRING_LENGTH_MAX &&
    NOT_WHITE_SPACE.test(text) &&
    !CONTROL_CHARACTER.test(text) &&
    text.isWellFormed()
  )
}

function isUri(text: string): boolean {
  if (text === '' || WHITE_SPACE.test(text) || CONTROL_CHARACTER.test(text) || !text.isWellFormed()) return false
  if (text.startsWith('urn:uuid:')) return UUID.test(text)
  return !text.startsWith('urn:oid:') || OID.test(text)
}

function isBase64(text: string): boolean {
  if (!BASE64.test(text)) return false
  const characters = WHITE_SPACE.test(text) ? text.replace(/\s+/g, '') : text
  return characters !== '' && characters.length % 4 === 0
}

function integerBetween(min: number, max: number): PrimitiveCheck {
  return (value, holder, key, index) => {
    if (typeof value !== 'number') return 'type'
    if (!Number.isInteger(value)) return 'value'
    const literal = keptLiteral(holder, key, index, value)
    if (literal !== undefined && !/^(-?[1-9]\d*|0)$/.test(literal)) return 'value'
    return value >= min && value <= max ? undefined : 'range'
  }
}

/** Whether year, month and day are in the calendar; the year 0000 is not. */
function isCalendarDate(match: RegExpExecArray | null): boolean {
  if (match === null) return false
  const year = Number(match[1])
  if (year === 0) return false
  if (match[2] === undefined) return true
  const month = Number(match[2])
  const days = DAYS[month - 1]
  if (days === undefined) return false
  if (match[3] === undefined) return true
  const day = Number(match[3])
  const isLeapYear = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
  return day >= 1 && day <= (month === 2 && !isLeapYear ? 28 : days)
}
