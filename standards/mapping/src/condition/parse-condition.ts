import type { Comparison, Condition, ConditionResult, ElementRef } from './condition.ts'

/** Words that carry no meaning of their own, and misspellings of the guide's sheets. */
const NOISE = new Set(['IF', 'IS', 'ARE', 'AREA', 'THE', 'THEN'])
const TOKEN = /\s*("(?:[^"\\]|\\.)*"|'[^']*'|https?:\S+|[A-Za-z][A-Za-z0-9]*(?:[-.]\d+)*|\d+|>=|<=|[()=<>,])/y
const CURRENT: ElementRef = { name: '', path: [] }

class Refused extends Error {}

/** An operator that waits for its subject, so that `A AND B VALUED` asks it of both. */
type Predicate = (ref: ElementRef) => Condition

/** Reads a condition of the guide. Never throws; what it cannot read is refused with the reason. */
export function parseCondition(text: string): ConditionResult {
  try {
    const parser = new Parser(tokensOf(text))
    return { ok: true, condition: parser.whole() }
  } catch (error) {
    if (error instanceof Refused) return { ok: false, reason: error.message }
    throw error
  }
}

/** Reads `PID-11.9`, `CX.4`, `HD-3`, `ORC`. */
export function parseRef(text: string): ElementRef | undefined {
  const match = /^([A-Z][A-Z0-9]{1,2})((?:[-.]\d+)*)$/.exec(text)
  if (match === null) return undefined
  const numbers = (match[2] ?? '').split(/[-.]/).filter(part => part !== '')
  return { name: match[1] ?? '', path: numbers.map(Number) }
}

function tokensOf(text: string): string[] {
  const source = text.replace(/\bLST\.count\b/gi, 'COUNT').replace(/([A-Z]{2})(\d)\.NOT/g, '$1.$2 NOT')
  const tokens: string[] = []
  TOKEN.lastIndex = 0
  while (TOKEN.lastIndex < source.length) {
    const from = TOKEN.lastIndex
    const match = TOKEN.exec(source)
    if (match === null) {
      if (source.slice(from).trim() === '') break
      throw new Refused(`unknown sign at ${from + 1}`)
    }
    const token = match[1] ?? ''
    if (!NOISE.has(token.toUpperCase())) tokens.push(token)
  }
  return tokens
}

class Parser {
  private readonly tokens: readonly string[]
  private at = 0
  private subject: ElementRef = CURRENT

  constructor(tokens: readonly string[]) {
    this.tokens = tokens
  }

  whole(): Condition {
    const condition = this.or()
    if (this.at < this.tokens.length) throw new Refused(`unexpected ${this.tokens[this.at] ?? ''}`)
    return condition
  }

  private word(offset = 0): string {
    return (this.tokens[this.at + offset] ?? '').toUpperCase()
  }

  private take(word: string): boolean {
    if (this.word() !== word) return false
    this.at++
    return true
  }

  private or(): Condition {
    return this.chain('or', () => this.and())
  }

  private and(): Condition {
    return this.chain('and', () => this.unary())
  }

  private chain(kind: 'and' | 'or', next: () => Condition): Condition {
    const items = [next()]
    while (this.take(kind.toUpperCase())) items.push(next())
    const [only] = items
    return items.length === 1 && only !== undefined ? only : { kind, items }
  }

  private unary(): Condition {
    if (this.take('(')) {
      const inner = this.or()
      // One sheet forgets to close; the end of the condition closes then.
      if (!this.take(')') && this.at < this.tokens.length) throw new Refused('a parenthesis is not closed')
      return inner
    }
    const ref = this.ref()
    if (ref !== undefined) this.subject = ref
    const subject = this.subject
    if (ref !== undefined && this.isBare()) return this.shared(subject)
    return this.predicate()(subject)
  }

  private ref(): ElementRef | undefined {
    const token = this.tokens[this.at] ?? ''
    if (['IN', 'OR', 'AND', 'NOT'].includes(token.toUpperCase())) return undefined
    const ref = parseRef(token)
    if (ref !== undefined) this.at++
    return ref
  }

  private isBare(): boolean {
    return ['', 'AND', 'OR', ')'].includes(this.word())
  }

