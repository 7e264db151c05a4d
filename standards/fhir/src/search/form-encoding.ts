import type { SearchIssue } from './search-issue.ts'

/** Name and value of a parameter, decoded. */
export type Pair = readonly [name: string, value: string]

/**
 * Reads what follows `?` in a URL, or the body of a form (URL standard, application/x-www-form-urlencoded). A percent sign
 * that begins no UTF-8 is an issue, and not a replacement character that would search for something else.
 */
export function decodePairs(text: string, issues: SearchIssue[]): readonly Pair[] {
  const pairs: Pair[] = []
  for (const part of text.replace(/^\?/, '').split('&')) {
    if (part === '') continue
    const equals = part.indexOf('=')
    const name = decode(equals === -1 ? part : part.slice(0, equals))
    const value = decode(equals === -1 ? '' : part.slice(equals + 1))
    if (name !== undefined && value !== undefined) pairs.push([name, value])
    else
      issues.push({
        code: 'encoding-invalid',
        parameter: name ?? '',
        text: 'The percent encoding of a parameter is malformed: encode it as UTF-8, and a percent sign as %25',
      })
  }
  return pairs
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch (error) {
    if (error instanceof URIError) return undefined
    throw error
  }
}

/** The other way round. */
export function encodePairs(pairs: readonly Pair[]): string {
  return pairs.map(([name, value]) => `${encode(name)}=${encode(value)}`).join('&')
}

/** Leaves readable what a query may have as it is. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(/%(?:3A|2C|24|2F)/g, decodeURIComponent)
}
