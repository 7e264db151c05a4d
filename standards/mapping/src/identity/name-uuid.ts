import { sha1 } from './sha1.ts'

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/** A UUID of version 5 (RFC 9562 §5.5) made from a name alone: the same name gives the same id on every machine. */
export function nameUuid(name: string): string {
  const words = sha1(name)
  const bytes: string[] = []
  for (let i = 0; i < 16; i++) {
    let byte = ((words[i >> 2] ?? 0) >>> (24 - (i & 3) * 8)) & 255
    if (i === 6) byte = (byte & 0x0f) | 0x50
    if (i === 8) byte = (byte & 0x3f) | 0x80
    bytes.push(HEX[byte] ?? '00')
  }
  const hex = bytes.join('')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
