import type { KeyedNumbers } from './keyed-hash.ts'

/**
 * Another text of the same shape: digits become digits, letters letters of the same case, all else stays. One to one among the texts of
 * one shape, so that two identifiers never become one; and never the text itself, if there is another of its shape.
 */
export function permuteShape(text: string, purpose: string, numbers: KeyedNumbers): string {
  const alphabets = [...text].map(alphabetOf)
  const shape = `${purpose}/${[...text].map((character, i) => alphabets[i]?.[0] ?? character).join('')}`
  const radixes = alphabets.filter(alphabet => alphabet !== undefined).map(alphabet => BigInt(alphabet.length))
  if (radixes.length === 0) return text
  const middle = Math.ceil(radixes.length / 2)
  const sizeA = product(radixes.slice(0, middle))
  const sizeB = product(radixes.slice(middle))
  const value = valueOf(text, alphabets)
  let permuted = numbers.permute(value, sizeA, sizeB, shape)
  if (permuted === value) permuted = numbers.permute((value + 1n) % (sizeA * sizeB), sizeA, sizeB, shape)
  return textOf(permuted, text, alphabets)
}

const DIGITS = '0123456789'
const UPPER = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'
const LOWER = UPPER.toLowerCase()

function alphabetOf(character: string): string | undefined {
  if (DIGITS.includes(character)) return DIGITS
  // Letters beyond A to Z take part as the letter that their code falls on, so that none of them stays.
  if (/\p{Lu}/u.test(character)) return UPPER
  if (/[\p{L}\p{M}\p{N}]/u.test(character)) return LOWER
  return undefined
}

function valueOf(text: string, alphabets: readonly (string | undefined)[]): bigint {
  let value = 0n
  for (const [i, character] of [...text].entries()) {
    const alphabet = alphabets[i]
    if (alphabet === undefined) continue
    const index = alphabet.indexOf(character)
    value =
      value * BigInt(alphabet.length) + BigInt(index < 0 ? (character.codePointAt(0) ?? 0) % alphabet.length : index)
  }
  return value
}

function textOf(value: bigint, text: string, alphabets: readonly (string | undefined)[]): string {
  const characters = [...text]
  let rest = value
  for (let i = characters.length - 1; i >= 0; i--) {
    const alphabet = alphabets[i]
    if (alphabet === undefined) continue
    const radix = BigInt(alphabet.length)
    characters[i] = alphabet.charAt(Number(rest % radix))
    rest /= radix
  }
  return characters.join('')
}

function product(sizes: readonly bigint[]): bigint {
  return sizes.reduce((result, size) => result * size, 1n)
}
