import { malformed } from './refusal.ts'

const entityTag = /^(?:W\/)?"([^"]*)"$/

/** An entity tag as versions are told by (FHIR R4 http.html#concurrency): weak, since JSON and XML share it. */
export function etagOf(version: number | string): string {
  return `W/"${version}"`
}

/** An HTTP date (RFC 9110 §5.6.7). */
export function httpDate(at: number): string {
  return new Date(at).toUTCString()
}

export type ReadConditions = { readonly ifNoneMatch?: string; readonly ifModifiedSince?: string }

/**
 * Whether the client has this version already (conditional read, FHIR R4 http.html#cread). `If-Modified-Since` counts only
 * without `If-None-Match` (RFC 9110 §13.1.3).
 *
 * @throws HubError 400: a header that cannot be read
 */
export function isNotModified(
  { ifNoneMatch, ifModifiedSince }: ReadConditions,
  version: { readonly version: number; readonly at: number },
): boolean {
  if (ifNoneMatch !== undefined) {
    if (ifNoneMatch.trim() === '*') return true
    const tags = ifNoneMatch.split(',').map(tag => entityTag.exec(tag.trim())?.[1])
    if (tags.includes(undefined)) throw malformed('If-None-Match', 'it is a list of entity tags, such as W/"3"')
    return tags.includes(String(version.version))
  }
  if (ifModifiedSince === undefined) return false
  const since = Date.parse(ifModifiedSince)
  if (!Number.isFinite(since) || !/GMT|UTC|Z$/.test(ifModifiedSince))
    throw malformed('If-Modified-Since', 'it is an HTTP date, such as Sun, 06 Nov 1994 08:49:37 GMT')
  // HTTP dates have no milliseconds.
  return Math.floor(version.at / 1000) * 1000 <= since
}
