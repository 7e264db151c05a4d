import { SaxesParser } from 'saxes'
import type { Issue } from '../issue.ts'
import { Er7Writer } from './er7-writer.ts'
import { XmlFault } from './xml-fault.ts'
import type { XmlLimits } from './xml-limits.ts'
import { XML_LIMITS_DEFAULT } from './xml-limits.ts'
import { decodeXml } from './xml-text.ts'

export type Er7Result =
  | { readonly ok: true; readonly er7: string }
  | { readonly ok: false; readonly issues: readonly Issue[] }

const CHUNK_CHARACTERS = 64 * 1024

/**
 * The ER7 text of a document in HL7 v2's XML encoding, or in a dialect of it that numbers its elements: `PID.3.1` as Mirth writes it, any names of
 * data types, any namespace or none. What stands in groups comes in document order. Refused are DOCTYPE, entities beyond the five of
 * XML, and what exceeds a limit. For one message use `parseXml`; this is for batches too, whose FHS and BHS are segments like others.
 */
export function er7OfXml(xml: Uint8Array | string, options: { readonly limits?: Partial<XmlLimits> } = {}): Er7Result {
  const limits = { ...XML_LIMITS_DEFAULT, ...options.limits }
  try {
    return { ok: true, er7: read(xml, limits) }
  } catch (error) {
    if (!(error instanceof XmlFault)) throw error
    return { ok: false, issues: [error.issue] }
  }
}

function read(xml: Uint8Array | string, limits: XmlLimits): string {
  if (xml.length > limits.bytesMax) {
    throw new XmlFault('xml-refused', `The document is larger than the ${limits.bytesMax} bytes allowed`)
  }
  const text = typeof xml === 'string' ? xml.replace(/^\ufeff/, '') : decodeXml(xml)
  const writer = new Er7Writer(limits)
  const parser = new SaxesParser({ position: true, xmlns: false } as const)
  let depth = 0
  parser.on('error', error => {
    throw new XmlFault('xml-invalid', `The document is not well-formed XML: ${error.message}`)
  })
  parser.on('doctype', () => {
    throw new XmlFault('xml-refused', 'The document has a DOCTYPE, which no HL7 message needs')
  })
  parser.on('opentag', ({ name, attributes }) => {
    if (++depth > limits.depthMax) {
      throw new XmlFault('xml-refused', `The document is nested deeper than the ${limits.depthMax} levels allowed`)
    }
    const colon = name.indexOf(':')
    writer.open(colon < 0 ? name : name.slice(colon + 1), attributes)
  })
  parser.on('closetag', () => {
    depth--
    writer.close()
  })
  parser.on('text', value => writer.text(value))
  parser.on('cdata', value => writer.text(value))
  for (let at = 0; at < text.length; at += CHUNK_CHARACTERS) parser.write(text.slice(at, at + CHUNK_CHARACTERS))
  parser.close()
  return writer.finish()
}
