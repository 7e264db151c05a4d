const idsByCodes = new Map<number, string>()

/**
 * The segment id at an index, or undefined where none stands there. One string per id, as comparing the same string is free, and no
 * regular expression: this runs for every segment of every message.
 */
export function segmentIdAt(raw: string, at: number): string | undefined {
  const first = raw.charCodeAt(at)
  const second = raw.charCodeAt(at + 1)
  const third = raw.charCodeAt(at + 2)
  if (!isLetter(first) || !(isLetter(second) || isDigit(second)) || !(isLetter(third) || isDigit(third)))
    return undefined
  const codes = (first << 16) | (second << 8) | third
  const known = idsByCodes.get(codes)
  if (known !== undefined) return known
  // A property key is an internalised string, and two of those are compared by address.
  const id = Object.keys({ [String.fromCharCode(first, second, third)]: 0 })[0] ?? ''
  idsByCodes.set(codes, id)
  return id
}

function isLetter(code: number): boolean {
  return code >= 0x41 && code <= 0x5a
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39
}
