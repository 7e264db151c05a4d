import type { V2Value } from '../read/v2-value.ts'
import type { Json, ResourceNode, RunContext } from '../run/run-context.ts'

const OID = /^[0-2](?:\.\d+)+$/
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** The URI that an HD stands for, where it has one (HL7 v2-to-FHIR HD[uri]). */
export function authorityUri(namespace: string, id: string, type: string, run: RunContext): string | undefined {
  const systems = run.settings.identifierSystems
  const own = systems?.[namespace] ?? systems?.[id]
  if (own !== undefined) return own
  if (id === '') return undefined
  if (UUID.test(id)) return `urn:uuid:${id.toLowerCase()}`
  if (OID.test(id)) return `urn:oid:${id}`
  if (/^(?:https?:\/\/|urn:)\S+$/.test(id)) return id
  if (type.toUpperCase() === 'DNS' || type.toUpperCase() === 'URI') return undefined
  return undefined
}

/**
 * Says in an Identifier who gave the number: a system where the HD is a URI or a setting knows it, otherwise an Organization
 * as assigner (`CX.4`, `XCN.9`, `XON.6`, `EI.2` to `EI.4`).
 */
export function assignAuthority(identifier: Json, namespace: string, id: string, type: string, run: RunContext): void {
  const system = authorityUri(namespace, id, type, run)
  if (system !== undefined) {
    identifier['system'] ??= system
    if (namespace !== '') identifier['assigner'] ??= { display: namespace }
    return
  }
  const name = namespace !== '' ? namespace : id
  if (name === '') return
  identifier['assigner'] ??= run.refer(authorityOrganization(namespace, id, type, run))
}

/** `HD[Organization]`. */
export function authorityOrganization(namespace: string, id: string, type: string, run: RunContext): ResourceNode {
  const node = run.node('Organization')
  Object.assign(node.resource, authorityContent(namespace, id, type))
  return node
}

export function authorityContent(namespace: string, id: string, type: string): Json {
  const identifier: Json[] = []
  if (namespace !== '') identifier.push({ value: namespace })
  if (id !== '') identifier.push(universalId(id, type))
  return { identifier }
}

function universalId(id: string, type: string): Json {
  if (OID.test(id)) return { system: 'urn:ietf:rfc:3986', value: `urn:oid:${id}`, ...universalIdType(type) }
  if (UUID.test(id))
    return { system: 'urn:ietf:rfc:3986', value: `urn:uuid:${id.toLowerCase()}`, ...universalIdType(type) }
  return { value: id, ...universalIdType(type) }
}

function universalIdType(type: string): Json {
  if (type === '') return {}
  return { type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0301', code: type }] } }
}

/** The three parts of an HD, or of a component that holds one. */
export function authorityOf(value: V2Value | undefined): [string, string, string] {
  return [value?.partText(1) ?? '', value?.partText(2) ?? '', value?.partText(3) ?? '']
}
