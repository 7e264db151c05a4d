import type { StandardDefinitions } from '@samband/fhir/definitions'
import { FHIR_STRUCTURE_BASE } from '@samband/fhir/definitions'
import type { PropertyInfo, TypeInfo } from '@samband/fhir/fhirpath'
import { type BoxedObject, isBoxedObject } from './boxed-json.ts'
import { type ElementValue, insertAt, setSingle } from './element-list.ts'
import { patchInapplicable, patchMalformed } from './patch-refusal.ts'

/** The `value` of an operation: of a type, or an element without a type's name whose members are parts. */
export type PatchValue =
  | ({ readonly kind: 'typed'; readonly suffix: string } & ElementValue)
  | { readonly kind: 'parts'; readonly parts: readonly BoxedObject[] }
  | { readonly kind: 'resource'; readonly resource: BoxedObject }

/** Reads `value[x]`, `resource` or `part` of a parameter. @throws HubError 400 */
export function readValue(parameter: BoxedObject, at: string): PatchValue {
  const { part, resource } = parameter
  if (isBoxedObject(resource)) return { kind: 'resource', resource }
  if (Array.isArray(part)) return { kind: 'parts', parts: part.filter(isBoxedObject) }
  for (const name of Object.keys(parameter)) {
    const suffix = /^_?value([A-Z]\w*)$/.exec(name)?.[1]
    if (suffix === undefined) continue
    return {
      kind: 'typed',
      suffix,
      value: parameter[`value${suffix}`],
      beside: parameter[`_value${suffix}`],
    }
  }
  throw patchMalformed('the operation has no value', at)
}

/** Which elements repeat, and what JSON calls them: from the definitions of the standard. */
export class ElementWriter {
  readonly #definitions: StandardDefinitions

  constructor(definitions: StandardDefinitions) {
    this.#definitions = definitions
  }

  /** Whether an element of a type ('Patient', 'HumanName', 'Patient.contact') may stand more than once. */
  repeats(type: TypeInfo, name: string): boolean {
    const [root = ''] = type.name.split('.', 1)
    const structure = this.#definitions.structure(FHIR_STRUCTURE_BASE + root)
    const path = `${type.name}.${name}`
    const element = structure?.snapshot?.element.find(each => each.path === path || each.path === `${path}[x]`)
    return element?.max !== undefined && element.max !== '1' && element.max !== '0'
  }

  /**
   * The property that takes the value, of those that an element may be in.
   *
   * @throws HubError 422: the value is of another type
   */
  propertyFor(properties: readonly PropertyInfo[], value: PatchValue, at: string): PropertyInfo {
    const found = properties.find(({ type, property }) => fits(type, property, value, properties.length > 1))
    if (found === undefined) throw patchInapplicable('the value is of another type than the element', at)
    return found
  }

  /** The JSON of a value. @throws HubError 400, 422 */
  elementOf(type: TypeInfo, value: PatchValue, at: string): ElementValue {
    switch (value.kind) {
      case 'typed':
        return value
      case 'resource':
        return { value: value.resource, beside: undefined }
      case 'parts':
        return { value: this.#assembled(type, value.parts, at), beside: undefined }
    }
  }

  #assembled(type: TypeInfo, parts: readonly BoxedObject[], at: string): BoxedObject {
    const object = Object.create(null) as BoxedObject
    for (const part of parts) {
      const { name } = part
      const element = typeof name === 'string' ? type.elements.get(name) : undefined
      if (element === undefined) throw patchInapplicable(`${type.name} has no such element`, at)
      const value = readValue(part, at)
      const { property, type: own } = this.propertyFor(element.properties, value, at)
      const json = this.elementOf(own, value, at)
      if (!this.repeats(type, element.name)) setSingle(object, property, json)
      else insertAt(object, property, Number.MAX_SAFE_INTEGER, json)
    }
    return object
  }
}

function fits(type: TypeInfo, property: string, value: PatchValue, isChoice: boolean): boolean {
  if (value.kind === 'resource') return type.kind === 'resource'
  if (value.kind === 'parts') return type.kind === 'complex'
  const [name = ''] = type.name.split('|', 1)
  const suffix = name.charAt(0).toUpperCase() + name.slice(1)
  if (isChoice) return suffix === value.suffix || property.endsWith(value.suffix)
  if (suffix === value.suffix) return true
  // Parameters of R4 cannot say each of the kinds of text and number; the validator looks at the form of the value.
  return type.kind === 'primitive' && type.system === systemOf(value.suffix)
}

const systems: ReadonlyMap<string, TypeInfo['system']> = new Map([
  ['Boolean', 'Boolean'],
  ['Integer', 'Integer'],
  ['PositiveInt', 'Integer'],
  ['UnsignedInt', 'Integer'],
  ['Decimal', 'Decimal'],
  ['Date', 'Date'],
  ['DateTime', 'DateTime'],
  ['Instant', 'DateTime'],
  ['Time', 'Time'],
  ...['Base64Binary', 'Canonical', 'Code', 'Id', 'Markdown', 'Oid', 'String', 'Uri', 'Url', 'Uuid'].map(
    (name): [string, TypeInfo['system']] => [name, 'String'],
  ),
])

function systemOf(suffix: string): TypeInfo['system'] | 'none' {
  return systems.get(suffix) ?? 'none'
}
