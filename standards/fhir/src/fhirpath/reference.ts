/** A literal reference taken apart (R4 references.html#literal). */
export interface ReferenceParts {
  /** What precedes the type in an absolute URL, without the last slash: `https://ehr.example/fhir`. */
  readonly base: string | undefined
  readonly type: string | undefined
  readonly id: string | undefined
  readonly version: string | undefined
  /** The id after `#`, for a contained resource. */
  readonly fragment: string | undefined
}

const REST =
  /^(?:(https?:\/\/[^\s?#]+)\/)?([A-Z][A-Za-z]+)\/([A-Za-z0-9\-.]{1,64})(?:\/_history\/([A-Za-z0-9\-.]{1,64}))?(?:#(.*))?$/

/**
 * Takes a reference apart. What does not have the form of a RESTful URL (`urn:uuid:…`, a canonical, a conditional
 * reference) has no type and no id.
 */
export function parseReference(text: string): ReferenceParts {
  if (text.startsWith('#'))
    return { base: undefined, type: undefined, id: undefined, version: undefined, fragment: text.slice(1) }
  const match = REST.exec(text)
  return {
    base: match?.[1],
    type: match?.[2],
    id: match?.[3],
    version: match?.[4],
    fragment: match?.[5],
  }
}
