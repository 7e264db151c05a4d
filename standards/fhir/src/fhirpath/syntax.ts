import type { Decimal } from './decimal.ts'
import type { Temporal } from './temporal.ts'

/** Operators of two operands, as the grammar writes them (FHIRPath 2.0 §6, appendix B). */
export type BinaryOperator =
  | '*'
  | '/'
  | 'div'
  | 'mod'
  | '+'
  | '-'
  | '&'
  | '|'
  | '<='
  | '<'
  | '>'
  | '>='
  | '='
  | '~'
  | '!='
  | '!~'
  | 'in'
  | 'contains'
  | 'and'
  | 'or'
  | 'xor'
  | 'implies'

/** A type as an expression names it: `Patient`, `FHIR.Patient`, `System.String`. */
export interface TypeSpecifier {
  readonly namespace: string | undefined
  readonly name: string
}

/** One node of a parsed expression. `at` is the 0-based offset in the text, for messages. */
export type Expression =
  | { readonly kind: 'empty'; readonly at: number }
  | { readonly kind: 'boolean'; readonly at: number; readonly value: boolean }
  | { readonly kind: 'string'; readonly at: number; readonly value: string }
  | { readonly kind: 'integer'; readonly at: number; readonly value: number }
  | { readonly kind: 'decimal'; readonly at: number; readonly value: Decimal }
  | { readonly kind: 'temporal'; readonly at: number; readonly value: Temporal }
  | { readonly kind: 'quantity'; readonly at: number; readonly value: Decimal; readonly unit: string }
  | { readonly kind: 'variable'; readonly at: number; readonly name: string }
  | { readonly kind: 'this' | 'index' | 'total'; readonly at: number }
  /** `source` is absent at the start of an expression, where the focus is meant. */
  | { readonly kind: 'member'; readonly at: number; readonly source: Expression | undefined; readonly name: string }
  | {
      readonly kind: 'call'
      readonly at: number
      readonly source: Expression | undefined
      readonly name: string
      readonly arguments: readonly Expression[]
    }
  | { readonly kind: 'indexer'; readonly at: number; readonly source: Expression; readonly index: Expression }
  | { readonly kind: 'polarity'; readonly at: number; readonly sign: '+' | '-'; readonly operand: Expression }
  | {
      readonly kind: 'binary'
      readonly at: number
      readonly operator: BinaryOperator
      readonly left: Expression
      readonly right: Expression
    }
  | {
      readonly kind: 'type'
      readonly at: number
      readonly operator: 'is' | 'as'
      readonly operand: Expression
      readonly type: TypeSpecifier
    }
