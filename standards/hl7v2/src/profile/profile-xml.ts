import { SaxesParser } from 'saxes'
import type { Issue } from '../issue.ts'
import { XmlFault } from '../xml/xml-fault.ts'
import { decodeXml } from '../xml/xml-text.ts'
import type { Profile } from './profile.ts'
import type { ProfileConditions } from './profile-xml-reader.ts'
import { ProfileXmlReader } from './profile-xml-reader.ts'

/** Bounds of a profile in XML. */
export interface ProfileXmlLimits {
  /** Largest document in bytes (for a string: in characters). */
  readonly bytesMax: number
  /** Deepest nesting of elements; the deepest structure of the standard needs 12. */
  readonly depthMax: number
  /** Most groups, segments, fields and components; a whole structure of the standard has some 10,000. */
  readonly elementsMax: number
}

export const PROFILE_XML_LIMITS_DEFAULT: ProfileXmlLimits = {
  bytesMax: 32 * 1024 * 1024,
  depthMax: 32,
  elementsMax: 200_000,
}

export interface ProfileXmlOptions {
  /** The profile's name; that of its MetaData where left out. */
  readonly name?: string
  /**
   * Predicates are prose in a profile's XML. Here they are in a form that can be decided, by path as in `defineProfile`; elements of usage C
   * and CE without one are taken as optional, and an issue says so.
   */
  readonly conditions?: ProfileConditions
  /**
   * Tables that the profile closes: a code beyond them is an error. Others are checked as the standard has them. Tools write the
   * standard's table to every element, so that the document alone does not tell.
   */
  readonly closedTables?: readonly string[]
  readonly limits?: Partial<ProfileXmlLimits>
}

export type ProfileXmlResult =
  | { readonly ok: true; readonly profile: Profile; readonly version: string; readonly issues: readonly Issue[] }
  | { readonly ok: false; readonly issues: readonly Issue[] }

const CHUNK_CHARACTERS = 64 * 1024

/**
 * Reads a message profile of HL7 v2's own XML schema (`HL7v2xConformanceProfile`, HL7 v2.9 §2.B.13), as Messaging Workbench, MWB and
 * IHE's tools write it: structure, usage, cardinality, lengths and constants. Refused are DOCTYPE, entities beyond the five
 * of XML, and what exceeds a limit. `version` is that of the dictionary that the profile is for.
 */
export function parseProfileXml(xml: Uint8Array | string, options: ProfileXmlOptions = {}): ProfileXmlResult {
  const limits = { ...PROFILE_XML_LIMITS_DEFAULT, ...options.limits }
  try {
    const reader = new ProfileXmlReader(limits.elementsMax, options)
    read(xml, reader, limits)
    return { ok: true, ...reader.finish() }
  } catch (error) {
    if (!(error instanceof XmlFault)) throw error
    return { ok: false, issues: [error.issue] }
  }
}

function read(xml: Uint8Array | string, reader: ProfileXmlReader, limits: ProfileXmlLimits): void {
  if (xml.length > limits.bytesMax) {
    throw new XmlFault('xml-refused', `The document is larger than the ${limits.bytesMax} bytes allowed`)
  }
  const text = typeof xml === 'string' ? xml.replace(/^\ufeff/, '') : decodeXml(xml)
  const parser = new SaxesParser({ position: true, xmlns: false } as const)
  let depth = 0
  parser.on('error', error => {
    throw new XmlFault('xml-invalid', `The document is not well-formed XML: ${error.message}`)
  })
  parser.on('doctype', () => {
    throw new XmlFault('xml-refused', 'The document has a DOCTYPE, which no profile needs')
  })
  parser.on('opentag', ({ name, attributes }) => {
    if (++depth > limits.depthMax) {
      throw new XmlFault('xml-refused', `The document is nested deeper than the ${limits.depthMax} levels allowed`)
    }
    reader.open(name.slice(name.indexOf(':') + 1), attributes)
  })
  parser.on('closetag', ({ name }) => {
    depth--
    reader.close(name.slice(name.indexOf(':') + 1))
  })
  for (let at = 0; at < text.length; at += CHUNK_CHARACTERS) parser.write(text.slice(at, at + CHUNK_CHARACTERS))
  parser.close()
}
