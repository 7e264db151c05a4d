import { ELEMENTS } from '../generated/elements.ts'

export interface ElementType {
  /** `HumanName`, `date`, `Patient.contact`. */
  readonly type: string
  readonly many: boolean
}

const parsed = new Map<string, ReadonlyMap<string, ElementType>>()

/** What FHIR R4 says about an element of a type; undefined where the type has none of the name. */
export function elementType(owner: string, name: string): ElementType | undefined {
  let elements = parsed.get(owner)
  if (elements === undefined) {
    elements = new Map(
      (ELEMENTS[owner] ?? '').split(' ').map(entry => {
        const [key = '', type = ''] = entry.split(':')
        return [key, { type: type.replace('*', ''), many: type.endsWith('*') }]
      }),
    )
    parsed.set(owner, elements)
  }
  return elements.get(name)
}

const canonical = new Map(Object.keys(ELEMENTS).map(name => [name.toLowerCase(), name]))

/** A type's name as FHIR spells it: names of maps are looked up in small letters. */
export function canonicalType(name: string): string {
  return canonical.get(name.toLowerCase()) ?? name.toLowerCase()
}

export function isKnownType(name: string): boolean {
  return ELEMENTS[name] !== undefined
}

/** Primitive types begin with a small letter. */
export function isPrimitive(type: string): boolean {
  return /^[a-z]/.test(type)
}

/** Resources have metadata; data types have not. */
export function isResource(name: string): boolean {
  return elementType(name, 'implicitRules') !== undefined
}
