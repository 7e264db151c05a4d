/** What a pass over the text tells before it is parsed. */
export interface JsonScan {
  /** How many members all objects have together. */
  readonly members: number
  /** The texts that a number would not keep, by the ordinal of the number in the text. */
  readonly literals: ReadonlyMap<number, string> | undefined
  /** Whether a key looks like an index: such keys come first in an object, whatever the text says. */
  readonly hasIndexKeys: boolean
  /** Where the text goes deeper than allowed; -1 where it does not. */
  readonly tooDeepAt: number
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const MINUS = 0x2d
const DOT = 0x2e
const ZERO = 0x30
const NINE = 0x39
const COLON = 0x3a
const SQUARE_OPEN = 0x5b
const SQUARE_CLOSE = 0x5d
const LOWER_E = 0x65
const UPPER_E = 0x45
const CURLY_OPEN = 0x7b
const CURLY_CLOSE = 0x7d

/** Integers up to this many characters are numbers exactly. */
const SAFE_LENGTH = 15

/**
 * One pass over JSON text that finds what `JSON.parse` does not tell: how deep it goes, how many members it has (fewer in the parsed
 * tree means a duplicate key), and which numbers would lose digits. It does not check the grammar; `JSON.parse` does that next. Text that
 * is no JSON gives some answer, and never an endless loop.
 *
 * Measured on a 2 kB Observation (µs): `JSON.parse` alone 5, with this pass and the walk that follows 11, the strict reader 15,
 * `JSON.parse` with a reviver that is told each source text 30.
 */
export function scanJson(text: string, depthMax: number): JsonScan {
  const length = text.length
  let members = 0
  let numbers = 0
  let depth = 0
  let keyStart = 0
  let hasIndexKeys = false
  let literals: Map<number, string> | undefined
  for (let at = 0; at < length; at++) {
    const char = text.charCodeAt(at)
    if (char === QUOTE) {
      keyStart = at + 1
      at = stringEnd(text, keyStart)
      if (at === -1) break
    } else if (char === COLON) {
      members++
      const first = text.charCodeAt(keyStart)
      if (first >= ZERO && first <= NINE) hasIndexKeys = true
    } else if (char === CURLY_OPEN || char === SQUARE_OPEN) {
      if (++depth > depthMax) return { members, literals, hasIndexKeys, tooDeepAt: at }
    } else if (char === CURLY_CLOSE || char === SQUARE_CLOSE) {
      depth--
    } else if (char === MINUS || (char >= ZERO && char <= NINE)) {
      const end = numberEnd(text, at)
      const literal = changedLiteral(text, at, end)
      if (literal !== undefined) (literals ??= new Map()).set(numbers, literal)
      numbers++
      at = end - 1
    }
  }
  return { members, literals, hasIndexKeys, tooDeepAt: -1 }
}

/** The offset of the quote that ends a string; -1 where there is none. */
function stringEnd(text: string, start: number): number {
  const length = text.length
  for (let at = start; at < length; at++) {
    const char = text.charCodeAt(at)
    if (char === QUOTE) return at
    if (char === BACKSLASH) at++
  }
  return -1
}

function numberEnd(text: string, start: number): number {
  let at = start + 1
  for (const length = text.length; at < length; at++) {
    const char = text.charCodeAt(at)
    const isPart =
      (char >= ZERO && char <= NINE) ||
      char === DOT ||
      char === LOWER_E ||
      char === UPPER_E ||
      char === MINUS ||
      char === 0x2b
    if (!isPart) break
  }
  return at
}

function changedLiteral(text: string, start: number, end: number): string | undefined {
  let isPlain = end - start <= SAFE_LENGTH
  for (let at = start + 1; isPlain && at < end; at++) {
    const char = text.charCodeAt(at)
    if (char < ZERO || char > NINE) isPlain = false
  }
  if (isPlain && !(text.charCodeAt(start) === MINUS && text.charCodeAt(start + 1) === ZERO)) return undefined
  const literal = text.slice(start, end)
  return String(Number(literal)) === literal ? undefined : literal
}
