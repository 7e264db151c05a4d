import type { Issue } from '../issue.ts'
import { positionAt } from '../issue.ts'
import { keepLiteral } from './decimal-literals.ts'
import { decodeUtf8 } from './decode-utf8.ts'
import type { ReadLimits } from './limits.ts'
import { READ_LIMITS_DEFAULT } from './limits.ts'
import type { JsonScan } from './scan-json.ts'
import { scanJson } from './scan-json.ts'
import type { JsonValue } from './strict-json.ts'
import { StrictJsonReader } from './strict-json.ts'

/** What was read, or why it could not be. */
export type ParseResult<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly issues: readonly Issue[] }

/**
 * Reads JSON without losing a digit of its decimals (see `DECIMAL_LITERALS`). What `JSON.parse` lets pass is refused with its place: more
 * than `limits` allow (depth is checked before anything recurses), bytes that are not UTF-8, a key that stands twice in one object.
 */
export function parseJson(input: Uint8Array | string, limits: Partial<ReadLimits> = {}): ParseResult<JsonValue> {
  const { bytesMax, depthMax, issuesMax } = { ...READ_LIMITS_DEFAULT, ...limits }
  if (input.length > bytesMax) {
    return refused({ severity: 'fatal', code: 'input-too-large', text: `The input is larger than ${bytesMax} bytes` })
  }
  const decoded = typeof input === 'string' ? withoutMark(input) : decodeUtf8(input)
  if (typeof decoded !== 'string') return refused(decoded)
  const text = decoded
  const scan = scanJson(text, depthMax)
  if (scan.tooDeepAt !== -1) {
    const position = positionAt(text, scan.tooDeepAt)
    return refused({
      severity: 'fatal',
      code: 'input-too-deep',
      text: `The input is more than ${depthMax} levels deep`,
      position,
    })
  }
  let value: JsonValue
  try {
    // JSON.parse gives nothing else than JSON.
    value = JSON.parse(text) as JsonValue
  } catch {
    return readStrictly(text, issuesMax)
  }
  const walk = new Walk(scan)
  walk.visit(value)
  // Fewer members than the text has: some key stood twice. Index-like keys: the order of numbers is not that of the text.
  if (walk.members !== scan.members || (scan.hasIndexKeys && scan.literals !== undefined))
    return readStrictly(text, issuesMax)
  return { ok: true, value }
}

function readStrictly(text: string, issuesMax: number): ParseResult<JsonValue> {
  if (text.trim() === '') return refused({ severity: 'fatal', code: 'input-empty', text: 'There is no content' })
  const reader = new StrictJsonReader(text, issuesMax)
  const value = reader.read()
  return value === undefined || reader.issues.length > 0 ? { ok: false, issues: reader.issues } : { ok: true, value }
}

function refused(issue: Issue): ParseResult<never> {
  return { ok: false, issues: [issue] }
}

/** A byte order mark is no JSON, and some senders write one (RFC 8259 §8.1 allows to pass over it). */
function withoutMark(text: string): string {
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text
}

/** Counts members and lays the texts of decimals beside their numbers; both in the order of the text. */
class Walk {
  members = 0
  #numbers = 0
  readonly #literals: ReadonlyMap<number, string> | undefined

  constructor(scan: JsonScan) {
    this.#literals = scan.literals
  }

  visit(value: JsonValue): void {
    if (typeof value !== 'object' || value === null) return
    if (Array.isArray(value)) for (const entry of value) this.visit(entry)
    else this.#visitObject(value)
  }

  #visitObject(object: { [key: string]: JsonValue }): void {
    for (const key in object) {
      this.members++
      const value = object[key]
      if (typeof value === 'number') this.#visitNumber(object, key, undefined)
      else if (typeof value === 'object' && value !== null) {
        if (Array.isArray(value)) this.#visitList(object, key, value)
        else this.#visitObject(value)
      }
    }
  }

  #visitList(holder: object, key: string, list: readonly JsonValue[]): void {
    for (let index = 0; index < list.length; index++) {
      const value = list[index]
      if (typeof value === 'number') this.#visitNumber(holder, key, index)
      else if (value !== undefined) this.visit(value)
    }
  }

  #visitNumber(holder: object, key: string, index: number | undefined): void {
    const literal = this.#literals?.get(this.#numbers)
    this.#numbers++
    if (literal !== undefined) keepLiteral(holder, key, index, literal)
  }
}
