import type { EntryKind } from './entry-text.ts'

/** A version's entries, found by kind and id, parsed by who asks. */
export interface EntryIndex {
  /** What follows the id in an entry's line. */
  find(kind: EntryKind, id: string): string | undefined
  /** Ids of a kind, sorted. */
  ids(kind: EntryKind): readonly string[]
}

/**
 * Finds entries in the text of a version. Only where each line begins is kept: 1,500 numbers, where the parsed dictionary would
 * be 30,000 objects. What a version shares with its base is not repeated in its text; a line `-S:QRD` says that it dropped an entry.
 */
export function indexEntries(text: string, base: EntryIndex | undefined): EntryIndex {
  const starts = new Map<string, number>()
  const dropped = new Set<string>()
  for (let start = 0; start < text.length; ) {
    const next = text.indexOf('\n', start)
    const end = next < 0 ? text.length : next
    if (text.startsWith('-', start)) dropped.add(text.slice(start + 1, end))
    else {
      const bar = text.indexOf('|', start)
      starts.set(text.slice(start, bar), bar + 1)
    }
    start = end + 1
  }
  return {
    find(kind, id) {
      const key = `${kind}:${id}`
      const start = starts.get(key)
      if (start === undefined) return dropped.has(key) ? undefined : base?.find(kind, id)
      const end = text.indexOf('\n', start)
      return end < 0 ? text.slice(start) : text.slice(start, end)
    },
    ids(kind) {
      const prefix = `${kind}:`
      const ids = new Set((base?.ids(kind) ?? []).filter(id => !dropped.has(prefix + id)))
      for (const key of starts.keys()) if (key.startsWith(prefix)) ids.add(key.slice(prefix.length))
      return [...ids].sort()
    },
  }
}
