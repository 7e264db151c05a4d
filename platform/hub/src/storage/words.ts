import { foldText } from '@samband/fhir/search'

/** Words of one resource that can be found; a longer text is found by its beginning. */
export const wordsMax = 2_000
const wordCharactersMax = 40

const word = /[\p{L}\p{N}]+/gu
const tag = /<[^>]*>|&[a-z]+;/gi
/** Nobody looks for the parts of a date or time among words, and each would be a token of its own. */
const instantForm = /^\d{4}-\d\d(?:-\d\d(?:T[\d:.+Z-]+)?)?$/

/** The words of a text as `_text` and `_content` compare them: folded, each once. */
export function wordsOf(text: string): ReadonlySet<string> {
  return new Set((foldText(text).match(word) ?? []).map(each => each.slice(0, wordCharactersMax)))
}

/** What is not text to a reader: addresses, ids, codes' systems, coded values. */
const notRead: ReadonlySet<string> = new Set([
  'resourceType',
  'id',
  'meta',
  'system',
  'url',
  'reference',
  'code',
  'status',
  'language',
  'contentType',
  'data',
  'version',
  'implicitRules',
])

/** Words of the narrative, and of everything that is written for people, the narrative included. */
export function resourceWords(resource: Readonly<Record<string, unknown>>): {
  readonly narrative: ReadonlySet<string>
  readonly content: ReadonlySet<string>
} {
  const content = new Set<string>()
  const visit = (value: unknown, name: string): void => {
    if (content.size >= wordsMax) return
    if (typeof value === 'string') {
      if (!notRead.has(name) && !instantForm.test(value))
        for (const each of wordsOf(name === 'div' ? value.replaceAll(tag, ' ') : value)) content.add(each)
    } else if (Array.isArray(value)) for (const each of value) visit(each, name)
    else if (typeof value === 'object' && value !== null) {
      for (const [key, member] of Object.entries(value)) {
        // `code` is a code, and a concept: only the former is not read.
        if (typeof member !== 'string' && (key === 'meta' || key === 'data')) continue
        visit(member, key)
      }
    }
  }
  visit(resource, '')
  const text = resource['text']
  const div = typeof text === 'object' && text !== null && 'div' in text ? text.div : undefined
  return { narrative: typeof div === 'string' ? wordsOf(div.replaceAll(tag, ' ')) : new Set(), content }
}
