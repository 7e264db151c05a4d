import { DECIMAL_LITERALS } from '@samband/fhir'
import { FhirNode, type Collection, type FhirPathModel, type JsonObject, type TypeInfo } from '@samband/fhir/fhirpath'
import { type BoxedJson, type BoxedObject, DecimalText, isBoxedObject, unboxed } from './boxed-json.ts'

/** Where an element stands: a member of an object, or an entry of a list that is one. */
export type Place = {
  readonly holder: BoxedObject
  readonly holderType: TypeInfo
  /** Name in JSON: `valueQuantity`. */
  readonly property: string
  readonly index: number | undefined
  readonly isPrimitive: boolean
}

/**
 * A resource under patching, in a form on which FHIRPath can be evaluated so that each item that it gives tells its place.
 * Objects tell by their identity. Texts and numbers have none, so each has an empty object beside it (`_birthDate`), which
 * changes nothing for the expression, and tells for it. Made anew for each operation.
 */
export class PatchTarget {
  readonly focus: JsonObject
  readonly #model: FhirPathModel
  readonly #places = new Map<unknown, Place>()
  readonly #objects = new Map<unknown, BoxedObject>()

  constructor(model: FhirPathModel, resource: BoxedObject) {
    this.#model = model
    const type = this.#typeOf(resource)
    this.focus = type === undefined ? {} : this.#object(type, resource)
  }

  /** The place of an item; undefined for what is no part of the resource, and for the resource itself. */
  placeOf(item: Collection[number]): Place | undefined {
    return item instanceof FhirNode ? this.#places.get(marker(item)) : undefined
  }

  /** The object that has the children of an item: for a primitive the one beside it, which is made where there is none. */
  objectOf(item: Collection[number]): BoxedObject | undefined {
    if (!(item instanceof FhirNode)) return undefined
    const place = this.placeOf(item)
    return place?.isPrimitive === true ? objectBeside(place) : this.#objects.get(marker(item))
  }

  #typeOf({ resourceType }: BoxedObject): TypeInfo | undefined {
    return typeof resourceType === 'string' ? this.#model.type(resourceType) : undefined
  }

  #object(type: TypeInfo, value: BoxedObject): JsonObject {
    const copy: Record<string, unknown> = {}
    const literals: Record<string, string> = {}
    this.#objects.set(copy, value)
    for (const [property, member] of Object.entries(value)) {
      const name = property.startsWith('_') ? property.slice(1) : property
      const info = type.properties.get(name)?.type
      if (info === undefined) copy[property] = unboxed(member)
      else if (info.kind !== 'primitive')
        copy[property] = this.#complex(info, { holder: value, holderType: type, property })
      else this.#primitive(copy, { holder: value, holderType: type, property: name })
      if (member instanceof DecimalText) literals[property] = member.text
    }
    if (Object.keys(literals).length > 0) Object.assign(copy, { [DECIMAL_LITERALS]: literals })
    return copy
  }

  #complex(type: TypeInfo, at: Omit<Place, 'index' | 'isPrimitive'>): unknown {
    const one = (value: BoxedJson | undefined, index: number | undefined): unknown => {
      if (!isBoxedObject(value)) return unboxed(value ?? null)
      const own = type.kind === 'resource' ? (this.#typeOf(value) ?? type) : type
      const copy = this.#object(own, value)
      this.#places.set(copy, { ...at, index, isPrimitive: false })
      return copy
    }
    const member = at.holder[at.property]
    return Array.isArray(member) ? member.map((each, index) => one(each, index)) : one(member, undefined)
  }

  #primitive(into: Record<string, unknown>, at: Omit<Place, 'index' | 'isPrimitive'>): void {
    const { holder, property } = at
    const [value, beside] = [holder[property], holder[`_${property}`]]
    const mark = (index: number | undefined, own: BoxedJson | undefined, hasValue: boolean): unknown => {
      const element = this.#model.type('Element')
      const copy = isBoxedObject(own) && element !== undefined ? this.#object(element, own) : hasValue ? {} : null
      if (copy !== null) this.#places.set(copy, { ...at, index, isPrimitive: true })
      return copy
    }
    if (value !== undefined) into[property] = unboxed(value)
    if (Array.isArray(value) || Array.isArray(beside)) {
      const [values, siblings] = [Array.isArray(value) ? value : [], Array.isArray(beside) ? beside : []]
      into[`_${property}`] = Array.from({ length: Math.max(values.length, siblings.length) }, (_, index) =>
        mark(index, siblings[index], (values[index] ?? null) !== null),
      )
    } else into[`_${property}`] = mark(undefined, beside, value !== undefined && value !== null)
  }
}

function marker(node: FhirNode): unknown {
  return node.type.kind === 'primitive' ? node.sibling : node.value
}

function objectBeside({ holder, property, index }: Place): BoxedObject {
  const name = `_${property}`
  const fresh = (): BoxedObject => Object.create(null) as BoxedObject
  if (index === undefined) {
    const known = holder[name]
    if (isBoxedObject(known)) return known
    return (holder[name] = fresh())
  }
  const known = holder[name]
  const list = Array.isArray(known) ? known : (holder[name] = [])
  while (list.length <= index) list.push(null)
  const entry = list[index]
  if (isBoxedObject(entry)) return entry
  return (list[index] = fresh())
}
