import type { BoxedJson, BoxedObject } from './boxed-json.ts'

/** An element as a patch gives it: a primitive may have an object beside it, with its extensions. */
export type ElementValue = {
  readonly value: BoxedJson | undefined
  readonly beside: BoxedJson | undefined
}

/** How many an element has: 0 or 1 where it does not repeat. */
export function countOf(holder: BoxedObject, property: string): number {
  const [value, beside] = [holder[property], holder[`_${property}`]]
  if (Array.isArray(value) || Array.isArray(beside)) return Math.max(lengthOf(value), lengthOf(beside))
  return value === undefined && beside === undefined ? 0 : 1
}

export function setSingle(holder: BoxedObject, property: string, { value, beside }: ElementValue): void {
  if (value === undefined) delete holder[property]
  else holder[property] = value
  if (beside === undefined) delete holder[`_${property}`]
  else holder[`_${property}`] = beside
}

/** A list of primitives and the list beside it stay in step (FHIR R4 json.html#primitive). */
export function insertAt(holder: BoxedObject, property: string, index: number, element: ElementValue): void {
  const lists = listsOf(holder, property)
  lists.values.splice(index, 0, element.value ?? null)
  lists.beside.splice(index, 0, element.beside ?? null)
  writeLists(holder, property, lists)
}

export function removeAt(holder: BoxedObject, property: string, index: number): ElementValue {
  const lists = listsOf(holder, property)
  const [value] = lists.values.splice(index, 1)
  const [beside] = lists.beside.splice(index, 1)
  writeLists(holder, property, lists)
  return { value: value ?? undefined, beside: beside ?? undefined }
}

type Lists = { readonly values: BoxedJson[]; readonly beside: BoxedJson[] }

function listsOf(holder: BoxedObject, property: string): Lists {
  const [values, beside] = [holder[property], holder[`_${property}`]]
  const length = Math.max(lengthOf(values), lengthOf(beside))
  const padded = (list: BoxedJson | undefined): BoxedJson[] =>
    Array.from({ length }, (_, index) => (Array.isArray(list) ? (list[index] ?? null) : null))
  return { values: padded(values), beside: padded(beside) }
}

function writeLists(holder: BoxedObject, property: string, { values, beside }: Lists): void {
  if (values.every(each => each === null)) delete holder[property]
  else holder[property] = values
  if (beside.every(each => each === null)) delete holder[`_${property}`]
  else holder[`_${property}`] = beside
}

function lengthOf(value: BoxedJson | undefined): number {
  return Array.isArray(value) ? value.length : 0
}
