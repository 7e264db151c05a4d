import { XmlFault } from './xml-fault.ts'

/** What is looked through for the XML declaration. */
const DECLARATION_BYTES_MAX = 256

/** The text of an XML document: by its byte order mark, its declaration, or as UTF-8 (XML 1.0, appendix F). */
export function decodeXml(bytes: Uint8Array): string {
  const label = byteOrderLabel(bytes) ?? declaredLabel(bytes) ?? 'utf-8'
  let decoder: InstanceType<typeof TextDecoder>
  try {
    decoder = new TextDecoder(label, { fatal: true })
  } catch {
    throw new XmlFault('xml-refused', 'The XML declaration names an encoding that is not known')
  }
  try {
    return decoder.decode(bytes)
  } catch {
    throw new XmlFault('xml-invalid', `The document is not valid ${decoder.encoding}`)
  }
}

function byteOrderLabel(bytes: Uint8Array): string | undefined {
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be'
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le'
  if (bytes[0] === 0 && bytes[1] === 0x3c) return 'utf-16be'
  return bytes[0] === 0x3c && bytes[1] === 0 ? 'utf-16le' : undefined
}

function declaredLabel(bytes: Uint8Array): string | undefined {
  const start = String.fromCharCode(...bytes.subarray(0, DECLARATION_BYTES_MAX))
  const declared = /^(?:\xef\xbb\xbf)?<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]+)["']/.exec(start)?.[1]
  // What could be read as ASCII up to here is no UTF-16, whatever it says.
  return declared === undefined || /^utf-?16/i.test(declared) ? undefined : declared
}
