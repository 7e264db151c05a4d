import type { Issue, IssueCode } from '../issue.ts'
import { positionAt } from '../issue.ts'
import { keepLiteral } from './decimal-literals.ts'

/** Any JSON value. */
export type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue }

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
}

class SyntaxFault extends Error {
  readonly offset: number
  constructor(offset: number, message: string) {
    super(message)
    this.offset = offset
  }
}

/**
 * JSON's grammar to the letter (RFC 8259), with the place of what is wrong: used when the fast way found that something is. The text
 * must not go deeper than the caller allows (`scanJson` tells), as this recurses. Duplicate keys are all reported; the last one wins, as in `JSON.parse`.
 */
export class StrictJsonReader {
  readonly #text: string
  readonly #issuesMax: number
  readonly #path: (string | number)[] = []
  readonly issues: Issue[] = []
  #at = 0
  #rootType: string | undefined

  constructor(text: string, issuesMax: number) {
    this.#text = text
    this.#issuesMax = issuesMax
  }

  /** The value, or nothing where the grammar is broken: then the last issue says where. */
  read(): JsonValue | undefined {
    try {
      const value = this.#value(undefined, '', undefined)
      this.#space()
      if (this.#at < this.#text.length) this.#fail('nothing more can follow the end of the value')
      return value
    } catch (error) {
      if (!(error instanceof SyntaxFault)) throw error
      this.#report('json-invalid', 'fatal', `This is not JSON: ${error.message}`, error.offset)
      return undefined
    }
  }

  #value(holder: object | undefined, key: string, index: number | undefined): JsonValue {
    this.#space()
    const char = this.#text[this.#at]
    if (char === '{') return this.#object()
    if (char === '[') return this.#list(holder, key)
    if (char === '"') return this.#string()
    if (char === 't') return this.#word('true', true)
    if (char === 'f') return this.#word('false', false)
    if (char === 'n') return this.#word('null', null)
    return this.#number(holder, key, index)
  }

  #object(): JsonValue {
    const object: { [key: string]: JsonValue } = {}
    this.#at++
    this.#space()
    if (this.#text[this.#at] === '}') {
      this.#at++
      return object
    }
    for (;;) {
      this.#space()
      const keyAt = this.#at
      if (this.#text[keyAt] !== '"') this.#fail('a key in double quotes is expected here')
      const key = this.#string()
      this.#space()
      if (this.#text[this.#at] !== ':') this.#fail('a colon is expected after a key')
      this.#at++
      this.#path.push(key)
      if (Object.hasOwn(object, key)) {
        this.#report('json-duplicate-key', 'error', 'The same key stands twice in one object', keyAt)
      }
      const value = this.#value(object, key, undefined)
      // `__proto__` must become a member like any other.
      if (key === '__proto__')
        Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true })
      else object[key] = value
      if (this.#path.length === 1 && key === 'resourceType' && typeof value === 'string') this.#rootType = value
      this.#path.pop()
      if (!this.#more('}')) return object
    }
  }

  #list(holder: object | undefined, key: string): JsonValue {
    const list: JsonValue[] = []
    this.#at++
    this.#space()
    if (this.#text[this.#at] === ']') {
      this.#at++
      return list
    }
    for (;;) {
      this.#path.push(list.length)
      list.push(this.#value(holder, key, list.length))
      this.#path.pop()
      if (!this.#more(']')) return list
    }
  }

  /** Whether another entry follows; passes over the comma or the end. */
  #more(end: '}' | ']'): boolean {
    this.#space()
    const char = this.#text[this.#at]
    if (char !== ',' && char !== end) this.#fail(`a comma or ${end} is expected here`)
    this.#at++
    return char === ','
  }

  #string(): string {
    const start = this.#at + 1
    let text = ''
    let from = start
    for (let at = start; at < this.#text.length; at++) {
      const code = this.#text.charCodeAt(at)
      if (code === 0x22) {
        this.#at = at + 1
        return text + this.#text.slice(from, at)
      }
      if (code < 0x20) this.#fail('a control character must be escaped in a string', at)
      if (code !== 0x5c) continue
      text += this.#text.slice(from, at) + this.#escape(at)
      at += this.#text[at + 1] === 'u' ? 5 : 1
      from = at + 1
    }
    return this.#fail('the string does not end', this.#at)
  }

  #escape(at: number): string {
    const letter = this.#text[at + 1] ?? ''
    if (letter === 'u') {
      const digits = this.#text.slice(at + 2, at + 6)
      if (!/^[\da-fA-F]{4}$/.test(digits)) this.#fail('\\u takes four hexadecimal digits', at)
      return String.fromCharCode(Number.parseInt(digits, 16))
    }
    return ESCAPES[letter] ?? this.#fail('there is no such escape', at)
  }

  #number(holder: object | undefined, key: string, index: number | undefined): number {
    NUMBER.lastIndex = this.#at
    const literal = NUMBER.exec(this.#text)?.[0]
    if (literal === undefined) return this.#fail('a value is expected here')
    this.#at += literal.length
    if (/^[\d.eE+-]/.test(this.#text.slice(this.#at, this.#at + 1))) this.#fail('this is not how JSON writes a number')
    const number = Number(literal)
    if (holder !== undefined && String(number) !== literal) keepLiteral(holder, key, index, literal)
    return number
  }

  #word<T>(word: string, value: T): T {
    if (!this.#text.startsWith(word, this.#at)) this.#fail('a value is expected here')
    this.#at += word.length
    return value
  }

  #space(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at)
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return
      this.#at++
    }
  }

  #fail(message: string, offset: number = this.#at): never {
    throw new SyntaxFault(offset, offset >= this.#text.length ? `it ends too early, ${message}` : message)
  }

  #report(code: IssueCode, severity: Issue['severity'], text: string, offset: number): void {
    if (this.issues.length >= this.#issuesMax && severity !== 'fatal') return
    this.issues.push({ severity, code, text, path: this.#location(), position: positionAt(this.#text, offset) })
  }

  #location(): string {
    const parts = this.#path.map(part => (typeof part === 'number' ? `[${part}]` : `.${part}`))
    return (this.#rootType ?? 'Resource') + parts.join('')
  }
}
