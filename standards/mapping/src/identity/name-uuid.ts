import { sha1 } from './sha1.ts'

/** A UUID of version 5 (RFC 9562 §5.5) made from a name alone: the same name gives the same id on every machine. */
export function nameUuid(name: string): string {
  const [a = 0, b = 0, c = 0, d = 0] = sha1(name)
  const second = (b & 0xffff0fff) | 0x5000
  const third = (c & 0x3fffffff) | 0x80000000
  const [one, two, three, four] = [hex(a), hex(second), hex(third), hex(d)]
  return `${one}-${two.slice(0, 4)}-${two.slice(4)}-${three.slice(0, 4)}-${three.slice(4)}${four}`
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

function hex(word: number): string {
  return `${HEX[word >>> 24]}${HEX[(word >>> 16) & 255]}${HEX[(word >>> 8) & 255]}${HEX[word & 255]}`
}
