import type { ParseOptions, ParseResult } from '../parse.ts'
import { parse } from '../parse.ts'
import { er7OfXml } from './er7-of-xml.ts'
import type { XmlLimits } from './xml-limits.ts'

export interface ParseXmlOptions {
  readonly limits?: Partial<XmlLimits>
  /** Limits of the message that the document holds. */
  readonly messageLimits?: ParseOptions['limits']
}

/**
 * The message of a document in HL7 v2's XML encoding; see `er7OfXml` for what is understood and what is refused. Its bytes are in the character
 * set of MSH-18, and in UTF-8 where that is missing or cannot hold the text.
 */
export function parseXml(xml: Uint8Array | string, options: ParseXmlOptions = {}): ParseResult {
  const read = er7OfXml(xml, options.limits === undefined ? {} : { limits: options.limits })
  if (!read.ok) return read
  return parse(read.er7, options.messageLimits === undefined ? {} : { limits: options.messageLimits })
}
