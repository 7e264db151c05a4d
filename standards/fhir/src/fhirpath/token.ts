import { FhirPathError } from './issue.ts'

export type TokenKind =
  | 'identifier'
  | 'delimited'
  | 'string'
  | 'number'
  | 'temporal'
  | 'variable'
  | 'special'
  | 'symbol'
  | 'end'

/** One token. `text` is the content: of a string or a delimited identifier without quotes and with escapes resolved. */
export interface Token {
  readonly kind: TokenKind
  readonly text: string
  readonly at: number
}

const SPACE = /(?:\s+|\/\/[^\n]*|\/\*[\s\S]*?\*\/)+/y
const IDENTIFIER = /[A-Za-z_][A-Za-z0-9_]*/y
const VARIABLE = /(?:vs|ext)-[A-Za-z0-9_-]+|[A-Za-z_][A-Za-z0-9_]*/y
const NUMBER = /\d+(?:\.\d+)?L?/y
const TEMPORAL =
  /@(?:T\d\d(?::\d\d(?::\d\d(?:\.\d+)?)?)?|\d{4}(?:-\d\d(?:-\d\d)?)?(?:T(?:\d\d(?::\d\d(?::\d\d(?:\.\d+)?)?)?(?:Z|[+-]\d\d:\d\d)?)?)?)/y
const SYMBOL = /!=|!~|<=|>=|[-+*/&|<>=~()[\]{},.]/y
const SPECIAL = /\$(?:this|index|total)\b/y
const STRING = /'((?:[^'\\]|\\[\s\S])*)'/y
const BACKQUOTED = /`((?:[^`\\]|\\[\s\S])*)`/y
const DOUBLE_QUOTED = /"((?:[^"\\]|\\[\s\S])*)"/y
const ESCAPE = /\\(u[0-9A-Fa-f]{4}|[\s\S])/g

const ESCAPED: Readonly<Record<string, string>> = { r: '\r', n: '\n', t: '\t', f: '\f' }

function unescape(text: string): string {
  if (!text.includes('\\')) return text
  return text.replace(ESCAPE, (_whole, escaped: string) =>
    escaped.length > 1 ? String.fromCharCode(Number.parseInt(escaped.slice(1), 16)) : (ESCAPED[escaped] ?? escaped),
  )
}

/** Takes a text apart (FHIRPath 2.0 §3 and its grammar). Throws a FhirPathError for a character that fits nothing. */
export function tokenize(text: string): readonly Token[] {
  const tokens: Token[] = []
  let at = 0
  const take = (pattern: RegExp, from = at): RegExpExecArray | null => {
    pattern.lastIndex = from
    return pattern.exec(text)
  }
  const push = (kind: TokenKind, content: string, length: number): void => {
    tokens.push({ kind, text: content, at })
    at += length
  }
  const quoted = (kind: TokenKind, pattern: RegExp): void => {
    const match = take(pattern)
    if (match === null) throw new FhirPathError('syntax-invalid', 'A quote is opened and not closed', at)
    push(kind, unescape(match[1] ?? ''), match[0].length)
  }
  for (;;) {
    const space = take(SPACE)
    if (space !== null) at += space[0].length
    const character = text[at]
    if (character === undefined) break
    if (character === "'") quoted('string', STRING)
    else if (character === '`') quoted('delimited', BACKQUOTED)
    else if (character === '%') variable()
    else simple(character)
  }
  tokens.push({ kind: 'end', text: 'the end', at })
  return tokens

  /** `%name`, `%'name'` and `` %`name` ``; in older texts also `%"name"`, `%vs-name` and `%ext-name`. */
  function variable(): void {
    const start = at
    const plain = take(VARIABLE, at + 1)
    if (plain !== null) return push('variable', plain[0], plain[0].length + 1)
    for (const pattern of [STRING, BACKQUOTED, DOUBLE_QUOTED]) {
      const name = take(pattern, at + 1)
      if (name !== null) return push('variable', unescape(name[1] ?? ''), name[0].length + 1)
    }
    throw new FhirPathError('syntax-invalid', 'A name is expected after %', start)
  }

  function simple(character: string): void {
    const kinds: readonly [TokenKind, RegExp][] = [
      ['identifier', IDENTIFIER],
      ['number', NUMBER],
      ['temporal', TEMPORAL],
      ['special', SPECIAL],
      ['symbol', SYMBOL],
    ]
    for (const [kind, pattern] of kinds) {
      const match = take(pattern)
      if (match !== null) return push(kind, match[0], match[0].length)
    }
    throw new FhirPathError('syntax-invalid', `The character '${character}' is not expected here`, at)
  }
}
