import { decodePairs, type Pair, type SearchIssue } from '@samband/fhir/search'
import { HubError } from '../hub-error.ts'

export type RequestTarget = { readonly segments: readonly string[]; readonly query: readonly Pair[] }

/** Of a path below the base; more are no interaction. */
const segmentsMax = 8

/**
 * What stands below the base, with or without a slash before it: 'Patient/1/_history?_count=5'. Percent encoding is undone
 * in each segment by itself, so that an encoded slash divides nothing.
 *
 * @throws HubError 400: malformed encoding
 */
export function parseTarget(target: string): RequestTarget {
  const mark = target.indexOf('?')
  const path = mark === -1 ? target : target.slice(0, mark)
  const segments = path.split('/', segmentsMax + 2).filter(segment => segment !== '')
  return {
    segments: path.includes('%') ? segments.map(decodeSegment) : segments,
    query: mark === -1 ? [] : parsePairs(target.slice(mark + 1)),
  }
}

/** @throws HubError 400: malformed encoding */
export function parsePairs(text: string): readonly Pair[] {
  const issues: SearchIssue[] = []
  const pairs = decodePairs(text, issues)
  // PostgreSQL has no such character, and FHIR's strings have none (FHIR R4 datatypes.html#string).
  for (const [parameter, value] of pairs)
    if (value.includes('\0') || parameter.includes('\0'))
      issues.push({
        code: 'encoding-invalid',
        parameter: parameter.replaceAll('\0', ''),
        text: 'U+0000 is in no text of FHIR',
      })
  if (issues.length > 0) {
    throw new HubError({
      code: 'encoding-invalid',
      category: 'incorrect',
      message: 'the encoding of a parameter is malformed',
      issues: issues.map(({ code, text: what, parameter }) => ({
        severity: 'error',
        type: 'invalid',
        code,
        text: parameter === '' ? what : `${what} (${parameter})`,
      })),
    })
  }
  return pairs
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch (error) {
    if (!(error instanceof URIError)) throw error
    throw new HubError({
      code: 'encoding-invalid',
      category: 'incorrect',
      message: 'the percent encoding of the address is malformed',
    })
  }
}