  /** `PID-33 AND PID-34 VALUED`: the bare reference is asked what the next one is asked. */
  private shared(subject: ElementRef): Condition {
    const from = this.at
    const word = this.word()
    if (word !== 'AND' && word !== 'OR') return { kind: 'valued', ref: subject }
    let at = from + 1
    while (
      parseRef(this.tokens[at] ?? '') !== undefined &&
      ['AND', 'OR'].includes((this.tokens[at + 1] ?? '').toUpperCase())
    )
      at += 2
    if (parseRef(this.tokens[at] ?? '') === undefined) return { kind: 'valued', ref: subject }
    this.at = at + 1
    const predicate = this.isBare() ? undefined : this.predicate()
    this.at = from
    return predicate === undefined ? { kind: 'valued', ref: subject } : predicate(subject)
  }

  private predicate(): Predicate {
    const negated = this.take('NOT')
    const asked = this.positive()
    return negated ? ref => ({ kind: 'not', item: asked(ref) }) : asked
  }

  private positive(): Predicate {
    const word = this.word()
    this.at++
    switch (word) {
      case 'VALUED':
      case 'VALUE':
        return this.valued()
      case 'EMPTY':
        return ref => ({ kind: 'not', item: { kind: 'valued', ref } })
      case 'DOES':
        this.expect('NOT')
        this.expect('EXIST')
        return ref => ({ kind: 'not', item: { kind: 'valued', ref } })
      case 'EQUALS':
      case 'EQUAL':
      case '=':
        return this.equals()
      case 'IN':
        return this.list()
      case 'COUNT':
      case 'LENGTH':
        return this.measure(word === 'COUNT' ? 'count' : 'length')
    }
    this.at--
    if (/^["']/.test(word)) return this.equals()
    throw new Refused(word === '' ? 'it ends too early' : `unknown operator ${word}`)
  }

  /** `IS VALUED NOT EQUAL PID-12` asks both of the same element. */
  private valued(): Predicate {
    if (this.word() === 'NOT' && ['EQUAL', 'EQUALS'].includes(this.word(1))) {
      const rest = this.predicate()
      return ref => ({ kind: 'and', items: [{ kind: 'valued', ref }, rest(ref)] })
    }
    return ref => ({ kind: 'valued', ref })
  }

  private equals(): Predicate {
    const token = this.tokens[this.at++] ?? ''
    const to = quoted(token) ?? (/^\d+$/.test(token) ? token : parseRef(token))
    if (to === undefined) throw new Refused(`${token} is no value`)
    return ref => ({ kind: 'equals', ref, to })
  }

  private list(): Predicate {
    if (!this.take('(')) throw new Refused('IN needs a list of values in parentheses')
    const values: string[] = []
    while (!this.take(')')) {
      const token = this.tokens[this.at++]
      if (token === undefined) throw new Refused('the list is not closed')
      if (token !== ',') values.push(quoted(token) ?? token)
    }
    return ref => ({ kind: 'in', ref, values })
  }

  private measure(kind: 'count' | 'length'): Predicate {
    const comparison = this.comparison()
    const than = Number(this.tokens[this.at++])
    if (!Number.isInteger(than)) throw new Refused(`${kind} needs a number`)
    return ref => ({ kind, ref, comparison, than })
  }

  private comparison(): Comparison {
    const word = this.word()
    this.at++
    if (word === '=' || word === 'EQUALS') return '='
    if (word === '>' || word === '<' || word === '<=' || word === '>=') return word
    if (word !== 'GREATER' && word !== 'LESS') throw new Refused(`unknown comparison ${word}`)
    this.expect('THAN')
    const orEqual = this.take('OR')
    if (orEqual) this.expect('EQUALS')
    if (word === 'GREATER') return orEqual ? '>=' : '>'
    return orEqual ? '<=' : '<'
  }

  private expect(word: string): void {
    if (!this.take(word)) throw new Refused(`${word} is missing`)
  }
}

function quoted(token: string): string | undefined {
  const match = /^(["'])(.*)\1$/.exec(token)
  return match?.[2]?.replace(/\\(.)/g, '$1')
}
