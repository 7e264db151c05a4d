/** The encodings of FHIRPath's `encode()` and `decode()` (FHIRPath §5.6, additional string functions). */
export function encodeText(text: string, format: string): string | undefined {
  const bytes = new TextEncoder().encode(text)
  if (format === 'hex') return [...bytes].map(byte => byte.toString(16).padStart(2, '0')).join('')
  if (format !== 'base64' && format !== 'urlbase64') return undefined
  const base64 = btoa(String.fromCodePoint(...bytes))
  return format === 'base64' ? base64 : base64.replaceAll('+', '-').replaceAll('/', '_')
}

export function decodeText(text: string, format: string): string | undefined {
  if (format === 'hex') {
    if (!/^(?:[0-9A-Fa-f]{2})*$/.test(text)) return undefined
    const bytes = (text.match(/../g) ?? []).map(pair => Number.parseInt(pair, 16))
    return new TextDecoder().decode(Uint8Array.from(bytes))
  }
  if (format !== 'base64' && format !== 'urlbase64') return undefined
  const base64 = text.replaceAll('-', '+').replaceAll('_', '/')
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(base64)) return undefined
  return new TextDecoder().decode(Uint8Array.from(atob(base64), character => character.charCodeAt(0)))
}

const HTML: readonly (readonly [string, string])[] = [
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['"', '&quot;'],
  ["'", '&#39;'],
]

/** `escape('html')` and `escape('json')`. */
export function escapeText(text: string, target: string): string | undefined {
  if (target === 'html')
    return HTML.reduce((escaped, [character, entity]) => escaped.replaceAll(character, entity), text)
  return target === 'json' ? JSON.stringify(text).slice(1, -1) : undefined
}

export function unescapeText(text: string, target: string): string | undefined {
  if (target === 'html')
    return HTML.toReversed().reduce((plain, [character, entity]) => plain.replaceAll(entity, character), text)
  if (target !== 'json') return undefined
  return text.replace(/\\(?:u([0-9A-Fa-f]{4})|([\s\S]))/g, (_whole, code: string | undefined, character: string) =>
    code === undefined ? (JSON_ESCAPES[character] ?? character) : String.fromCharCode(Number.parseInt(code, 16)),
  )
}

const JSON_ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', f: '\f', b: '\b' }
