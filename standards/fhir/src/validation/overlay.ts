import type { Binding, Rule } from './shape.ts'
import type { Run } from './run.ts'

/**
 * What a profile asks beyond the standard's own definition of the element. Rules that the type has anyway are left out, and so are elements
 * about which nothing is left to ask: the type's walk has looked at them.
 */
export interface OverlayNode {
  readonly path: string
  /** What FHIRPath calls it. */
  readonly name: string
  /** The canonical address of the profile. */
  readonly profile: string
  readonly sliceName: string | undefined
  readonly min: number
  readonly max: number
  /** Whether `min` and `max` ask more than the type does. */
  readonly isCounted: boolean
  /** JSON members under which the element may stand. */
  readonly members: readonly OverlayMember[]
  /** The types that are left of a choice, or narrowed; nothing where the base allows the same. */
  readonly types: readonly OverlayType[] | undefined
  readonly fixed: Expected | undefined
  readonly pattern: Expected | undefined
  readonly minValue: unknown
  readonly maxValue: unknown
  readonly maxLength: number | undefined
  readonly binding: Binding | undefined
  readonly rules: readonly Rule[]
  readonly children: readonly OverlayNode[]
  readonly slicing: OverlaySlicing | undefined
}

export interface OverlayMember {
  readonly key: string
  readonly type: string
  readonly isPrimitive: boolean
}

export interface OverlayType {
  readonly type: string
  readonly profiles: readonly string[]
  readonly targetTypes: ReadonlySet<string> | undefined
}

export interface Expected {
  readonly value: unknown
}

export interface OverlaySlicing {
  readonly rules: 'closed' | 'open' | 'openAtEnd'
  readonly isOrdered: boolean
  readonly slices: readonly Slice[]
}

export interface Slice {
  readonly name: string
  readonly node: OverlayNode
  /** Whether an item is of the slice; `undefined` where it cannot be told. */
  readonly matches: (run: Run, item: Item) => boolean | undefined
}

/** An element of the instance with what belongs to it: for a primitive also the object beside it, with its id and extensions. */
export interface Item {
  readonly value: unknown
  readonly extra: unknown
  readonly type: string
}
