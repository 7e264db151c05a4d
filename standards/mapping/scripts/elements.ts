import type { ElementDefinition } from '@samband/fhir/definitions'
import { loadTypes } from '@samband/fhir/definitions'

const SKIPPED = new Set(['Element', 'BackboneElement', 'Resource', 'DomainResource'])

/**
 * Elements of the types that maps write to, as text: `identifier:Identifier* active:boolean contact:Patient.contact*`.
 * A backbone element's type is its path; a choice stands under each of its names.
 */
export async function elementTable(): Promise<Record<string, string>> {
  const types = await loadTypes()
  const table: Record<string, string> = {}
  for (const definition of types.types()) {
    if (definition.kind === 'primitive-type' || definition.kind === 'logical' || definition.abstract) continue
    const elements = definition.snapshot?.element ?? []
    for (const element of elements) {
      const parts = element.path.split('.')
      if (parts.length < 2) continue
      const owner = parts.slice(0, -1).join('.')
      const name = parts.at(-1) ?? ''
      const many = element.max === '*' ? '*' : ''
      for (const [key, type] of namesOf(name, element)) {
        table[owner] = `${table[owner] === undefined ? '' : `${table[owner]} `}${key}:${type}${many}`
      }
    }
  }
  for (const name of SKIPPED) delete table[name]
  return Object.fromEntries(Object.entries(table).sort(([a], [b]) => (a < b ? -1 : 1)))
}

function namesOf(name: string, element: ElementDefinition): [string, string][] {
  if (element.contentReference !== undefined) return [[name, element.contentReference.replace(/^.*#/, '')]]
  const codes = (element.type ?? []).map(({ code }) => code.replace(/^http:\/\/hl7\.org\/fhirpath\/System\./, ''))
  if (name.endsWith('[x]')) {
    const stem = name.slice(0, -3)
    return codes.map(code => [`${stem}${code.charAt(0).toUpperCase()}${code.slice(1)}`, code])
  }
  const code = codes[0] ?? 'string'
  const own = code === 'BackboneElement' || code === 'Element' ? element.path : code === 'String' ? 'string' : code
  return [[name, own]]
}
