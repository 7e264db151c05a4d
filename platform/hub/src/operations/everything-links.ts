import { parseReference } from '@samband/fhir/fhirpath'
import type { HubContext } from '../hub-context.ts'
import type { ResourceName } from '../storage/stored.ts'

/**
 * The members of JSON that hold links: `Reference.reference` wherever it stands (contained, in extensions), and `url`, by
 * which attachments name a Binary. Inside a text the quotes are escaped, so that a text that quotes JSON is not taken for it.
 */
const linkMember = /"(reference|url)":"((?:[^"\\]|\\.)*)"/g

/**
 * What a stored resource refers to on this server, by type and id, without parsing it: 2 µs for 2 kB, and it sees what
 * search parameters do not (an encounter's origin, a contact's organization).
 */
export function* linksIn(
  { baseUrl, resourceTypes }: Pick<HubContext, 'baseUrl' | 'resourceTypes'>,
  content: string,
): Generator<ResourceName> {
  for (const [, member, written = ''] of content.matchAll(linkMember)) {
    // An address of an extension, or of something else.
    if (member === 'url' && !written.includes('Binary/')) continue
    const { base, type, id } = parseReference(written.includes('\\') ? (JSON.parse(`"${written}"`) as string) : written)
    const isHere = base === undefined || base === baseUrl
    if (isHere && type !== undefined && id !== undefined && resourceTypes.has(type)) yield { type, id }
  }
}
