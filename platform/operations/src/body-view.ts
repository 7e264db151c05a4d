import type { StoredBody } from '@samband/engine'
import { parse, parseCharset } from '@samband/hl7v2'
import type { BodyView } from './contract.ts'

const utf8Strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Stored bytes for reading. Nothing is changed or hidden: invisible characters stay in the text. */
export function bodyView({ bytes, attributes }: StoredBody): BodyView {
  const { text, charset } = decodeBody(bytes)
  return { bytesBase64: Buffer.from(bytes).toString('base64'), text, charset, attributes }
}

export type DecodedBody = { readonly text: string; readonly charset: string }

/**
 * HL7 v2 in the character set that the message declares; anything else as UTF-8 where it is valid, else one character
 * per byte.
 */
export function decodeBody(bytes: Uint8Array): DecodedBody {
  const message = looksLikeHl7(bytes) ? parse(bytes) : undefined
  if (message?.ok === true) return { text: message.message.toString(), charset: message.message.charset }
  try {
    return { text: utf8Strict.decode(bytes), charset: 'utf-8' }
  } catch {
    return { text: Buffer.from(bytes).toString('latin1'), charset: 'iso-8859-1' }
  }
}

/** In the character set of another body, for text that declares none itself. */
export function decodeAs(bytes: Uint8Array, charset: string): string {
  const known = parseCharset(charset)
  if (known === undefined || known === 'utf-8' || known === 'ascii') return decodeBody(bytes).text
  return new TextDecoder(known).decode(bytes)
}

function looksLikeHl7(bytes: Uint8Array): boolean {
  const start = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, 8)).toString('latin1')
  return /^(?:\xef\xbb\xbf)?\s*(?:MSH|FHS|BHS)/.test(start)
}
