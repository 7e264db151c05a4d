import { daysInMonth } from '../../timestamps/calendar.ts'
import type { KeyedNumbers } from './keyed-hash.ts'

/** A day of the calendar. */
export interface CalendarDay {
  readonly year: number
  readonly month: number
  readonly day: number
}

/** A Norwegian national identity number or D-number taken apart. */
interface NationalNumber {
  readonly birth: CalendarDay
  /** What is added to the day in a D-number, and to the month in test series. */
  readonly dayOffset: 0 | 40
  readonly monthOffset: number
  /** The three digits after the date; the last of them is odd for men. */
  readonly individual: number
}

const WEIGHTS_1 = [3, 7, 6, 1, 8, 9, 4, 5, 2]
const WEIGHTS_2 = [5, 4, 3, 2, 7, 6, 5, 4, 3, 2]
/** Skatteetaten's synthetic people: month + 80. */
const SYNTHETIC_MONTH_OFFSET = 80
/** From 2032 the first control digit may leave these remainders (Skatteetaten, new national identity number from 2032). */
const REMAINDERS_2032 = 4

/**
 * A valid number of Skatteetaten's synthetic series (month + 80) for a valid Norwegian national identity number or D-number, of the same sex
 * and kind, born on the day that `moveBirth` gives for the birth date. Undefined for what is no such number.
 */
export function permuteNationalNumber(
  text: string,
  numbers: KeyedNumbers,
  moveBirth: (day: CalendarDay) => CalendarDay,
): string | undefined {
  const number = parseNationalNumber(text)
  if (number === undefined) return undefined
  const from = individuals(number.birth, number)
  const birth = moveBirth(number.birth)
  const target = { ...number, birth, monthOffset: SYNTHETIC_MONTH_OFFSET }
  const to = individuals(birth, target)
  const rank = from.indexOf(number.individual)
  const tweak = `national/${number.birth.year}-${number.birth.month}-${number.birth.day}/${number.dayOffset}`
  // The rank among the day's valid numbers is permuted, not hashed, so that two people of one day stay two.
  const place =
    rank < 0
      ? Number(numbers.number('national', text, BigInt(to.length)))
      : numbers.permuteBelow(rank, Math.max(from.length, to.length), tweak) % to.length
  const individual = to[place]
  return individual === undefined ? undefined : formatNationalNumber({ ...target, individual })
}

/** Whether a text is a valid national identity number or D-number, by today's rule or that of 2032, test series included. */
export function isNationalNumber(text: string): boolean {
  return parseNationalNumber(text) !== undefined
}

function parseNationalNumber(text: string): NationalNumber | undefined {
  if (!/^\d{11}$/.test(text)) return undefined
  const digits = [...text].map(Number)
  const first = weighted(digits, WEIGHTS_1) + (digits[9] ?? 0)
  const second = weighted(digits, WEIGHTS_2) + (digits[10] ?? 0)
  if (first % 11 >= REMAINDERS_2032 || second % 11 !== 0) return undefined
  const writtenDay = Number(text.slice(0, 2))
  const writtenMonth = Number(text.slice(2, 4))
  const dayOffset = writtenDay > 40 ? 40 : 0
  const monthOffset = [80, 65, 40, 0].find(offset => writtenMonth > offset) ?? 0
  const individual = Number(text.slice(6, 9))
  const month = writtenMonth - monthOffset
  const day = writtenDay - dayOffset
  const year = fullYear(Number(text.slice(4, 6)), individual)
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return undefined
  return { birth: { year, month, day }, dayOffset, monthOffset, individual }
}

function fullYear(twoDigits: number, individual: number): number {
  if (individual < 500) return 1900 + twoDigits
  if (twoDigits < 40) return 2000 + twoDigits
  if (individual >= 900 || twoDigits < 54) return 1900 + twoDigits
  return individual < 750 ? 1800 + twoDigits : 1900 + twoDigits
}

/** The individual numbers of a day and sex whose control digits exist, in order. */
function individuals(birth: CalendarDay, number: NationalNumber): readonly number[] {
  const found: number[] = []
  for (let individual = number.individual % 2; individual < 1000; individual += 2) {
    if (fullYear(birth.year % 100, individual) !== birth.year) continue
    if (birth.year >= 1940 && birth.year < 2000 && individual >= 500 && individual < 900) continue
    if (formatNationalNumber({ ...number, birth, individual }) !== undefined) found.push(individual)
  }
  return found
}

function formatNationalNumber({ birth, dayOffset, monthOffset, individual }: NationalNumber): string | undefined {
  const two = (value: number): string => String(value).padStart(2, '0')
  const date = two(birth.day + dayOffset) + two(birth.month + monthOffset) + two(birth.year % 100)
  const nine = date + String(individual).padStart(3, '0')
  const first = (11 - (weighted([...nine].map(Number), WEIGHTS_1) % 11)) % 11
  const second = (11 - (weighted([...`${nine}${first}`].map(Number), WEIGHTS_2) % 11)) % 11
  return first > 9 || second > 9 ? undefined : `${nine}${first}${second}`
}

function weighted(digits: readonly number[], weights: readonly number[]): number {
  return weights.reduce((sum, weight, i) => sum + weight * (digits[i] ?? 0), 0)
}
