import { bool, type Collection, EMPTY, integerOf, stringOf } from '../item.ts'
import { FhirPathError } from '../issue.ts'
import { matchesPattern, replacePattern } from '../pattern.ts'
import type { Evaluator, Run } from '../run.ts'
import { decodeText, encodeText, escapeText, unescapeText } from '../text-encoding.ts'
import { argument, type Call, type FunctionDefinition, type FunctionTable, optionalArgument } from './definition.ts'

/** A function of a string and of strings given as arguments; empty when any of them is. */
function ofStrings(
  count: number,
  apply: (text: string, given: readonly string[], run: Run) => Collection,
): FunctionDefinition {
  return {
    min: count,
    max: count,
    compile(call) {
      const { source, name } = call
      const given = call.arguments.map((_each, index) => argument(call, index))
      return run => {
        const text = stringOf(source(run), `${name}()`)
        if (text === undefined) return EMPTY
        const texts: string[] = []
        for (const each of given) {
          const value = stringOf(each(run), `${name}()`)
          if (value === undefined) return EMPTY
          texts.push(value)
        }
        return apply(text, texts, run)
      }
    },
  }
}

const substring: FunctionDefinition = {
  min: 1,
  max: 2,
  compile(call) {
    const { source } = call
    const start = argument(call, 0)
    const length = optionalArgument(call, 1)
    return run => {
      const text = stringOf(source(run), 'substring()')
      const from = integerOf(start(run), 'substring()')
      if (text === undefined || from === undefined || from < 0 || from >= text.length) return EMPTY
      const count = length === undefined ? undefined : integerOf(length(run), 'substring()')
      return [count === undefined ? text.slice(from) : text.slice(from, from + Math.max(0, count))]
    }
  },
}

/** `join()` skips what is no string, and an empty collection joins to nothing. */
const join: FunctionDefinition = {
  min: 0,
  max: 1,
  compile(call) {
    const { source } = call
    const separator: Evaluator | undefined = optionalArgument(call, 0)
    return run => {
      const items = source(run)
      if (items.length === 0) return EMPTY
      const between = separator === undefined ? '' : (stringOf(separator(run), 'join()') ?? '')
      const texts = items.map(item => stringOf([item], 'join()'))
      return [texts.filter(text => text !== undefined).join(between)]
    }
  },
}

function first(given: readonly string[]): string {
  return given[0] ?? ''
}

function matching(whole: boolean): FunctionDefinition {
  return {
    min: 1,
    max: 2,
    compile(call: Call) {
      const { source, name } = call
      const pattern = argument(call, 0)
      const flags = optionalArgument(call, 1)
      return run => {
        const text = stringOf(source(run), `${name}()`)
        const expression = stringOf(pattern(run), `${name}()`)
        if (text === undefined || expression === undefined) return EMPTY
        const given = flags === undefined ? '' : (stringOf(flags(run), `${name}()`) ?? '')
        return bool(matchesPattern(text, whole ? `^(?:${expression})$` : expression, given))
      }
    },
  }
}

const replaceMatches: FunctionDefinition = {
  min: 2,
  max: 3,
  compile(call) {
    const two = ofStrings(2, (text, [pattern = '', by = '']) => [
      pattern === '' ? text : replacePattern(text, pattern, by),
    ])
    return two.compile({ ...call, arguments: call.arguments.slice(0, 2) })
  },
}

/** An empty text to search for stands between all characters, and at both ends (FHIRPath 2.0 §5.6.8). */
function replaceAll(text: string, search: string, by: string): string {
  if (search === '') return `${by}${[...text].map(character => character + by).join('')}`
  return text.split(search).join(by)
}

function coded(apply: (text: string, format: string) => string | undefined): FunctionDefinition {
  return ofStrings(1, (text, given) => {
    const result = apply(text, first(given))
    if (result === undefined)
      throw new FhirPathError('unsupported', 'An encoding is hex, base64, urlbase64, html or json')
    return [result]
  })
}

/** FHIRPath 2.0 §5.6 and the string functions that followed it. */
export const textFunctions: FunctionTable = {
  indexOf: ofStrings(1, (text, given) => [text.indexOf(first(given))]),
  lastIndexOf: ofStrings(1, (text, given) => [text.lastIndexOf(first(given))]),
  startsWith: ofStrings(1, (text, given) => bool(text.startsWith(first(given)))),
  endsWith: ofStrings(1, (text, given) => bool(text.endsWith(first(given)))),
  contains: ofStrings(1, (text, given) => bool(text.includes(first(given)))),
  substring,
  upper: ofStrings(0, text => [text.toUpperCase()]),
  lower: ofStrings(0, text => [text.toLowerCase()]),
  replace: ofStrings(2, (text, [search = '', by = '']) => [replaceAll(text, search, by)]),
  matches: matching(false),
  matchesFull: matching(true),
  replaceMatches,
  length: ofStrings(0, text => [text.length]),
  toChars: ofStrings(0, text => [...text]),
  trim: ofStrings(0, text => [text.trim()]),
  split: ofStrings(1, (text, given) => text.split(first(given))),
  join,
  encode: coded(encodeText),
  decode: coded(decodeText),
  escape: coded(escapeText),
  unescape: coded(unescapeText),
}
