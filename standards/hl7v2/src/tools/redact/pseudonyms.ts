import { dateOfDayNumber, dayNumber } from '../../timestamps/calendar.ts'
import { formatTimestampValue } from '../../timestamps/format-timestamp-value.ts'
import { parseTimestamp } from '../../timestamps/parse-timestamp.ts'
import type { Timestamp } from '../../timestamps/timestamp-value.ts'
import type { KeyedHash } from './keyed-hash.ts'
import { KeyedNumbers } from './keyed-hash.ts'
import type { CalendarDay } from './national-number.ts'
import { permuteNationalNumber } from './national-number.ts'
import { permuteShape } from './shape.ts'

const STARTS = 'B D F G H J K L M N P R S T V Br Dr Fr Gr Kr Sk Sl St Tr'.split(' ') as [string, ...string[]]
const VOWELS = 'a e i o u y'.split(' ') as [string, ...string[]]
const MIDDLES = 'b d f g k l m n p r s t v'.split(' ') as [string, ...string[]]
const FAMILY_ENDS = 'nes land vik stad rud mo tun haug'.split(' ') as [string, ...string[]]
const GIVEN_ENDS = 'n r l s a e i o'.split(' ') as [string, ...string[]]
const PLACE_ENDS = 'by havn sund dal bygd fjell'.split(' ') as [string, ...string[]]

/** Days are permuted within spans of this length, which keeps a person's age within a year. */
const DAYS_PER_SPAN = 366
const STREET_NUMBERS = 200n
const KNOWN_MAX = 10_000

/**
 * Stable replacements: the same text and key give the same pseudonym, in every message. Names are made of syllables, so that nobody is
 * meant by them; capitals stay capitals.
 */
export class Pseudonyms {
  readonly #numbers: KeyedNumbers
  /** A pseudonym takes twenty hashes, and a message names the same person in many places. */
  readonly #known = new Map<string, string>()

  constructor(hash: KeyedHash) {
    this.#numbers = new KeyedNumbers(hash)
  }

