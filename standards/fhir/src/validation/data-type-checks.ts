import { type JsonNode, textAt } from './json-node.ts'
import type { Run } from './run.ts'

const ABSOLUTE = /^[a-z][a-z\d+.-]*:/i

/** What the pages of the standard say of data types in words, and no rule in FHIRPath says. */
export function checkDataType(run: Run, node: JsonNode, type: string): void {
  switch (type) {
    case 'Coding':
      checkCoding(run, node)
      return
    case 'Identifier':
      checkIdentifier(run, node)
      return
    case 'Attachment':
      checkAttachment(run, node)
      return
  }
}

/** FHIR R4 datatypes.html#Coding: the system is absolute, and the code is one of it where all of its codes are known. */
function checkCoding(run: Run, coding: JsonNode): void {
  const system = textAt(coding, 'system')
  const code = textAt(coding, 'code')
  if (system === undefined) return
  if (!ABSOLUTE.test(system)) {
    run.error('system-invalid', 'The system of a code is an absolute address', 'system')
    return
  }
  if (system.startsWith('http://hl7.org/fhir/ValueSet/')) {
    run.error('system-invalid', 'The system of a code is a code system, and this is a value set', 'system')
    return
  }
  if (code !== undefined && run.kit.terminology?.hasCode?.(system, code) === 'no') {
    // HL7's terminology grows apart from FHIR: its code may be of a newer version than the one that R4 brought.
    const severity = system.startsWith('http://hl7.org/fhir/') ? 'error' : 'warning'
    run.add(severity, 'code-unknown', `The code is none of the system ${system}`, { member: 'code' })
  }
}

/** FHIR R4 datatypes.html#Identifier: what is a URI itself says so by this system, and is one then. */
function checkIdentifier(run: Run, identifier: JsonNode): void {
  const value = textAt(identifier, 'value')
  if (identifier['system'] === 'urn:ietf:rfc:3986' && value !== undefined && !ABSOLUTE.test(value)) {
    run.error('identifier-invalid', 'An identifier of the system urn:ietf:rfc:3986 is a full URI', 'value')
  }
}

/** FHIR R4 datatypes.html#Attachment: the size is that of the data before they were encoded. */
function checkAttachment(run: Run, attachment: JsonNode): void {
  const data = textAt(attachment, 'data')
  const { size } = attachment
  if (data === undefined || typeof size !== 'number') return
  const characters = data.replace(/\s+/g, '')
  const padding = /=*$/.exec(characters)?.[0].length ?? 0
  if ((characters.length / 4) * 3 - padding !== size) {
    run.error('attachment-size-wrong', 'The size is not that of the data', 'size')
  }
}
