/** `\F\ \S\ \T\ \R\ \E\ \P\ \L\` (L: truncation before it was P), highlighting, and what takes arguments (HL7 v2.9 §2.7). */
const KNOWN = /^(?:[FSTREPLHN]|X(?:[0-9A-Fa-f]{2})+|Z.{0,200}|C[0-9A-Fa-f]{4}|M[0-9A-Fa-f]{4}(?:[0-9A-Fa-f]{2})?)$/
const FORMATTING = /^\.(?:sp|br|fi|nf|in|ti|sk|ce)[+-]?\d{0,4}$/
/** Types whose text a receiver lays out, so that formatting commands have a meaning (HL7 v2.5.1 §2.7.6); unknown types may be. */
const FORMATTED: ReadonlySet<string> = new Set(['FT', 'TX'])

/** What is wrong with the escapes of a text, or undefined. Linear. */
export function escapeFault(raw: string, mark: string | undefined, typeId: string | undefined): string | undefined {
  if (mark === undefined) return undefined
  for (let at = raw.indexOf(mark); at >= 0; ) {
    const end = raw.indexOf(mark, at + 1)
    if (end < 0) return 'An escape is not closed; a plain escape character is written as \\E\\'
    const sequence = raw.slice(at + 1, end)
    if (FORMATTING.test(sequence)) {
      if (typeId !== undefined && !FORMATTED.has(typeId))
        return `A formatting command stands in ${typeId}, which is not laid out`
    } else if (!KNOWN.test(sequence)) return 'This is no escape of the standard'
    at = raw.indexOf(mark, end + 1)
  }
  return undefined
}
