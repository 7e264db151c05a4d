import { calculate, concatenate, polarity } from './arithmetic.ts'
import { compareCollections } from './comparison.ts'
import { distinctItems, equalCollections, equivalentCollections, membership, union } from './equality.ts'
import { functionTable } from './functions/index.ts'
import { bool, type Collection, condition, EMPTY, FALSE, integerOf, type Item, single, TRUE } from './item.ts'
import { FhirPathError } from './issue.ts'
import type { FhirPathModel, TypeInfo } from './model.ts'
import { choiceStep, emptyEvaluator, memberStep, rootStep } from './navigation.ts'
import { Quantity } from './quantity.ts'
import type { Evaluator, Run } from './run.ts'
import { isSteady } from './steady.ts'
import type { BinaryOperator, Expression } from './syntax.ts'
import { resolveType, typeArgument, typeMatcher } from './type-matching.ts'
import { variableEvaluator } from './variables.ts'

/** Turns parsed expressions into closures. Throws a FhirPathError for what it does not know; `compileFhirPath` catches it. */
export class Compiler {
  readonly model: FhirPathModel
  /** The type that the focus of the whole expression will have, when the caller says so. */
  readonly #focusType: TypeInfo | undefined
  #steadyCount = 0
  #withinSteady = false

  constructor(model: FhirPathModel, focusType: TypeInfo | undefined) {
    this.model = model
    this.#focusType = focusType
  }

  compile(expression: Expression): Evaluator {
    const isPath = expression.kind === 'member' || expression.kind === 'call' || expression.kind === 'indexer'
    if (!isPath || this.#withinSteady || !isSteady(expression)) return this.#evaluator(expression)
    // The largest steady part is remembered, not also the parts of it.
    this.#withinSteady = true
    const evaluator = this.#evaluator(expression)
    this.#withinSteady = false
    const number = this.#steadyCount++
    return run => {
      const known = run.remembered[number]
      if (known !== undefined) return known
      const items = evaluator(run)
      run.remembered[number] = items
      return items
    }
  }

  #evaluator(expression: Expression): Evaluator {
    switch (expression.kind) {
      case 'empty':
        return emptyEvaluator
      case 'boolean':
      case 'string':
      case 'integer':
      case 'decimal':
      case 'temporal':
        return constant(expression.value)
      case 'quantity':
        return constant(new Quantity(expression.value, expression.unit))
      case 'variable':
        return variableEvaluator(expression.name)
      case 'this':
        return run => run.focus
      case 'index':
        return run => [run.index]
      case 'total':
        return run => run.total
      case 'member':
        return expression.source === undefined
          ? rootStep(expression.name, this.model, this.#focusType)
          : memberStep(this.compile(expression.source), expression.name)
      case 'call':
        return this.#call(expression)
      case 'indexer':
        return this.#indexer(expression)
      case 'polarity': {
        const operand = this.compile(expression.operand)
        return run => polarity(expression.sign, operand(run))
      }
      case 'type':
        return this.#type(expression)
      case 'binary':
        return binary(expression.operator, this.compile(expression.left), this.compile(expression.right))
    }
  }

  #call(call: Expression & { readonly kind: 'call' }): Evaluator {
    const definition = functionTable.get(call.name)
    if (definition === undefined)
      throw new FhirPathError('unsupported', `The function ${call.name}() is not supported`, call.at)
    const count = call.arguments.length
    if (count < definition.min || count > definition.max)
      throw new FhirPathError('syntax-invalid', `${call.name}() does not take ${count} arguments`, call.at)
    const [first] = call.arguments
    if ((call.name === 'ofType' || call.name === 'as') && first !== undefined && call.source?.kind === 'member') {
      const narrowed = this.#narrowed(call.source, resolveType(this.model, typeArgument(first), first.at))
      if (narrowed !== undefined) return narrowed
    }
    const source = call.source === undefined ? (run: Run): Collection => run.focus : this.compile(call.source)
    if (source === emptyEvaluator && FUNCTIONS_OF_ITEMS.has(call.name)) return emptyEvaluator
    return definition.compile({ source, arguments: call.arguments, compiler: this, at: call.at, name: call.name })
  }

