/** Unbounded repetitions that a backtracking engine may be given in one pattern: its time grows with this power of the text. */
const REPETITIONS_MAX = 3

/**
 * Whether a backtracking engine matches the pattern in bounded time: no unbounded repetition within a repetition, and
 * few of them in all. Errs on the side of no.
 */
export function isLinearEnough(pattern: string): boolean {
  let unbounded = 0
  /** For each open group, whether a repetition stands in it. */
  const groups: boolean[] = []
  let lastGroupRepeats = false
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern[at]
    if (character === '\\') {
      at++
      // A back-reference can repeat what a repetition matched.
      if (/[1-9k]/.test(pattern[at] ?? '')) return false
      lastGroupRepeats = false
    } else if (character === '[') {
      at = endOfClass(pattern, at)
      lastGroupRepeats = false
    } else if (character === '(') {
      groups.push(false)
      if (pattern[at + 1] === '?') at++
    } else if (character === ')') {
      lastGroupRepeats = groups.pop() ?? false
      if (lastGroupRepeats && groups.length > 0) groups[groups.length - 1] = true
    } else {
      const length = repetitionLength(pattern, at)
      if (length > 0) {
        if (lastGroupRepeats) return false
        const repeated = pattern.slice(at, at + length)
        if (!/^(?:\?|\{[01]\})/.test(repeated)) {
          if (groups.length > 0) groups[groups.length - 1] = true
          if (/^[*+]|,\}/.test(repeated)) unbounded++
        }
        at += length - 1
      } else lastGroupRepeats = false
    }
  }
  return unbounded <= REPETITIONS_MAX
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
