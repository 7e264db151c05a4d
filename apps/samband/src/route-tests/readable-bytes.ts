import { extname } from 'node:path'
import { parse } from '@samband/hl7v2'

/**
 * Bytes as a file that people read and git compares, where that is possible without losing one of them: HL7 v2 as UTF-8 with a
 * line per segment, JSON and text as they are. What would not come back byte for byte is kept as bytes.
 */
export type ReadableFile = { readonly extension: string; readonly content: Uint8Array }

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

export function toReadable(bytes: Uint8Array): ReadableFile {
  const hl7 = hl7Text(bytes)
  if (hl7 !== undefined) {
    const file = { extension: '.hl7', content: Buffer.from(hl7, 'utf8') }
    if (sameBytes(fromReadable('x.hl7', file.content), bytes)) return file
  }
  const text = plainText(bytes)
  if (text === undefined) return { extension: '.bin', content: bytes }
  return { extension: isJson(text) ? '.json' : '.txt', content: bytes }
}

/** The bytes again; the name's extension tells how they are kept. */
export function fromReadable(name: string, content: Uint8Array): Uint8Array {
  if (extname(name) !== '.hl7') return content
  const parsed = parse(Buffer.from(content).toString('utf8').replaceAll('\n', '\r'))
  // A file that was edited into something else is still sent as it stands, and the route says what it thinks of it.
  return parsed.ok ? parsed.message.format() : content
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0
}

/** The message with a line per segment; undefined for what is no HL7 v2. */
export function hl7Text(bytes: Uint8Array): string | undefined {
  const parsed = startsWithMsh(bytes) ? parse(bytes) : undefined
  return parsed?.ok === true ? parsed.message.toString().replaceAll('\r', '\n') : undefined
}

export function startsWithMsh(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.subarray(0, 3)).toString('latin1') === 'MSH'
}

/** Text that a terminal shows as it is; undefined for anything else. */
export function plainText(bytes: Uint8Array): string | undefined {
  try {
    const text = utf8.decode(bytes)
    return /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/.test(text) ? undefined : text
  } catch {
    return undefined
  }
}

export function isJson(text: string): boolean {
  if (!/^\s*[[{]/.test(text)) return false
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
