import { decimalText } from '../json/decimal-literals.ts'
import { Decimal } from './decimal.ts'
import { FhirPathError } from './issue.ts'
import { isSubtype, type SystemType } from './model.ts'
import { FhirNode, isJsonObject } from './node.ts'
import { Quantity } from './quantity.ts'
import { Temporal } from './temporal.ts'

/** What `type()` gives: the namespace and name of a type. */
export class TypeReflection {
  readonly namespace: string
  readonly name: string

  constructor(namespace: string, name: string) {
    this.namespace = namespace
    this.name = name
  }
}

/** A value of the System namespace. A JavaScript number is always an Integer. */
export type SystemValue = boolean | string | number | Decimal | Temporal | Quantity

/** One item of a collection: a place in a resource, or a value that the expression made. */
export type Item = FhirNode | SystemValue | TypeReflection

export type Collection = readonly Item[]

export const EMPTY: Collection = []
export const TRUE: Collection = [true]
export const FALSE: Collection = [false]

export function bool(value: boolean): Collection {
  return value ? TRUE : FALSE
}

/** The `value` of a primitive as a System value; `undefined` for a complex element, or one without a value. */
export function systemValue(item: Item): SystemValue | undefined {
  if (!(item instanceof FhirNode)) return item instanceof TypeReflection ? undefined : item
  const { value, type } = item
  if (value === undefined || value === null) return undefined
  if (type.system === 'Decimal') return item.literal === undefined ? decimalOf(value) : Decimal.parse(item.literal)
  if (type.system !== undefined) return primitiveValue(value, type.system)
  if (isQuantityNode(item)) return quantityOf(item)
  // An element that the model does not know: its JSON says what it is.
  return untypedValue(value)
}

function untypedValue(value: unknown): SystemValue | undefined {
  if (typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value === 'number') return Number.isInteger(value) ? value : Decimal.fromNumber(value)
  return undefined
}

function primitiveValue(value: unknown, system: SystemType): SystemValue | undefined {
  switch (system) {
    case 'Boolean':
      return typeof value === 'boolean' ? value : undefined
    case 'String':
      return typeof value === 'string' ? value : untypedValue(value)
    case 'Integer': {
      if (typeof value === 'number') return Number.isInteger(value) ? value : Decimal.fromNumber(value)
      return undefined
    }
    case 'Decimal':
      return decimalOf(value)
    case 'Date':
      return typeof value === 'string' ? (Temporal.parseDateTime(value) ?? value) : undefined
    case 'DateTime':
      return typeof value === 'string' ? (Temporal.parseDateTime(value)?.asDateTime() ?? value) : undefined
    case 'Time':
      return typeof value === 'string' ? (Temporal.parseTime(value) ?? value) : undefined
  }
}

/** The decimal that a JSON number is. */
export function decimalOf(value: unknown): Decimal | undefined {
  return typeof value === 'number' ? Decimal.fromNumber(value) : undefined
}

/** Whether an item is a FHIR Quantity, or one of the types that come from it: Age, Duration, Money is none. */
export function isQuantityNode(item: Item): item is FhirNode {
  return item instanceof FhirNode && item.type.kind === 'complex' && isSubtype(item.type, 'Quantity')
}

const UCUM = 'http://unitsofmeasure.org'

function quantityOf(node: FhirNode): Quantity | undefined {
  if (!isJsonObject(node.value)) return undefined
  const { system, code, unit } = node.value
  const text = decimalText(node.value, 'value')
  const number = text === undefined ? undefined : Decimal.parse(text)
  if (number === undefined) return undefined
  if (system === UCUM && typeof code === 'string') return new Quantity(number, code)
  return new Quantity(number, typeof unit === 'string' ? unit : typeof code === 'string' ? code : '1')
}

/** The single item of a collection, `undefined` for none. More than one is an error (FHIRPath 2.0 §4.5). */
export function single(collection: Collection, what: string): Item | undefined {
  if (collection.length > 1)
    throw new FhirPathError('single-item-expected', `${what} takes one item, and there are ${collection.length}`)
  return collection[0]
}

/**
 * A condition: `undefined` for no item; a single item that is no Boolean counts as true (FHIRPath 2.0 §4.5, singleton
 * evaluation of collections).
 */
export function condition(collection: Collection, what: string): boolean | undefined {
  const item = single(collection, what)
  if (item === undefined) return undefined
  if (typeof item === 'boolean') return item
  const value = systemValue(item)
  if (typeof value === 'boolean') return value
  // A boolean of FHIR without a value, only with extensions, says neither.
  return item instanceof FhirNode && item.type.system === 'Boolean' ? undefined : true
}

/** A single String, or `undefined` for none. */
export function stringOf(collection: Collection, what: string): string | undefined {
  const item = single(collection, what)
  if (item === undefined) return undefined
  const value = systemValue(item)
  if (typeof value === 'string') return value
  if (value instanceof Temporal && item instanceof FhirNode) return value.text
  if (value === undefined && item instanceof FhirNode && item.type.system !== undefined) return undefined
  throw new FhirPathError('type-mismatch', `${what} takes a string`)
}

/** A single Integer, or `undefined` for none. */
export function integerOf(collection: Collection, what: string): number | undefined {
  const item = single(collection, what)
  if (item === undefined) return undefined
  const value = systemValue(item)
  if (typeof value === 'number') return value
  throw new FhirPathError('type-mismatch', `${what} takes an integer`)
}
