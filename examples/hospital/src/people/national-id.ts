/**
 * Norwegian national identity numbers (fødselsnummer) of the synthetic series, so that no number in the example can
 * belong to anybody: Skatteetaten's Tenor adds 80 to the month, Norsk helsenett 65.
 *
 * Layout DDMMYY III K1 K2. The three digits after the date tell the century and, by the last of them, the sex (odd:
 * male). Sources: Folkeregisterloven § 2-2 with its regulation § 2-2-1; Skatteetaten, "Nytt fødselsnummer fra 2032",
 * which lets go of the sex and, for the first control digit, allows a remainder of 0, 1, 2 or 3.
 */
declare const nationalIdBrand: unique symbol
export type NationalId = string & { readonly [nationalIdBrand]: true }

export type Sex = 'F' | 'M'

const weightsFirst = [3, 7, 6, 1, 8, 9, 4, 5, 2, 1]
const weightsSecond = [5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1]
const monthShiftTenor = 80
const monthShiftNhn = 65

/**
 * The number for a birth date ('1985-07-15'), a sex and a wish: `serial` counts down from the highest individual number
 * of the century, and those whose control digit would be 10 are passed over. Undefined when the day's numbers are used
 * up.
 */
export function syntheticNationalId(birthDate: string, sex: Sex, serial: number): NationalId | undefined {
  const [year, month, day] = birthDate.split('-')
  if (year === undefined || month === undefined || day === undefined) return undefined
  const date = `${day}${String(Number(month) + monthShiftTenor)}${year.slice(2)}`
  const [lowest, highest] = individualNumbers(Number(year))
  let left = serial
  for (let individual = highest; individual >= lowest; individual -= 1) {
    if ((individual % 2 === 1) !== (sex === 'M')) continue
    const number = withControlDigits(`${date}${String(individual).padStart(3, '0')}`)
    if (number === undefined) continue
    if (left === 0) return number
    left -= 1
  }
  return undefined
}

export type Rule = 'today' | '2032'

/** Whether it is a synthetic number (+80 or +65; D-numbers too) that is right by today's rule or by the one of 2032. */
export function isSyntheticNationalId(value: string, rule: Rule = 'today'): value is NationalId {
  if (!/^\d{11}$/.test(value)) return false
  const digits = [...value].map(Number)
  const first = weigh(digits, weightsFirst)
  const firstRight = rule === 'today' ? first === 0 : first <= 3
  return firstRight && weigh(digits, weightsSecond) === 0 && hasSyntheticDate(value)
}

function hasSyntheticDate(value: string): boolean {
  const dayRaw = Number(value.slice(0, 2))
  const day = dayRaw > 40 ? dayRaw - 40 : dayRaw
  const monthRaw = Number(value.slice(2, 4))
  const month = monthRaw > monthShiftTenor ? monthRaw - monthShiftTenor : monthRaw - monthShiftNhn
  // A leap year stands in for all years: the century is not known before the individual number has been read.
  const date = new Date(Date.UTC(2000, month - 1, day))
  return month >= 1 && month <= 12 && date.getUTCDate() === day && date.getUTCMonth() === month - 1
}

/** Which individual numbers a birth year uses (1854-1899 have their own series, which no patient here needs). */
function individualNumbers(year: number): readonly [number, number] {
  return year < 2000 ? [0, 499] : [500, 999]
}

function withControlDigits(nine: string): NationalId | undefined {
  const digits = [...nine].map(Number)
  const first = controlDigit(digits, weightsFirst)
  if (first === 10) return undefined
  const second = controlDigit([...digits, first], weightsSecond)
  // The brand holds: the number was made by the rule that isSyntheticNationalId checks.
  return second === 10 ? undefined : (`${nine}${first}${second}` as NationalId)
}

function controlDigit(digits: readonly number[], weights: readonly number[]): number {
  return (11 - weigh(digits, weights)) % 11
}

/** The weighted sum's remainder; digits beyond the weights do not count. */
function weigh(digits: readonly number[], weights: readonly number[]): number {
  return weights.reduce((sum, weight, at) => sum + weight * (digits[at] ?? 0), 0) % 11
}
