import type { Json, ResourceNode, RunContext } from '../run/run-context.ts'
import { nearestNode } from '../run/run-message.ts'
import { nameUuid } from './name-uuid.ts'

/** Resources that stand for the same thing wherever they are mentioned: equal ones of a message become one. */
const SHARED = new Set([
  'Patient',
  'Practitioner',
  'Organization',
  'Location',
  'Device',
  'PractitionerRole',
  'Medication',
  'Encounter',
])

/** What a resource is recognised by beside its identifiers: texts of these elements. */
const CONTENT: Readonly<Record<string, readonly string[]>> = {
  Observation: ['code', 'effectiveDateTime'],
  Condition: ['code', 'onsetDateTime'],
  AllergyIntolerance: ['code'],
  Procedure: ['code', 'performedDateTime', 'performedPeriod'],
  RelatedPerson: ['name', 'relationship'],
  Coverage: ['type', 'payor'],
  Immunization: ['vaccineCode', 'occurrenceDateTime'],
  Specimen: ['type'],
  MedicationRequest: ['medicationCodeableConcept'],
}

/** Types whose identifier alone does not tell them apart: orders of one number may be many. */
const WITH_CODE = new Set([
  'ServiceRequest',
  'DiagnosticReport',
  'MedicationRequest',
  'MedicationDispense',
  'MedicationAdministration',
  'Immunization',
  'ChargeItem',
])

/** What it belongs to, the nearest first. */
const OWNERS: Readonly<Record<string, readonly string[]>> = {
  Observation: ['DiagnosticReport', 'ServiceRequest', 'Immunization', 'Appointment', 'Encounter', 'Patient'],
  Specimen: ['ServiceRequest', 'DiagnosticReport', 'Patient'],
  Encounter: ['Patient'],
}

/**
 * Gives every resource an id made of what it is: identifiers with their authority, else content and owner. The same thing in another
 * message, or the same message again, gets the same id.
 */
export class ResourceNames {
  private readonly run: RunContext
  private readonly scope: string
  private readonly message: string
  private readonly names = new Map<ResourceNode, string>()
  private readonly busy = new Set<ResourceNode>()

  /** `message` names the message: for what has no name of its own. */
  constructor(run: RunContext, scope: string, message: string) {
    this.run = run
    this.scope = scope
    this.message = message
  }

  /** The id that a name stands for. */
  idOf(name: string): string {
    return nameUuid(name)
  }

  isShared(node: ResourceNode): boolean {
    return SHARED.has(node.type) || (node.type === 'Specimen' && node.resource['identifier'] !== undefined)
  }

  name(node: ResourceNode): string {
    const known = this.names.get(node)
    if (known !== undefined) return known
    // A circle of references cannot name itself; the label ends it.
    if (this.busy.has(node)) return `${node.type}|${this.message}|${node.label}`
    this.busy.add(node)
    const name = `${node.type}|${this.own(node)}`
    this.busy.delete(node)
    this.names.set(node, name)
    return name
  }

  private own(node: ResourceNode): string {
    const { type, resource } = node
    if (node.identity !== undefined) return `${this.scope}|${node.identity}`
    if (type === 'MessageHeader') return this.message
    if (type === 'Provenance') return `${this.message}|${node.label}|${node.segment?.index ?? 0}`
    const number = this.identifier(resource, type)
    if (number !== '')
      return WITH_CODE.has(type) ? `${number}|${this.text(resource['code'] ?? resource['vaccineCode'])}` : number
    if (SHARED.has(type) && type !== 'Encounter' && type !== 'Patient') return this.text(resource)
    const content = (CONTENT[type] ?? []).map(name => this.text(resource[name])).join('|')
    const owner = this.owner(node)
    if (owner !== '' && content.replaceAll('|', '') !== '') return `${owner}|${content}|${this.extra(node)}`
    if (type === 'Encounter' && owner !== '') return `${owner}|${this.text(resource['period']) || this.message}`
    return `${this.message}|${node.label}|${node.segment?.index ?? 0}|${node.field}|${content}`
  }

  /** OBX-4 tells results of one code apart. */
  private extra(node: ResourceNode): string {
    return node.type === 'Observation' ? (node.segment?.text(4) ?? '') : ''
  }

  private owner(node: ResourceNode): string {
    for (const type of OWNERS[node.type] ?? ['Patient']) {
      const owner = nearestNode(`${type}[1]`, type, node.place, this.run, node)
      if (owner !== undefined) return this.name(owner)
    }
    return ''
  }

  /** The first identifier that has a system, else the first with its assigner. */
  private identifier(resource: Json, type: string): string {
    const held = resource['identifier'] ?? resource['masterIdentifier']
    const list = (Array.isArray(held) ? held : held === undefined ? [] : [held]) as Json[]
    const rated = list.filter(({ value }) => typeof value === 'string' && value !== '')
    const found =
      rated.find(({ system }) => system !== undefined) ??
      rated.find(({ assigner }) => assigner !== undefined) ??
      rated[0]
    if (found === undefined) return ''
    const { system, value, assigner } = found
    if (system !== undefined) return `${text(system)}|${text(value)}`
    const given = this.text(assigner)
    // An organization is what its number says; others have numbers that mean something only where they were given.
    return type === 'Organization'
      ? this.text([resource['identifier'], resource['name']])
      : `${this.scope}|${given}|${text(value)}`
  }

  /** The content of an element, references by the name of what they lead to. */
  private text(value: unknown): string {
    if (value === undefined) return ''
    if (typeof value !== 'object' || value === null) return text(value)
    const target = this.run.references.get(value as Json)
    if (target !== undefined) return this.name(target)
    if (Array.isArray(value)) return `[${value.map(item => this.text(item)).join(',')}]`
    return `{${Object.entries(value)
      .map(([key, item]) => `${key}:${this.text(item)}`)
      .join(',')}}`
  }
}

function text(value: unknown): string {
  return typeof value === 'string'
    ? value
    : typeof value === 'number' || typeof value === 'boolean'
      ? String(value)
      : ''
}
