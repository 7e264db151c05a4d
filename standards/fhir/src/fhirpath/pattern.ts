import { FhirPathError } from './issue.ts'
import { MATCHED_CHARACTERS_MAX } from './limits.ts'
import { type PatternCost, patternCost } from './pattern-cost.ts'
import { compileLinear, type LinearPattern } from './pattern-linear.ts'

/** Patterns kept compiled. Definitions have a few hundred; a pattern made from data must not fill the memory. */
const PATTERNS_CACHED_MAX = 1000

/** Steps that a backtracking engine may take at most: a fraction of a second. */
const STEPS_MAX = 1e8

interface CompiledPattern {
  readonly expression: RegExp
  readonly cost: PatternCost
  /** Made when the first text comes that is too long for the expression. */
  linear?: LinearPattern
}

const cache = new Map<string, CompiledPattern>()

function compiled(pattern: string, flags: string): CompiledPattern {
  const key = `${flags}/${pattern}`
  const known = cache.get(key)
  if (known !== undefined) return known
  const result: CompiledPattern = { expression: toRegExp(pattern, flags), cost: patternCost(pattern) }
  if (cache.size >= PATTERNS_CACHED_MAX) cache.clear()
  cache.set(key, result)
  return result
}

function isAffordable(cost: PatternCost, text: string): boolean {
  return !cost.isExponential && cost.ways * text.length ** (cost.repetitions + 1) <= STEPS_MAX
}

/** A dot matches line ends too (FHIRPath 2.0 §5.6.9). Patterns with escapes that Unicode mode forbids are read without it. */
function toRegExp(pattern: string, flags: string): RegExp {
  if (!/^[gimsu]*$/.test(flags)) throw new FhirPathError('pattern-refused', 'The flags of a pattern are among i and m')
  const wanted = `${flags.includes('i') ? 'i' : ''}${flags.includes('m') ? 'm' : ''}s`
  for (const mode of [`${wanted}u`, wanted]) {
    try {
      return new RegExp(pattern, mode)
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error
    }
  }
  throw new FhirPathError('pattern-refused', 'A pattern is no regular expression')
}

function checkLength(text: string): void {
  if (text.length > MATCHED_CHARACTERS_MAX)
    throw new FhirPathError(
      'evaluation-too-large',
      `A text is longer than the ${MATCHED_CHARACTERS_MAX} characters that are matched`,
    )
}

/**
 * Whether a pattern matches somewhere in a text, in bounded time: by the JavaScript engine where its repetitions and the
 * length of the text let it, by a simulated automaton otherwise, whose time is in proportion to the text. Throws for a
 * malformed pattern, and for look-around and back-references that neither would do safely.
 */
export function matchesPattern(text: string, pattern: string, flags: string): boolean {
  checkLength(text)
  const found = compiled(pattern, flags)
  if (isAffordable(found.cost, text)) return found.expression.test(text)
  found.linear ??= compileLinear(pattern, flags.includes('i'))
  return found.linear.test(text)
}

/** Replaces every match; `$1` in `by` is the first group. */
export function replacePattern(text: string, pattern: string, by: string): string {
  checkLength(text)
  const { expression, cost } = compiled(pattern, '')
  if (!isAffordable(cost, text))
    throw new FhirPathError('pattern-refused', 'A pattern repeats too much to be replaced in a text of this length')
  return text.replace(new RegExp(expression.source, `${expression.flags}g`), by)
}
