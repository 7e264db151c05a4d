/** RFC 6901: '/name/0/given' as its tokens; undefined where it is none. The empty text is the whole document. */
export function parsePointer(text: string): readonly string[] | undefined {
  if (text === '') return []
  if (!text.startsWith('/') || /~(?![01])/.test(text)) return undefined
  return text
    .slice(1)
    .split('/')
    .map(token => token.replaceAll('~1', '/').replaceAll('~0', '~'))
}

const wholeNumber = /^(?:0|[1-9]\d{0,8})$/

/** The index that a token is, up to `length` (exclusive); undefined where it is none (RFC 6901 §4: no leading zeros). */
export function indexOf(token: string, length: number): number | undefined {
  if (!wholeNumber.test(token)) return undefined
  const index = Number(token)
  return index < length ? index : undefined
}
