import { gzipSync } from 'node:zlib'
import type { JsonObject } from '@samband/fhir/fhirpath'

export const guideBase = 'https://guide.example.org/fhir'

/** A package as it is published: a tar archive (POSIX ustar), zipped. */
export function packageOf(manifest: JsonObject, resources: readonly JsonObject[]): Uint8Array {
  const files = [
    [
      'package/package.json',
      { name: 'example.guide', version: '1.0.0', fhirVersions: ['4.0.1'], ...manifest },
    ] as const,
    ...resources.map((resource, index) => [`package/resource-${index}.json`, resource] as const),
  ]
  const parts = files.flatMap(([path, content]) => tarEntry(path, Buffer.from(JSON.stringify(content))))
  return gzipSync(Buffer.concat([...parts, Buffer.alloc(1_024)]))
}

function tarEntry(path: string, content: Buffer): readonly Buffer[] {
  const header = Buffer.alloc(512)
  header.write(path, 0)
  header.write('0000644\0', 100)
  header.write(`${content.length.toString(8).padStart(11, '0')}\0`, 124)
  header.write('        ', 148)
  header.write('0', 156)
  header.write('ustar\x0000', 257)
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return [header, content, Buffer.alloc((512 - (content.length % 512)) % 512)]
}

/** A profile of Patient that asks for a name, as an author writes it: only what it changes. */
export function namedPatientProfile(more: JsonObject = {}): JsonObject {
  return {
    resourceType: 'StructureDefinition',
    url: `${guideBase}/StructureDefinition/named-patient`,
    version: '1.0.0',
    name: 'NamedPatient',
    status: 'active',
    fhirVersion: '4.0.1',
    kind: 'resource',
    abstract: false,
    type: 'Patient',
    baseDefinition: 'http://hl7.org/fhir/StructureDefinition/Patient',
    derivation: 'constraint',
    differential: { element: [{ id: 'Patient.name', path: 'Patient.name', min: 1 }] },
    ...more,
  }
}

export function guideParameter(code: string, more: JsonObject = {}): JsonObject {
  return {
    resourceType: 'SearchParameter',
    url: `${guideBase}/SearchParameter/${code}`,
    name: code.replaceAll('-', '_'),
    status: 'draft',
    description: 'for a test',
    code,
    base: ['Patient'],
    type: 'token',
    expression: 'Patient.maritalStatus',
    ...more,
  }
}
