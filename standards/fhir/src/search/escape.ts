/**
 * Splits at every separator that no backslash precedes. The parts keep their escapes, so that they can be split again
 * (R4 search.html#escaping).
 */
export function splitEscaped(text: string, separator: ',' | '$' | '|'): readonly string[] {
  if (!text.includes('\\')) return text.split(separator)
  const parts: string[] = []
  let start = 0
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '\\') at++
    else if (text[at] === separator) {
      parts.push(text.slice(start, at))
      start = at + 1
    }
  }
  parts.push(text.slice(start))
  return parts
}

/** `\,` `\$` `\|` and `\\` as the character alone. A backslash before anything else stands for itself. */
export function unescapeValue(text: string): string {
  return text.includes('\\') ? text.replace(/\\([,$|\\])/g, '$1') : text
}

export function escapeValue(text: string): string {
  return text.replace(/[,$|\\]/g, '\\$&')
}
