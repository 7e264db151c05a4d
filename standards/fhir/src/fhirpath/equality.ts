import { Decimal } from './decimal.ts'
import {
  type Collection,
  decimalOf,
  type Item,
  isQuantityNode,
  systemValue,
  type SystemValue,
  TypeReflection,
} from './item.ts'
import { FhirNode, isJsonObject } from './node.ts'
import { calendarQuantity, commensurable, Quantity } from './quantity.ts'
import type { Run } from './run.ts'
import { compareTemporal, Temporal } from './temporal.ts'

/** `=` of two collections, in order; `undefined` when either is empty or a pair cannot be decided (FHIRPath 2.0 §6.1.1). */
export function equalCollections(left: Collection, right: Collection, run: Run): boolean | undefined {
  if (left.length === 0 || right.length === 0) return undefined
  if (left.length !== right.length) return false
  let unsure = false
  for (let index = 0; index < left.length; index++) {
    const first = left[index]
    const second = right[index]
    if (first === undefined || second === undefined) continue
    const equal = equalItems(first, second, run)
    if (equal === false) return false
    if (equal === undefined) unsure = true
  }
  return unsure ? undefined : true
}

/** `=` of two items; `undefined` when dates of unlike precision or quantities of unlike dimension cannot be decided. */
export function equalItems(left: Item, right: Item, run: Run): boolean | undefined {
  if (left === right) return true
  const first = systemValue(left)
  const second = systemValue(right)
  const complex = isComplex(left) || isComplex(right)
  if (
    complex &&
    !(first instanceof Quantity && second instanceof Quantity && isQuantityNode(left) !== isQuantityNode(right))
  )
    return left instanceof FhirNode && right instanceof FhirNode && deepEqual(left.value, right.value)
  if (left instanceof TypeReflection || right instanceof TypeReflection)
    return (
      left instanceof TypeReflection &&
      right instanceof TypeReflection &&
      left.name === right.name &&
      left.namespace === right.namespace
    )
  // A primitive without a value equals another with the same extensions; to a value it cannot be compared.
  if (first === undefined && second === undefined)
    return left instanceof FhirNode && right instanceof FhirNode && deepEqual(left.sibling, right.sibling)
  if (first === undefined || second === undefined) return undefined
  return equalValues(first, second, run)
}

function isComplex(item: Item): boolean {
  return item instanceof FhirNode && item.type.system === undefined && isJsonObject(item.value)
}

function equalValues(left: SystemValue, right: SystemValue, run: Run): boolean | undefined {
  if (left instanceof Temporal || right instanceof Temporal) return equalTemporal(left, right)
  const numbers = numberPair(left, right)
  if (numbers !== undefined) return numbers[0].compare(numbers[1]) === 0
  if (left instanceof Quantity || right instanceof Quantity) {
    const first = asQuantity(left)
    const second = asQuantity(right)
    if (first === undefined || second === undefined) return false
    const pair = commensurable(first, second, run.ports.ucum)
    return pair === undefined ? undefined : pair[0].compare(pair[1]) === 0
  }
  return left === right
}

/** A text that reads as a date is compared as one, since JSON says both the same way. */
function equalTemporal(left: SystemValue, right: SystemValue): boolean | undefined {
  const first = asTemporal(left)
  const second = asTemporal(right)
  if (first === undefined || second === undefined) return false
  const order = compareTemporal(first, second)
  return order === 'kind' ? false : order === undefined ? undefined : order === 0
}

function asTemporal(value: SystemValue): Temporal | undefined {
  if (value instanceof Temporal) return value
  return typeof value === 'string' ? (Temporal.parseDateTime(value) ?? Temporal.parseTime(value)) : undefined
}

/** Both as decimals when both are numbers. */
export function numberPair(left: SystemValue, right: SystemValue): readonly [Decimal, Decimal] | undefined {
  const first = asDecimal(left)
  const second = first === undefined ? undefined : asDecimal(right)
  return first === undefined || second === undefined ? undefined : [first, second]
}

/** A number as a decimal; `undefined` for what is no number. */
export function asDecimal(value: SystemValue): Decimal | undefined {
  return value instanceof Decimal ? value : typeof value === 'number' ? Decimal.fromNumber(value) : undefined
}

/** A quantity, or a number as a quantity without unit. */
export function asQuantity(value: SystemValue): Quantity | undefined {
  if (value instanceof Quantity) return value
  const number = asDecimal(value)
  return number === undefined ? undefined : new Quantity(number, '1')
}

/** Whether two JSON values say the same; the order of properties does not matter, and 1.0 is 1. */
function deepEqual(left: unknown, right: unknown): boolean {
  if (left === right) return true
  if (Array.isArray(left) || Array.isArray(right))
    return (
      Array.isArray(left) &&
      Array.isArray(right) &&
      left.length === right.length &&
      left.every((each, index) => deepEqual(each, right[index]))
    )
  const first = decimalOf(left)
  const second = decimalOf(right)
  if (first !== undefined || second !== undefined)
    return first !== undefined && second !== undefined && first.compare(second) === 0
  if (!isJsonObject(left) || !isJsonObject(right)) return false
  const names = Object.keys(left)
  return (
    names.length === Object.keys(right).length &&
    names.every(name => Object.hasOwn(right, name) && deepEqual(left[name], right[name]))
  )
}

