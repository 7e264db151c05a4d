import type { Key } from '../storage/keys.ts'
import type { Plan } from './plan.ts'

/**
 * What a resource must be, in terms of the rows that are kept of it: the step between a search's criteria and SQL. Values
 * are data here; they reach SQL as parameters only.
 */
export type Condition =
  | { readonly kind: 'always' }
  | { readonly kind: 'never' }
  /** Has all of these tokens. */
  | { readonly kind: 'tokens'; readonly keys: readonly Key[] }
  /** Has one of these tokens. */
  | { readonly kind: 'any-token'; readonly keys: readonly Key[] }
  /** Has a row in a narrow table that lies in one of the ranges. The ranges do not overlap. */
  | RowsCondition
  | { readonly kind: 'ids'; readonly ids: readonly string[] }
  /** Its key (`hub.resource.key`) is one of these. */
  | { readonly kind: 'keys'; readonly keys: readonly Key[] }
  | { readonly kind: 'rids'; readonly rids: readonly number[] }
  /** `meta.lastUpdated`: one of the alternatives, of which every test holds. Milliseconds. */
  | { readonly kind: 'updated'; readonly alternatives: readonly (readonly RowTest[])[] }
  /** Refers by a parameter to a resource of one of the types that meets the condition. */
  | {
      readonly kind: 'refers'
      readonly param: Key
      readonly targets: readonly { readonly type: string; readonly condition: Condition; readonly gathered?: Plan }[]
      /** Part of all resources that are expected to meet it. */
      readonly share: number
    }
  /** Is referred to by a resource of the type, by a parameter, that meets the condition. */
  | {
      readonly kind: 'referred'
      readonly type: string
      readonly param: Key
      readonly condition: Condition
      /** How all of them are found at once, where they are not too many: then none is looked for by itself. */
      readonly gathered?: Plan
      readonly share: number
    }
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Condition[] }
  | { readonly kind: 'not'; readonly part: Condition }

export type RowsCondition = {
  readonly kind: 'rows'
  readonly table: NarrowTable
  /** The parameter, as searches name it. */
  readonly code: string
  readonly ranges: readonly RowRange[]
  /** Each resource of the type has at most one such row, so that two conditions on it are one on the same row. */
  readonly single: boolean
}

export type NarrowTable = 'date' | 'quantity' | 'string' | 'position'

export type RowRange = {
  readonly param: Key
  readonly tests: readonly RowTest[]
  /** Dates that last longer than a day, quantities that are a range: those in the partial indexes; absent: all. */
  readonly wide?: boolean
}

/** `column op value`. Columns and operators are a closed set, written by us. */
export type RowTest = {
  /** `length` is that of `value`, `distance` that to a place: [latitude, longitude], in km. */
  readonly column: 'low' | 'high' | 'unit' | 'value' | 'latitude' | 'longitude' | 'at' | 'length' | 'distance'
  readonly op: '=' | '<' | '<=' | '>' | '>=' | 'like'
  readonly value: string | number
  readonly place?: { readonly latitude: number; readonly longitude: number }
}

export const always: Condition = { kind: 'always' }
export const never: Condition = { kind: 'never' }

export function and(conditions: readonly Condition[]): Condition {
  const parts: Condition[] = []
  const tokens = new Set<Key>()
  for (const each of conditions.flatMap(one => (one.kind === 'and' ? one.parts : [one]))) {
    if (each.kind === 'never') return never
    if (each.kind === 'always') continue
    if (each.kind === 'tokens') for (const key of each.keys) tokens.add(key)
    else parts.push(each)
  }
  if (tokens.size > 0) parts.unshift({ kind: 'tokens', keys: [...tokens] })
  const [only] = parts
  return only === undefined ? always : parts.length === 1 ? only : { kind: 'and', parts }
}

export function or(conditions: readonly Condition[]): Condition {
  const parts: Condition[] = []
  const keys = new Set<Key>()
  const ids = new Set<string>()
  for (const each of conditions.flatMap(one => (one.kind === 'or' ? one.parts : [one]))) {
    if (each.kind === 'always') return always
    if (each.kind === 'never') continue
    if (each.kind === 'any-token') for (const key of each.keys) keys.add(key)
    else if (each.kind === 'tokens' && each.keys.length === 1) keys.add(each.keys[0] ?? '')
    else if (each.kind === 'ids') for (const id of each.ids) ids.add(id)
    else parts.push(each)
  }
  if (ids.size > 0) parts.push({ kind: 'ids', ids: [...ids] })
  if (keys.size > 0) parts.push(anyToken([...keys]))
  const [only] = parts
  return only === undefined ? never : parts.length === 1 ? only : { kind: 'or', parts }
}

export function not(part: Condition): Condition {
  if (part.kind === 'always') return never
  if (part.kind === 'never') return always
  return part.kind === 'not' ? part.part : { kind: 'not', part }
}

export function anyToken(keys: readonly Key[]): Condition {
  const unique = [...new Set(keys)]
  if (unique.length === 0) return never
  return unique.length === 1 ? { kind: 'tokens', keys: unique } : { kind: 'any-token', keys: unique }
}
