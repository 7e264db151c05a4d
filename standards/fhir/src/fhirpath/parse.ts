import { Decimal } from './decimal.ts'
import { FhirPathError, type FhirPathIssue } from './issue.ts'
import { EXPRESSION_CHARACTERS_MAX, EXPRESSION_DEPTH_MAX } from './limits.ts'
import type { BinaryOperator, Expression, TypeSpecifier } from './syntax.ts'
import { Temporal } from './temporal.ts'
import { type Token, tokenize } from './token.ts'

/** Highest integer of FHIRPath: 32 bits, signed (FHIRPath 2.0 §4.1.3). */
const INTEGER_MAX = 2_147_483_647

/** How tightly each operator binds: the grammar's order of precedence, where the highest number binds first. */
const PRECEDENCE: ReadonlyMap<string, number> = new Map(
  Object.entries<number>({
    implies: 1,
    or: 2,
    xor: 2,
    and: 3,
    in: 4,
    contains: 4,
    '=': 5,
    '~': 5,
    '!=': 5,
    '!~': 5,
    '<=': 6,
    '<': 6,
    '>': 6,
    '>=': 6,
    '|': 7,
    is: 8,
    as: 8,
    '+': 9,
    '-': 9,
    '&': 9,
    '*': 10,
    '/': 10,
    div: 10,
    mod: 10,
  }),
)

/** A sign binds tighter than every operator of two operands, and looser than `.` and `[`. */
const POLARITY_PRECEDENCE = 11

const UNITS: ReadonlySet<string> = new Set(
  ['year', 'month', 'week', 'day', 'hour', 'minute', 'second', 'millisecond'].flatMap(unit => [unit, `${unit}s`]),
)

const KEYWORDS: ReadonlySet<string> = new Set(['div', 'mod', 'and', 'or', 'xor', 'implies', 'true', 'false'])

