/** A place that a condition or an assignment names: `PID-11.9`, `CWE.3`, `ORC`; without a name what the row itself maps. */
export interface ElementRef {
  readonly name: string
  /** Field and components, 1-based; empty for a whole segment or element. */
  readonly path: readonly number[]
}

export type Comparison = '=' | '>' | '<=' | '<' | '>='

/** A condition of the guide (antlr_condition_syntax.md), with what its maps use beyond the grammar: counts and lengths. */
export type Condition =
  | { readonly kind: 'and' | 'or'; readonly items: readonly Condition[] }
  | { readonly kind: 'not'; readonly item: Condition }
  | { readonly kind: 'valued'; readonly ref: ElementRef }
  | { readonly kind: 'equals'; readonly ref: ElementRef; readonly to: string | ElementRef }
  | { readonly kind: 'in'; readonly ref: ElementRef; readonly values: readonly string[] }
  | {
      readonly kind: 'count' | 'length'
      readonly ref: ElementRef
      readonly comparison: Comparison
      readonly than: number
    }

export type ConditionResult =
  | { readonly ok: true; readonly condition: Condition }
  | { readonly ok: false; readonly reason: string }