  familyName(text: string): string {
    return this.#words(
      text,
      'family',
      key => this.#stem('family', key) + this.#numbers.choice('family/end', key, FAMILY_ENDS),
    )
  }

  givenName(text: string): string {
    return this.#words(
      text,
      'given',
      key => this.#stem('given', key) + this.#numbers.choice('given/end', key, GIVEN_ENDS),
    )
  }

  place(text: string): string {
    const key = normal(text)
    return cased(this.#stem('place', key) + this.#numbers.choice('place/end', key, PLACE_ENDS), text)
  }

  street(text: string): string {
    return `Testveien ${this.#numbers.number('street', normal(text), STREET_NUMBERS) + 1n}`
  }

  email(text: string): string {
    const key = normal(text)
    return `${(this.#stem('email', key) + this.#numbers.number('email', key, 10_000n)).toLowerCase()}@example.org`
  }

  /** Digits and letters of the same shape; a Norwegian national number becomes one of the synthetic series. */
  identifier(text: string): string {
    const trimmed = text.trim()
    return this.#remembered('identifier', trimmed, () => {
      // People write a space after the date.
      const compact = /^\d{6} \d{5}$/.test(trimmed) ? trimmed.replace(' ', '') : trimmed
      const national = permuteNationalNumber(compact, this.#numbers, day => this.#moveDay(day))
      return national ?? permuteShape(trimmed, 'identifier', this.#numbers)
    })
  }

  /** A phone number of the same shape, or an address at example.org. */
  phone(text: string): string {
    if (text.includes('@')) return this.email(text)
    return this.#remembered('phone', text, () => permuteShape(text, 'phone', this.#numbers))
  }

  /** Digits and letters of the same shape, for what identifies a place or a document. */
  shape(text: string): string {
    return this.#remembered('shape', text, () => permuteShape(text, 'shape', this.#numbers))
  }

  /**
   * A date of birth or death: another day within a year, one to one. Precision and zone stay, the time of day is replaced. `''` for what is
   * no date, as text in a date field may hold anything.
   */
  birthDate(text: string): string {
    const parsed = parseTimestamp(text.trim())
    if (!parsed.ok) return ''
    const { year, month, day } = parsed.value
    if (year === undefined) return ''
    if (month === undefined) return formatTimestampValue({ ...parsed.value, year: this.#moveYear(year) })
    const moved = this.#moveDay({ year, month, day: day ?? 15 })
    // A month alone may come back as itself; then it goes one on.
    const same = day === undefined && moved.year === year && moved.month === month
    const shifted = same ? { year, month: (month % 12) + 1 } : { year: moved.year, month: moved.month }
    return formatTimestampValue({
      ...parsed.value,
      ...shifted,
      ...(day === undefined ? undefined : { day: moved.day }),
      ...this.#timeOfDay(text, parsed.value),
    })
  }

  /** Another moment, by a number of days that follows from `who`, so that the time between two moments of one person stays. */
  moment(text: string, who: string): string {
    const parsed = parseTimestamp(text.trim())
    if (!parsed.ok) return ''
    const { year, month, day } = parsed.value
    const days = Number(this.#numbers.number('moment', normal(who), BigInt(DAYS_PER_SPAN))) - DAYS_PER_SPAN
    if (year === undefined) return ''
    if (month === undefined) return formatTimestampValue({ ...parsed.value, year: this.#moveYear(year) })
    const moved = withinCalendar(dateOfDayNumber(dayNumber(year, month, day ?? 15) + (days < -30 ? days : -31)))
    return formatTimestampValue({
      ...parsed.value,
      year: moved.year,
      month: moved.month,
      ...(day === undefined ? undefined : { day: moved.day }),
    })
  }

  #moveDay({ year, month, day }: CalendarDay): CalendarDay {
    const number = dayNumber(year, month, day)
    const span = Math.floor(number / DAYS_PER_SPAN)
    const within = this.#numbers.permuteBelow(number - span * DAYS_PER_SPAN, DAYS_PER_SPAN, `day/${span}`)
    return withinCalendar(dateOfDayNumber(span * DAYS_PER_SPAN + within))
  }

  #moveYear(year: number): number {
    return year + this.#numbers.choice('year', String(year), [-2, -1, 1, 2])
  }

  #timeOfDay(text: string, value: Timestamp): Timestamp {
    if (value.hour === undefined) return {}
    return {
      hour: Number(this.#numbers.number('hour', text, 24n)),
      ...(value.minute === undefined ? undefined : { minute: Number(this.#numbers.number('minute', text, 60n)) }),
      ...(value.second === undefined ? undefined : { second: Number(this.#numbers.number('second', text, 60n)) }),
      ...(value.fraction === undefined ? undefined : { fraction: '0'.repeat(value.fraction.length) }),
    }
  }

  #stem(purpose: string, key: string): string {
    return (
      this.#numbers.choice(`${purpose}/1`, key, STARTS) +
      this.#numbers.choice(`${purpose}/2`, key, VOWELS) +
      this.#numbers.choice(`${purpose}/3`, key, MIDDLES) +
      this.#numbers.choice(`${purpose}/4`, key, VOWELS)
    )
  }

  /** Word by word, so that `ANNE MARIE` and `Anne` share what they share. What holds no letter goes by its shape. */
  #words(text: string, purpose: string, make: (key: string) => string): string {
    return text.replaceAll(/[\p{L}\p{M}\p{N}]+/gu, word =>
      this.#remembered(purpose, word, () =>
        /\p{L}/u.test(word) ? this.#unlike(word, make) : permuteShape(word, purpose, this.#numbers),
      ),
    )
  }

  #remembered(purpose: string, text: string, make: () => string): string {
    const key = `${purpose}/${text}`
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const made = make()
    if (this.#known.size >= KNOWN_MAX) this.#known.clear()
    this.#known.set(key, made)
    return made
  }

  /** Never the word itself: a name may be spelt as a pseudonym is. */
  #unlike(word: string, make: (key: string) => string): string {
    const key = normal(word)
    const made = make(key)
    return cased(normal(made) === key ? make(`${key}\u0000`) : made, word)
  }
}

/** Capitals, accents' composition and spaces around do not make another person. */
function normal(text: string): string {
  return text.trim().normalize('NFC').toLowerCase()
}

function cased(pseudonym: string, like: string): string {
  const letters = like.replaceAll(/[^\p{L}]/gu, '')
  if (letters.length > 1 && letters === letters.toUpperCase()) return pseudonym.toUpperCase()
  return letters !== '' && letters === letters.toLowerCase() ? pseudonym.toLowerCase() : pseudonym
}

function withinCalendar(day: CalendarDay): CalendarDay {
  if (day.year < 0) return { ...day, year: 0 }
  return day.year > 9999 ? { ...day, year: 9999 } : day
}