class Parser {
  readonly #tokens: readonly Token[]
  #position = 0
  #depth = 0

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
  }

  parseAll(): Expression {
    const expression = this.#expression(0)
    const token = this.#peek()
    if (token.kind !== 'end') throw this.#unexpected(token)
    return expression
  }

  #peek(ahead = 0): Token {
    const token = this.#tokens[this.#position + ahead] ?? this.#tokens.at(-1)
    if (token === undefined) throw new Error('tokenize always ends with an end token')
    return token
  }

  #next(): Token {
    const token = this.#peek()
    this.#position++
    return token
  }

  #isSymbol(text: string): boolean {
    const token = this.#peek()
    return token.kind === 'symbol' && token.text === text
  }

  #expectSymbol(text: string): void {
    const token = this.#next()
    if (token.kind !== 'symbol' || token.text !== text)
      throw new FhirPathError('syntax-invalid', `'${text}' is expected instead of ${describe(token)}`, token.at)
  }

  #unexpected(token: Token): FhirPathError {
    return new FhirPathError('syntax-invalid', `${describe(token)} is not expected here`, token.at)
  }

  #expression(minimum: number): Expression {
    if (++this.#depth > EXPRESSION_DEPTH_MAX) throw tooDeep(this.#peek().at)
    let left = this.#operand()
    for (let links = 0; ; links++) {
      if (links > EXPRESSION_DEPTH_MAX) throw tooDeep(this.#peek().at)
      const token = this.#peek()
      const precedence = token.kind === 'symbol' || token.kind === 'identifier' ? PRECEDENCE.get(token.text) : undefined
      if (precedence === undefined || precedence <= minimum) break
      this.#position++
      if (token.text === 'is' || token.text === 'as')
        left = { kind: 'type', at: token.at, operator: token.text, operand: left, type: this.#typeSpecifier() }
      else
        left = {
          kind: 'binary',
          at: token.at,
          // Every key of the table except is and as, which the branch above took.
          operator: token.text as BinaryOperator,
          left,
          right: this.#expression(precedence),
        }
    }
    this.#depth--
    return left
  }

  #operand(): Expression {
    const token = this.#peek()
    if (token.kind === 'symbol' && (token.text === '+' || token.text === '-')) {
      this.#position++
      return { kind: 'polarity', at: token.at, sign: token.text, operand: this.#expression(POLARITY_PRECEDENCE) }
    }
    return this.#postfix(this.#term())
  }

  /** `.member`, `.function()` and `[index]`, as many as follow. */
  #postfix(source: Expression): Expression {
    let current = source
    for (let links = 0; ; links++) {
      if (links > EXPRESSION_DEPTH_MAX) throw tooDeep(this.#peek().at)
      if (this.#isSymbol('.')) {
        this.#position++
        current = this.#invocation(current)
      } else if (this.#isSymbol('[')) {
        const { at } = this.#next()
        const index = this.#expression(0)
        this.#expectSymbol(']')
        current = { kind: 'indexer', at, source: current, index }
      } else return current
    }
  }

  #invocation(source: Expression | undefined): Expression {
    const token = this.#next()
    if (token.kind === 'special' && source !== undefined) return special(token)
    // After a point nothing but a name can stand: text.div needs no quotes.
    const isKeyword = source === undefined && KEYWORDS.has(token.text)
    const isName = token.kind === 'delimited' || (token.kind === 'identifier' && !isKeyword)
    if (!isName) throw this.#unexpected(token)
    if (!this.#isSymbol('(')) return { kind: 'member', at: token.at, source, name: token.text }
    this.#position++
    const given: Expression[] = []
    while (!this.#isSymbol(')')) {
      if (given.length > 0) this.#expectSymbol(',')
      given.push(this.#expression(0))
    }
    this.#position++
    return { kind: 'call', at: token.at, source, name: token.text, arguments: given }
  }

  #term(): Expression {
    const token = this.#peek()
    switch (token.kind) {
      case 'string':
        this.#position++
        return { kind: 'string', at: token.at, value: token.text }
      case 'number':
        return this.#number()
      case 'temporal':
        this.#position++
        return { kind: 'temporal', at: token.at, value: temporal(token) }
      case 'variable':
        this.#position++
        return { kind: 'variable', at: token.at, name: token.text }
      case 'special':
        this.#position++
        return special(token)
      case 'symbol':
        return this.#bracketed()
      case 'identifier':
        if (token.text === 'true' || token.text === 'false') {
          this.#position++
          return { kind: 'boolean', at: token.at, value: token.text === 'true' }
        }
        return this.#invocation(undefined)
      case 'delimited':
        return this.#invocation(undefined)
      case 'end':
        throw this.#unexpected(token)
    }
  }

  #bracketed(): Expression {
    const token = this.#next()
    if (token.text === '{') {
      this.#expectSymbol('}')
      return { kind: 'empty', at: token.at }
    }
    if (token.text !== '(') throw this.#unexpected(token)
    const inner = this.#expression(0)
    this.#expectSymbol(')')
    return inner
  }

  /** A number, or a quantity: a number followed by a UCUM unit in quotes or by a calendar unit. */
  #number(): Expression {
    const { text, at } = this.#next()
    if (text.endsWith('L')) throw new FhirPathError('unsupported', 'Long numbers (1L) are not supported', at)
    const unit = this.#peek()
    if (unit.kind === 'string' || (unit.kind === 'identifier' && UNITS.has(unit.text))) {
      this.#position++
      return { kind: 'quantity', at, value: decimal(text, at), unit: unit.text }
    }
    if (text.includes('.')) return { kind: 'decimal', at, value: decimal(text, at) }
    const value = Number(text)
    if (value > INTEGER_MAX) return { kind: 'decimal', at, value: decimal(text, at) }
    return { kind: 'integer', at, value }
  }

  #typeSpecifier(): TypeSpecifier {
    const first = this.#typeName()
    if (!this.#isSymbol('.')) return { namespace: undefined, name: first }
    // `a is B.where(..)` cannot be: what follows the point of a type is the type's name.
    this.#position++
    return { namespace: first, name: this.#typeName() }
  }

  #typeName(): string {
    const token = this.#next()
    if (token.kind === 'identifier' || token.kind === 'delimited') return token.text
    throw new FhirPathError('syntax-invalid', `A type is expected instead of ${describe(token)}`, token.at)
  }
}

function describe(token: Token): string {
  return token.kind === 'end' ? 'the end of the expression' : `'${token.text}'`
}

function tooDeep(at: number): FhirPathError {
  return new FhirPathError('expression-too-large', `The expression is nested deeper than ${EXPRESSION_DEPTH_MAX}`, at)
}

function special(token: Token): Expression {
  return { kind: token.text === '$this' ? 'this' : token.text === '$index' ? 'index' : 'total', at: token.at }
}

function decimal(text: string, at: number): Decimal {
  const value = Decimal.parse(text)
  if (value === undefined) throw new FhirPathError('syntax-invalid', `${text} is no number`, at)
  return value
}

function temporal(token: Token): Temporal {
  const value = Temporal.parseLiteral(token.text)
  if (value === undefined) throw new FhirPathError('syntax-invalid', `${token.text} is no date or time`, token.at)
  return value
}

export type ParseResult =
  | { readonly ok: true; readonly expression: Expression }
  | { readonly ok: false; readonly issue: FhirPathIssue }

/** Reads an expression (FHIRPath 2.0). What is no FHIRPath comes back as a value that says where. */
export function parseFhirPath(text: string): ParseResult {
  if (text.length > EXPRESSION_CHARACTERS_MAX) {
    const limit = `An expression has at most ${EXPRESSION_CHARACTERS_MAX} characters, this has ${text.length}`
    return { ok: false, issue: { code: 'expression-too-large', text: limit } }
  }
  try {
    return { ok: true, expression: new Parser(tokenize(text)).parseAll() }
  } catch (error) {
    if (error instanceof FhirPathError) return { ok: false, issue: error.toIssue() }
    throw error
  }
}
