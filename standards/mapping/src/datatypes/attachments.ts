import type { V2Value } from '../read/v2-value.ts'
import type { Json, RunContext } from '../run/run-context.ts'

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
/** What senders write in ED.3 and ED.2 as FHIR's media types. */
const MEDIA_TYPES: Readonly<Record<string, string>> = {
  PDF: 'application/pdf',
  'APPLICATION/PDF': 'application/pdf',
  RTF: 'application/rtf',
  HTML: 'text/html',
  XML: 'application/xml',
  JPEG: 'image/jpeg',
  JPG: 'image/jpeg',
  PNG: 'image/png',
  GIF: 'image/gif',
  TIFF: 'image/tiff',
  TIF: 'image/tiff',
  PLAIN: 'text/plain',
  TXT: 'text/plain',
  TEXT: 'text/plain',
}

/** Where the text of a document waits for the other lines of it, before it is encoded. */
export const PLAIN_TEXT = '__text'

export function base64Of(bytes: Uint8Array): string {
  let text = ''
  for (let i = 0; i < bytes.length; i += 3) {
    const a = bytes[i] ?? 0
    const b = bytes[i + 1]
    const c = bytes[i + 2]
    text += ALPHABET.charAt(a >> 2) + ALPHABET.charAt(((a & 3) << 4) | ((b ?? 0) >> 4))
    text += b === undefined ? '=' : ALPHABET.charAt(((b & 15) << 2) | ((c ?? 0) >> 6))
    text += c === undefined ? '=' : ALPHABET.charAt(c & 63)
  }
  return text
}

export function base64OfText(text: string): string {
  return base64Of(new TextEncoder().encode(text))
}

/** ED as Attachment: Base64 as it is, hexadecimal and text encoded as such. */
export function encapsulatedData(value: V2Value, run: RunContext): Json | undefined {
  const [type, subtype, encoding] = [value.partText(2), value.partText(3), value.partText(4)]
  const data = value.partText(5)
  if (run.explain) for (const n of [2, 3, 4, 5]) run.took(value.part(n), n < 4 ? '.contentType' : '.data')
  const contentType = mediaType(type, subtype)
  const encoded = data === '' ? undefined : dataOf(data, encoding, run)
  if (contentType === undefined && encoded === undefined) return undefined
  return {
    ...(contentType === undefined && encoded === undefined
      ? {}
      : { contentType: contentType ?? 'application/octet-stream' }),
    ...(encoded === undefined ? {} : { data: encoded }),
  }
}

function dataOf(data: string, encoding: string, run: RunContext): string | undefined {
  if (/^base64$/i.test(encoding)) {
    const plain = data.replace(/\s/g, '')
    if (/^[A-Za-z0-9+/]*={0,2}$/.test(plain) && plain.length % 4 === 0) return plain
    run.issue('value-invalid', 'warning', 'The data are not Base64 and were left out')
    return undefined
  }
  if (/^hex$/i.test(encoding) && /^(?:[0-9a-f]{2})+$/i.test(data)) {
    return base64Of(Uint8Array.from(data.match(/../g) ?? [], pair => Number.parseInt(pair, 16)))
  }
  return base64OfText(data)
}

function mediaType(type: string, subtype: string): string | undefined {
  if (subtype.includes('/')) return subtype.toLowerCase()
  const known = MEDIA_TYPES[subtype.toUpperCase()] ?? (subtype === '' ? MEDIA_TYPES[type.toUpperCase()] : undefined)
  if (known !== undefined) return known
  const main = type.toLowerCase()
  if (subtype !== '' && ['text', 'image', 'audio', 'video', 'application'].includes(main)) {
    return `${main}/${subtype.toLowerCase()}`
  }
  return main === 'text' || main === 'ft' ? 'text/plain' : undefined
}

/** RP as Attachment: where the data are. */
export function referencePointer(value: V2Value, run: RunContext): Json | undefined {
  const pointer = value.partText(1)
  if (pointer === '') return undefined
  if (run.explain)
    for (const n of [1, 2, 3, 4]) run.took(value.part(n), n === 1 ? '.url' : n === 2 ? '.title' : '.contentType')
  const contentType = mediaType(value.partText(3), value.partText(4))
  const title = value.partText(2)
  return {
    ...(contentType === undefined ? {} : { contentType }),
    ...(/\s/.test(pointer) ? {} : { url: pointer }),
    ...(title === '' ? {} : { title }),
  }
}