/** `~` of two collections, in any order; two empty ones are equivalent (FHIRPath 2.0 §6.1.2). */
export function equivalentCollections(left: Collection, right: Collection, run: Run): boolean {
  if (left.length !== right.length) return false
  const rest = [...right]
  return left.every(item => {
    const index = rest.findIndex(other => equivalentItems(item, other, run))
    if (index === -1) return false
    rest.splice(index, 1)
    return true
  })
}

function equivalentItems(left: Item, right: Item, run: Run): boolean {
  const first = systemValue(left)
  const second = systemValue(right)
  if (first !== undefined && second !== undefined) return equivalentValues(first, second, run)
  if (left instanceof FhirNode && right instanceof FhirNode) return deepEquivalent(left.value, right.value)
  return equalItems(left, right, run) ?? false
}

function equivalentValues(left: SystemValue, right: SystemValue, run: Run): boolean {
  if (typeof left === 'string' && typeof right === 'string') return normalize(left) === normalize(right)
  const numbers = numberPair(left, right)
  if (numbers !== undefined) return equivalentNumbers(...numbers)
  if (left instanceof Quantity && right instanceof Quantity) {
    const pair = commensurable(calendarQuantity(left), calendarQuantity(right), run.ports.ucum)
    return pair !== undefined && equivalentNumbers(...pair)
  }
  return equalValues(left, right, run) ?? false
}

/** Equal when both are rounded to the digits of the less precise one. */
function equivalentNumbers(left: Decimal, right: Decimal): boolean {
  const first = left.trimmed()
  const second = right.trimmed()
  const digits = Math.min(first.scale, second.scale)
  return first.round(digits).compare(second.round(digits)) === 0
}

/** Case and the amount of white space do not matter. */
function normalize(text: string): string {
  return text.trim().toLowerCase().replace(/\s+/g, ' ')
}

function deepEquivalent(left: unknown, right: unknown): boolean {
  if (typeof left === 'string' && typeof right === 'string') return normalize(left) === normalize(right)
  if (Array.isArray(left) && Array.isArray(right)) {
    if (left.length !== right.length) return false
    const rest = [...right]
    return left.every(each => {
      const index = rest.findIndex(other => deepEquivalent(each, other))
      if (index !== -1) rest.splice(index, 1)
      return index !== -1
    })
  }
  const first = decimalOf(left)
  const second = decimalOf(right)
  if (first !== undefined && second !== undefined) return equivalentNumbers(first, second)
  if (!isJsonObject(left) || !isJsonObject(right)) return left === right
  const names = Object.keys(left)
  return (
    names.length === Object.keys(right).length &&
    names.every(name => Object.hasOwn(right, name) && deepEquivalent(left[name], right[name]))
  )
}

/**
 * A text that two items share exactly when they are surely equal, for telling many apart without comparing each pair;
 * `undefined` for those that need the comparison.
 */
export function identityKey(item: Item): string | undefined {
  const value = systemValue(item)
  if (typeof value === 'string') return `s${value}`
  if (typeof value === 'boolean') return `b${value}`
  if (typeof value === 'number') return `n${value}`
  if (value instanceof Decimal) return `n${value.trimmed().toString()}`
  return undefined
}

/** The items without those that are equal to one before. */
export function distinctItems(items: Collection, run: Run): Collection {
  if (items.length < 2) return items
  const keys = new Set<string>()
  const compared: Item[] = []
  const distinct: Item[] = []
  for (const item of items) {
    const key = identityKey(item)
    if (key !== undefined) {
      if (keys.has(key)) continue
      keys.add(key)
    } else {
      if (compared.some(other => equalItems(item, other, run) === true)) continue
      compared.push(item)
    }
    distinct.push(item)
  }
  return distinct
}

/** A test of membership in a collection, by `=`. */
export function membership(items: Collection, run: Run): (item: Item) => boolean {
  if (items.length < 8) return item => items.some(other => equalItems(item, other, run) === true)
  const keys = new Set<string>()
  const compared: Item[] = []
  for (const item of items) {
    const key = identityKey(item)
    if (key === undefined) compared.push(item)
    else keys.add(key)
  }
  return item => {
    const key = identityKey(item)
    if (key !== undefined && keys.has(key)) return true
    return compared.some(other => equalItems(item, other, run) === true)
  }
}

/** `a | b`: both without duplicates (FHIRPath 2.0 §6.5.1). */
export function union(left: Collection, right: Collection, run: Run): Collection {
  if (left.length === 0 && right.length < 2) return right
  if (right.length === 0 && left.length < 2) return left
  return distinctItems([...left, ...right], run)
}
