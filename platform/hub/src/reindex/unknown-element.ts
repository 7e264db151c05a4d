import type { FhirPathModel, TypeInfo } from '@samband/fhir/fhirpath'

/** `Patient.contact.name` and what follows it, outside of strings. */
const path = /(?<![.\w%])([A-Z][A-Za-z]*)((?:\.[A-Za-z]\w*)+)\s*(\(?)/g
const text = /'(?:\\.|[^'\\])*'/g

/**
 * The first element in an expression that its type does not have: FHIRPath takes it for one that is never there, so a
 * search parameter with a slip in its expression would find nothing and say nothing. Looks at paths that begin with a type.
 */
export function unknownElement(model: FhirPathModel, expression: string): string | undefined {
  for (const [, start = '', rest = '', bracket] of expression.replaceAll(text, "''").matchAll(path)) {
    const names = rest.slice(1).split('.')
    // The last one is a function.
    if (bracket === '(') names.pop()
    const root = model.type(start)
    const unknown = root?.kind === 'resource' ? firstUnknown(root, names) : undefined
    if (unknown !== undefined) return `${start}.${unknown}`
  }
  return undefined
}

function firstUnknown(root: TypeInfo, names: readonly string[]): string | undefined {
  let types: readonly TypeInfo[] = [root]
  for (const [index, name] of names.entries()) {
    const found = types.flatMap(type => type.elements.get(name)?.properties.map(property => property.type) ?? [])
    // What any resource has inside cannot be told.
    if (found.some(type => type.name === 'Resource' || type.name === 'DomainResource')) return undefined
    if (found.length === 0) return names.slice(0, index + 1).join('.')
    types = found
  }
  return undefined
}
