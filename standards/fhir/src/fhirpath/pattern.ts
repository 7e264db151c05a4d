import { FhirPathError } from './issue.ts'
import { MATCHED_CHARACTERS_MAX } from './limits.ts'
import { isLinearEnough } from './pattern-cost.ts'
import { compileLinear, type LinearPattern } from './pattern-linear.ts'

/** Patterns kept compiled. Definitions have a few hundred; a pattern made from data must not fill the memory. */
const PATTERNS_CACHED_MAX = 1000

const cache = new Map<string, RegExp | LinearPattern>()

/**
 * Compiles a pattern so that matching takes time in proportion to the text: by the JavaScript engine when the pattern
 * has no repetition within a repetition, by a simulated automaton otherwise. Throws for a malformed pattern, and for
 * look-around and back-references within repetitions, which neither does safely.
 */
function compiled(pattern: string, flags: string): RegExp | LinearPattern {
  const key = `${flags}/${pattern}`
  const known = cache.get(key)
  if (known !== undefined) return known
  const expression = toRegExp(pattern, flags)
  const result = isLinearEnough(pattern) ? expression : compileLinear(pattern, flags.includes('i'))
  if (cache.size >= PATTERNS_CACHED_MAX) cache.clear()
  cache.set(key, result)
  return result
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

export function matchesPattern(text: string, pattern: string, flags: string): boolean {
  checkLength(text)
  return compiled(pattern, flags).test(text)
}

/** Replaces every match; `$1` in `by` is the first group. */
export function replacePattern(text: string, pattern: string, by: string): string {
  checkLength(text)
  const expression = compiled(pattern, '')
  if (!(expression instanceof RegExp))
    throw new FhirPathError('pattern-refused', 'A pattern that repeats a repetition can be matched, but not replaced')
  return text.replace(new RegExp(expression.source, `${expression.flags}g`), by)
}