  /** `value.ofType(Quantity)` and `(value as Quantity)` read one property. */
  #narrowed(
    member: Expression & { readonly kind: 'member' },
    type: { readonly namespace: string; readonly name: string },
  ): Evaluator | undefined {
    if (type.namespace !== 'FHIR' || /^[A-Z]/.test(member.name)) return undefined
    const source = member.source === undefined ? (run: Run): Collection => run.focus : this.compile(member.source)
    return choiceStep(source, member.name, type.name)
  }

  #indexer(expression: Expression & { readonly kind: 'indexer' }): Evaluator {
    const source = this.compile(expression.source)
    const index = this.compile(expression.index)
    return run => {
      const items = source(run)
      const position = integerOf(index(run), 'An index')
      const item = position === undefined ? undefined : items[position]
      return item === undefined ? EMPTY : [item]
    }
  }

  #type(expression: Expression & { readonly kind: 'type' }): Evaluator {
    const type = resolveType(this.model, expression.type, expression.at)
    if (expression.operator === 'as' && expression.operand.kind === 'member') {
      const narrowed = this.#narrowed(expression.operand, type)
      if (narrowed !== undefined) return narrowed
    }
    const operand = this.compile(expression.operand)
    const matches = typeMatcher(type)
    if (expression.operator === 'as') return run => operand(run).filter(matches)
    return run => {
      const item = single(operand(run), 'The operator is')
      return item === undefined ? EMPTY : bool(matches(item))
    }
  }
}

/** Functions that give nothing for nothing, whatever their arguments. */
const FUNCTIONS_OF_ITEMS: ReadonlySet<string> = new Set([
  'where',
  'select',
  'ofType',
  'as',
  'resolve',
  'extension',
  'first',
])

/** One side of a union whose other side gives nothing. */
function distinctOf(side: Evaluator): Evaluator {
  if (side === emptyEvaluator) return side
  return run => {
    const items = side(run)
    return items.length < 2 ? items : distinctItems(items, run)
  }
}

function constant(value: Item): Evaluator {
  const collection: Collection = [value]
  return () => collection
}

function optional(value: boolean | undefined): Collection {
  return value === undefined ? EMPTY : value ? TRUE : FALSE
}

function not(value: boolean | undefined): boolean | undefined {
  return value === undefined ? undefined : !value
}

function binary(operator: BinaryOperator, left: Evaluator, right: Evaluator): Evaluator {
  switch (operator) {
    case '=':
      return run => optional(equalCollections(left(run), right(run), run))
    case '!=':
      return run => optional(not(equalCollections(left(run), right(run), run)))
    case '~':
      return run => bool(equivalentCollections(left(run), right(run), run))
    case '!~':
      return run => bool(!equivalentCollections(left(run), right(run), run))
    case '<':
    case '<=':
    case '>':
    case '>=':
      return run => compareCollections(operator, left(run), right(run), run)
    case '+':
    case '-':
    case '*':
    case '/':
    case 'div':
    case 'mod':
      return run => calculate(operator, left(run), right(run), run)
    case '&':
      return run => concatenate(left(run), right(run))
    case '|':
      if (left === emptyEvaluator) return distinctOf(right)
      if (right === emptyEvaluator) return distinctOf(left)
      return run => union(left(run), right(run), run)
    case 'in':
      return run => contains(right(run), left(run), 'in', run)
    case 'contains':
      return run => contains(left(run), right(run), 'contains', run)
    case 'and':
    case 'or':
    case 'xor':
    case 'implies':
      return logic(operator, left, right)
  }
}

function contains(items: Collection, wanted: Collection, operator: string, run: Run): Collection {
  const item = single(wanted, `The operator ${operator}`)
  if (item === undefined) return EMPTY
  return bool(membership(items, run)(item))
}

/** Three-valued logic: an empty side leaves open what the other does not decide (FHIRPath 2.0 §6.5). */
function logic(operator: 'and' | 'or' | 'xor' | 'implies', left: Evaluator, right: Evaluator): Evaluator {
  const what = `The operator ${operator}`
  const first = (run: Run): boolean | undefined => condition(left(run), what)
  const second = (run: Run): boolean | undefined => condition(right(run), what)
  switch (operator) {
    case 'and':
      return run => {
        const value = first(run)
        if (value === false) return FALSE
        const other = second(run)
        return other === false ? FALSE : value === undefined ? EMPTY : optional(other)
      }
    case 'or':
      return run => {
        const value = first(run)
        if (value === true) return TRUE
        const other = second(run)
        return other === true ? TRUE : value === undefined ? EMPTY : optional(other)
      }
    case 'xor':
      return run => {
        const value = first(run)
        const other = second(run)
        return value === undefined || other === undefined ? EMPTY : bool(value !== other)
      }
    case 'implies':
      return run => {
        const value = first(run)
        if (value === false) return TRUE
        const other = second(run)
        return other === true ? TRUE : value === undefined ? EMPTY : optional(other)
      }
  }
}
