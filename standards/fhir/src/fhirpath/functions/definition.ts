import type { Collection } from '../item.ts'
import type { FhirPathModel } from '../model.ts'
import type { Evaluator, Run } from '../run.ts'
import type { Expression } from '../syntax.ts'

/** A call as its function compiles it. */
export interface Call {
  readonly name: string
  /** What stands before the point; the focus when nothing does. */
  readonly source: Evaluator
  readonly arguments: readonly Expression[]
  readonly compiler: { readonly model: FhirPathModel; compile(expression: Expression): Evaluator }
  /** 0-based offset in the text. */
  readonly at: number
}

/** How a function is compiled, and how many arguments it takes. */
export interface FunctionDefinition {
  readonly min: number
  readonly max: number
  compile(call: Call): Evaluator
}

export type FunctionTable = Readonly<Record<string, FunctionDefinition>>

/** The argument at a place, 0-based. It is evaluated against the focus of the whole expression, not against the source. */
export function argument(call: Call, index: number): Evaluator {
  const expression = call.arguments[index]
  if (expression === undefined) throw new Error(`${call.name}() is compiled without its argument ${index + 1}`)
  return call.compiler.compile(expression)
}

export function optionalArgument(call: Call, index: number): Evaluator | undefined {
  return call.arguments[index] === undefined ? undefined : argument(call, index)
}

/** A function of the collection alone. */
export function ofCollection(apply: (items: Collection, run: Run) => Collection): FunctionDefinition {
  return {
    min: 0,
    max: 0,
    compile:
      ({ source }) =>
      run =>
        apply(source(run), run),
  }
}

/** A function of the collection and one collection given as an argument. */
export function ofTwo(apply: (items: Collection, other: Collection, run: Run) => Collection): FunctionDefinition {
  return {
    min: 1,
    max: 1,
    compile: call => {
      const { source } = call
      const other = argument(call, 0)
      return run => apply(source(run), other(run), run)
    },
  }
}
