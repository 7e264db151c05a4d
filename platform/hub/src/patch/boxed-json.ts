import { DECIMAL_LITERALS } from '@samband/fhir'

/**
 * JSON in which a decimal that its number does not keep (1.10) is one value, its text, so that it can be moved about like
 * any other: `@samband/fhir` keeps such texts beside the number, in the object that holds it.
 */
export class DecimalText {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

export type BoxedJson = string | number | boolean | null | DecimalText | BoxedJson[] | BoxedObject

/** Without a prototype, so that no member of a patch reaches one. */
export type BoxedObject = { [member: string]: BoxedJson }

export function isBoxedObject(value: BoxedJson | undefined): value is BoxedObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof DecimalText)
}

/** A deep copy. What is no JSON becomes null. */
export function boxed(value: unknown, literal?: unknown): BoxedJson {
  switch (typeof value) {
    case 'number':
      return typeof literal === 'string' && Object.is(Number(literal), value) ? new DecimalText(literal) : value
    case 'string':
    case 'boolean':
      return value
    case 'object':
      if (value === null) return null
      return Array.isArray(value)
        ? value.map((each, index) => boxed(each, Array.isArray(literal) ? literal[index] : undefined))
        : boxedObject(value)
    default:
      return null
  }
}

function boxedObject(value: object): BoxedObject {
  const literals = DECIMAL_LITERALS in value ? value[DECIMAL_LITERALS] : undefined
  const copy: BoxedObject = Object.create(null) as BoxedObject
  for (const [member, each] of Object.entries(value)) {
    if (each === undefined) continue
    const literal =
      typeof literals === 'object' && literals !== null && Object.hasOwn(literals, member)
        ? (literals as Readonly<Record<string, unknown>>)[member]
        : undefined
    copy[member] = boxed(each, literal)
  }
  return copy
}

/** The same as plain JSON, decimals with their texts beside them. */
export function unboxed(value: BoxedJson): unknown {
  if (value instanceof DecimalText) return Number(value.text)
  if (Array.isArray(value)) return value.map(unboxed)
  return isBoxedObject(value) ? unboxedObject(value) : value
}

function unboxedObject(value: BoxedObject): Record<string, unknown> {
  const literals: Record<string, string | (string | undefined)[]> = {}
  const entries = Object.entries(value).flatMap(([member, each]): [string, unknown][] => {
    if (each instanceof DecimalText) literals[member] = each.text
    else if (Array.isArray(each) && each.some(one => one instanceof DecimalText))
      literals[member] = each.map(one => (one instanceof DecimalText ? one.text : undefined))
    return [[member, unboxed(each)]]
  })
  const plain: Record<string, unknown> = Object.fromEntries(entries)
  return Object.keys(literals).length === 0 ? plain : Object.assign(plain, { [DECIMAL_LITERALS]: literals })
}

/** Whether two values are equal as RFC 6902 §4.6 has it: numbers by their value, objects whatever their order. */
export function isEqualJson(one: BoxedJson, other: BoxedJson): boolean {
  const [a, b] = [numberOf(one), numberOf(other)]
  if (a !== undefined || b !== undefined) return a === b
  if (Array.isArray(one) || Array.isArray(other)) {
    if (!Array.isArray(one) || !Array.isArray(other) || one.length !== other.length) return false
    return one.every((each, index) => isEqualJson(each, other[index] ?? null))
  }
  if (!isBoxedObject(one) || !isBoxedObject(other)) return one === other
  const members = Object.keys(one)
  if (members.length !== Object.keys(other).length) return false
  return members.every(member => member in other && isEqualJson(one[member] ?? null, other[member] ?? null))
}

function numberOf(value: BoxedJson): number | undefined {
  if (value instanceof DecimalText) return Number(value.text)
  return typeof value === 'number' ? value : undefined
}

/** Takes out the empty objects and lists that a patch has left: FHIR has none (FHIR R4 json.html). Answers whether it is empty. */
export function pruneEmpty(value: BoxedJson): boolean {
  if (Array.isArray(value)) {
    for (let index = value.length - 1; index >= 0; index--) if (pruneEmpty(value[index] ?? '')) value.splice(index, 1)
    return value.length === 0
  }
  if (!isBoxedObject(value)) return false
  for (const [member, each] of Object.entries(value)) if (pruneEmpty(each)) delete value[member]
  return Object.keys(value).length === 0
}
