import type { KeyedNumbers } from './keyed-hash.ts'

/** Longer texts are permuted piece by piece, as the arithmetic on a piece is quadratic in its length. */
const PIECE_CHARACTERS = 32

/**
 * Another text of the same shape: digits become digits, letters letters of the same case, all else stays. One to one among the texts of
 * one shape, so that two identifiers never become one; and never the text itself, if there is another of its shape.
 */
export function permuteShape(text: string, purpose: string, numbers: KeyedNumbers): string {
  const characters = [...text]
  let permuted = ''
  let before = ''
  for (let at = 0; at < characters.length; at += PIECE_CHARACTERS) {
    const piece = characters.slice(at, at + PIECE_CHARACTERS)
    permuted += permutePiece(piece, `${purpose}/${before}`, numbers)
    // Equal pieces behind different ones become different ones.
    before = piece.join('')
  }
  return permuted
}

function permutePiece(characters: readonly string[], purpose: string, numbers: KeyedNumbers): string {
  const alphabets = characters.map(alphabetOf)
  const shape = `${purpose}/${characters.map((character, i) => alphabets[i]?.[0] ?? character).join('')}`
  const radixes = alphabets.filter(alphabet => alphabet !== undefined).map(alphabet => BigInt(alphabet.length))
  if (radixes.length === 0) return characters.join('')
  const middle = Math.ceil(radixes.length / 2)
  const sizeA = product(radixes.slice(0, middle))
  const sizeB = product(radixes.slice(middle))
  const value = valueOf(characters, alphabets)
  let permuted = numbers.permute(value, sizeA, sizeB, shape)
  if (permuted === value) permuted = numbers.permute((value + 1n) % (sizeA * sizeB), sizeA, sizeB, shape)
  return textOf(permuted, characters, alphabets)
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

function valueOf(characters: readonly string[], alphabets: readonly (string | undefined)[]): bigint {
  let value = 0n
  for (const [i, character] of characters.entries()) {
    const alphabet = alphabets[i]
    if (alphabet === undefined) continue
    const index = alphabet.indexOf(character)
    value =
      value * BigInt(alphabet.length) + BigInt(index < 0 ? (character.codePointAt(0) ?? 0) % alphabet.length : index)
  }
  return value
}

function textOf(value: bigint, original: readonly string[], alphabets: readonly (string | undefined)[]): string {
  const characters = [...original]
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
