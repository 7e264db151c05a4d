/**
 * Text to bytes in a message's own charset: the browser only encodes UTF-8, while an edited message must go out in the
 * charset that its MSH-18 promises.
 */

export type Encoded =
  | { readonly ok: true; readonly bytes: Uint8Array }
  | { readonly ok: false; readonly message: string }

const utf8Names = new Set(['utf-8', 'utf8', 'unicode utf-8', 'unicode'])
const latin1Names = new Set(['iso-8859-1', '8859/1', 'latin1', 'ascii', 'us-ascii'])

/** Every character that the charset lacks is named, so that the person can write it otherwise. */
export function encodeText(text: string, charset: string): Encoded {
  const name = charset.toLowerCase()
  if (utf8Names.has(name)) return { ok: true, bytes: new TextEncoder().encode(text) }
  const table = latin1Names.has(name) ? latin1Table() : singleByteTable(name)
  if (!table) {
    return { ok: false, message: `This console cannot write the charset ${charset}. Edit the message with the CLI.` }
  }
  const bytes = new Uint8Array(text.length)
  const missing = new Set<string>()
  let length = 0
  for (const character of text) {
    const byte = table.get(character)
    if (byte === undefined) missing.add(character)
    else bytes[length++] = byte
  }
  if (missing.size > 0) {
    return { ok: false, message: `${charset} has no ${[...missing].join(' ')}. Write it otherwise.` }
  }
  return { ok: true, bytes: bytes.subarray(0, length) }
}

/** ISO 8859-1 proper: the web's decoder of that name is windows-1252, which differs in 0x80-0x9F. */
function latin1Table(): Map<string, number> {
  return new Map(Array.from({ length: 256 }, (_, byte) => [String.fromCharCode(byte), byte]))
}

function singleByteTable(name: string): Map<string, number> | null {
  try {
    const decoder = new TextDecoder(name.replace('8859/', 'iso-8859-'))
    const table = new Map<string, number>()
    for (let byte = 0; byte < 256; byte++) table.set(decoder.decode(Uint8Array.of(byte)), byte)
    // A multi-byte charset decodes lead bytes to U+FFFD: no table of single bytes can write it.
    return table.size > 200 ? table : null
  } catch {
    return null
  }
}

export function toBase64(bytes: Uint8Array): string {
  let binary = ''
  const chunk = 0x8000 // String.fromCharCode takes its bytes as arguments, which are bounded
  for (let at = 0; at < bytes.length; at += chunk) {
    binary += String.fromCharCode(...bytes.subarray(at, at + chunk))
  }
  return btoa(binary)
}

export function fromBase64(base64: string): Uint8Array<ArrayBuffer> {
  const binary = atob(base64)
  return Uint8Array.from(binary, character => character.charCodeAt(0))
}
