/** A test for names by a pattern of * (any characters) and ? (one). */
export function namePattern(pattern: string): (name: string) => boolean {
  const source = pattern
    .replace(/[\\^$.+()[\]{}|]/g, '\\$&')
    .replace(/\*+/g, '.*')
    .replace(/\?/g, '.')
  const expression = new RegExp(`^${source}$`, 'us')
  return name => expression.test(name)
}
