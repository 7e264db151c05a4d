import { keptLiteral } from '../json/decimal-literals.ts'
import type { PropertyInfo, TypeInfo } from './model.ts'

/** A JSON object. */
export type JsonObject = { readonly [name: string]: unknown }

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * A place in a resource: its type, its JSON value, and for a primitive the object beside it (`_birthDate`) with its id
 * and extensions. `value` is undefined for a primitive that has extensions only.
 */
export class FhirNode {
  readonly type: TypeInfo
  readonly value: unknown
  readonly sibling: JsonObject | undefined
  /** The text of a decimal whose number does not keep it, such as 1.10. */
  readonly literal: string | undefined

  constructor(type: TypeInfo, value: unknown, sibling: JsonObject | undefined, literal?: string) {
    this.type = type
    this.value = value
    this.sibling = sibling
    this.literal = literal
  }
}

/** Finds the type of a resource by its `resourceType`. */
export type ResourceTypes = (name: string) => TypeInfo | undefined

/** A node of the type, or of the resource's own type where any resource may stand (`contained`, `Bundle.entry.resource`). */
export function nodeOf(
  type: TypeInfo,
  value: unknown,
  sibling: JsonObject | undefined,
  types: ResourceTypes,
): FhirNode {
  if (type.kind === 'resource' && isJsonObject(value) && typeof value['resourceType'] === 'string')
    return new FhirNode(types(value['resourceType']) ?? type, value, sibling)
  return new FhirNode(type, value, sibling)
}

/** Adds the nodes of one JSON property to `into`: none, one, or one for each entry of an array. */
export function pushProperty(into: unknown[], parent: JsonObject, info: PropertyInfo, types: ResourceTypes): void {
  const value = parent[info.property]
  if (info.type.kind !== 'primitive') {
    if (value === undefined || value === null) return
    if (!Array.isArray(value)) into.push(nodeOf(info.type, value, undefined, types))
    else for (const each of value) if (each !== null) into.push(nodeOf(info.type, each, undefined, types))
    return
  }
  const sibling = parent[info.sibling]
  if (value === undefined && sibling === undefined) return
  if (Array.isArray(value) || Array.isArray(sibling)) {
    pushPrimitives(into, info.type, Array.isArray(value) ? value : [], Array.isArray(sibling) ? sibling : [])
    return
  }
  const object = isJsonObject(sibling) ? sibling : undefined
  if (value !== undefined && value !== null)
    into.push(new FhirNode(info.type, value, object, literalOf(info, parent, value)))
  else if (object !== undefined) into.push(new FhirNode(info.type, undefined, object))
}

/** No decimal of FHIR repeats, so that an index is not needed. */
function literalOf(info: PropertyInfo, parent: JsonObject, value: unknown): string | undefined {
  if (info.type.system !== 'Decimal' || typeof value !== 'number') return undefined
  return keptLiteral(parent, info.property, undefined, value)
}

/** An array of primitives and the array beside it run in parallel, with null where one has nothing (R4 json.html#primitive). */
function pushPrimitives(
  into: unknown[],
  type: TypeInfo,
  values: readonly unknown[],
  siblings: readonly unknown[],
): void {
  const count = Math.max(values.length, siblings.length)
  for (let index = 0; index < count; index++) {
    const value = values[index] ?? undefined
    const sibling = siblings[index]
    const object = isJsonObject(sibling) ? sibling : undefined
    if (value !== undefined || object !== undefined) into.push(new FhirNode(type, value, object))
  }
}
