/** What decides how long a backtracking engine may take. */
export interface PatternCost {
  /** A repetition of what can match in several ways, or a back-reference: the time may double with each character. */
  readonly isExponential: boolean
  /** Repetitions without a bound, or with a high one: the time grows with the text to the power of these and one more. */
  readonly repetitions: number
  /** Ways to go that alternatives and small repetitions leave, each of which may have to be tried. */
  readonly ways: number
}

/** A repetition that may match more often than this counts as one without a bound. */
const SMALL_REPETITION = 10

/** Reads a pattern for what its repetitions may cost. Errs on the side of caution. */
export function patternCost(pattern: string): PatternCost {
  let repetitions = 0
  let ways = 1
  /** For each open group, whether it can match in several ways. */
  const groups: boolean[] = []
  let lastGroupVaries = false
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern[at]
    if (character === '\\') {
      at++
      // A back-reference can repeat what a repetition matched.
      if (/[1-9k]/.test(pattern[at] ?? '')) return { isExponential: true, repetitions, ways }
      lastGroupVaries = false
    } else if (character === '[') {
      at = endOfClass(pattern, at)
      lastGroupVaries = false
    } else if (character === '(') {
      groups.push(false)
      if (pattern[at + 1] === '?') at++
    } else if (character === '|') {
      ways *= 2
      if (groups.length > 0) groups[groups.length - 1] = true
    } else if (character === ')') {
      lastGroupVaries = groups.pop() ?? false
      if (lastGroupVaries && groups.length > 0) groups[groups.length - 1] = true
    } else {
      const length = repetitionLength(pattern, at)
      if (length > 0) {
        if (lastGroupVaries && mostRepeats(pattern.slice(at, at + length)) > 1)
          return { isExponential: true, repetitions, ways }
        const most = mostRepeats(pattern.slice(at, at + length))
        if (groups.length > 0) groups[groups.length - 1] = true
        if (most > SMALL_REPETITION) repetitions++
        else ways *= most + 1
        at += length - 1
      } else lastGroupVaries = false
    }
  }
  return { isExponential: false, repetitions, ways }
}

/** How often a repetition may match: `{1,9}` nine times, `*` without end. */
function mostRepeats(text: string): number {
  if (text.startsWith('?')) return 1
  const [, low, comma, high] = /^\{(\d+)(,?)(\d*)\}/.exec(text) ?? []
  if (low === undefined) return Number.POSITIVE_INFINITY
  return comma === '' ? Number(low) : high === '' ? Number.POSITIVE_INFINITY : Number(high)
}

/** Length of the repetition that starts here, with its lazy mark; 0 for none. */
export function repetitionLength(pattern: string, at: number): number {
  const match = /[*+?]\??|\{\d+(?:,\d*)?\}\??/y
  match.lastIndex = at
  return match.exec(pattern)?.[0].length ?? 0
}

/** Position of the bracket that closes the class which opens here. */
export function endOfClass(pattern: string, at: number): number {
  for (let position = at + 1; position < pattern.length; position++) {
    if (pattern[position] === '\\') position++
    else if (pattern[position] === ']') return position
  }
  return pattern.length
}
