import { HubError } from '../hub-error.ts'
import type { StoredVersion } from '../storage/stored.ts'
import type { Preconditions } from './write-outcome.ts'

/** `W/"3"`; `"3"` and `3` are met in the field and mean the same (FHIR R4 http.html#versionaware). */
const tagForm = /^(?:W\/)?"([A-Za-z0-9\-.]{1,64})"$|^([A-Za-z0-9\-.]{1,64})$/

/**
 * Whether the current version (undefined: there is none, or it is a deletion) is one that the client wants to change.
 *
 * @throws HubError 400: malformed; 412: another version (FHIR R4 http.html#concurrency, RFC 9110 §13.1)
 */
export function assertPreconditions(
  { ifMatch, ifNoneMatch }: Preconditions,
  current: Pick<StoredVersion, 'version'> | undefined,
): void {
  if (ifMatch !== undefined) {
    const wanted = parseTags('If-Match', ifMatch)
    const fits = current !== undefined && (wanted === '*' || wanted.includes(String(current.version)))
    if (!fits) throw preconditionFailed('If-Match names another version than the current one')
  }
  if (ifNoneMatch !== undefined) {
    const unwanted = parseTags('If-None-Match', ifNoneMatch)
    const fits = current !== undefined && (unwanted === '*' || unwanted.includes(String(current.version)))
    if (fits) throw preconditionFailed('If-None-Match names the current version')
  }
}

/** So that what is malformed is told before anything is looked up. @throws HubError 400 */
export function checkPreconditions({ ifMatch, ifNoneMatch }: Preconditions): void {
  if (ifMatch !== undefined) parseTags('If-Match', ifMatch)
  if (ifNoneMatch !== undefined) parseTags('If-None-Match', ifNoneMatch)
}

function parseTags(header: string, text: string): '*' | readonly string[] {
  if (text.trim() === '*') return '*'
  return text.split(',', 20).map(tag => {
    const match = tagForm.exec(tag.trim())
    const version = match?.[1] ?? match?.[2]
    if (version !== undefined) return version
    throw new HubError({
      code: 'entity-tag-malformed',
      category: 'incorrect',
      message: `${header} is written W/"3", with the version that is meant`,
    })
  })
}

function preconditionFailed(message: string): HubError {
  return new HubError({
    code: 'version-differs',
    category: 'conflict',
    status: 412,
    message,
  })
}
