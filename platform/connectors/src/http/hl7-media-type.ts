/** HL7 v2 in ER7 over HTTP, as HAPI's "HL7 over HTTP" specification and its implementations name it. */
const hl7MediaTypes: ReadonlySet<string> = new Set([
  'x-application/hl7-v2+er7',
  'application/hl7-v2+er7',
  'application/hl7-v2',
])

export const hl7ReplyType = 'x-application/hl7-v2+er7'

export function isHl7MediaType(contentType: string | undefined): boolean {
  return contentType !== undefined && hl7MediaTypes.has((contentType.split(';')[0] ?? '').trim().toLowerCase())
}
