import type { Vocabulary } from '../datatypes/vocabulary.ts'
import type { V2Value } from '../read/v2-value.ts'
import type { ResourceNode, RunContext } from '../run/run-context.ts'
import type { Reader, Test } from './compile-condition.ts'

export interface CompiledStep {
  readonly name: string
  readonly type: string
  readonly many: boolean
  readonly kind: 'element' | 'resource'
  /** Number of the occurrence within the map: rows that name the same one share it. */
  readonly slot: number
}

/** How a row makes its value. */
export type ValueMaker =
  | { readonly kind: 'constant'; readonly text: string }
  | { readonly kind: 'composed'; readonly parts: readonly (string | Reader)[] }
  | { readonly kind: 'primitive' }
  | { readonly kind: 'native'; readonly make: NativeType }
  | { readonly kind: 'node'; readonly make: (value: V2Value, run: RunContext) => ResourceNode | undefined }
  | { readonly kind: 'map'; readonly map: CompiledMap }

/** A data type that is converted by code: it gives a value, or undefined where there is none. */
export type NativeType = (value: V2Value, run: RunContext, vocabulary: Vocabulary | undefined) => unknown

export interface CompiledRow {
  readonly test: Test | undefined
  /** Empty: the target itself. */
  readonly steps: readonly CompiledStep[]
  /** The step that repeats with the field; -1 where none does. */
  readonly repeats: number
  readonly maker: ValueMaker
  readonly vocabulary: Vocabulary | undefined
  /** The target's path for reports. */
  readonly path: string
}

export interface CompiledMap {
  readonly name: string
  readonly type: string
  /** `PID`, `CX`. */
  readonly owner: string
  readonly slots: number
  /** Rows by field or component; 0 is the segment or element itself. */
  readonly sources: readonly { readonly number: number; readonly rows: readonly CompiledRow[] }[]
}

/** A row that cannot be used, and why. */
export interface RefusedRow {
  readonly map: string
  readonly source: string
  readonly what: string
  readonly reason: string
}
