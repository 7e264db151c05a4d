import { diffArrays, diffWordsWithSpace } from 'diff'
import { splitLines } from './raw-lines.ts'

export type DiffSpan = { readonly text: string; readonly changed: boolean }
export type DiffRow = {
  readonly kind: 'same' | 'added' | 'removed' | 'changed'
  /** Line number and content on each side; null where that side has no such line. */
  readonly before: { readonly number: number; readonly spans: readonly DiffSpan[] } | null
  readonly after: { readonly number: number; readonly spans: readonly DiffSpan[] } | null
}

/** Two texts line by line (segments, or JSON lines); inside a changed line, what changed. */
export function diffTexts(before: string, after: string): DiffRow[] {
  const rows: DiffRow[] = []
  let beforeLine = 0
  let afterLine = 0
  let removed: string[] = []
  const plain = (text: string, changed: boolean): DiffSpan[] => [{ text, changed }]
  const flush = (added: readonly string[]): void => {
    const pairs = Math.max(removed.length, added.length)
    for (let index = 0; index < pairs; index++) {
      const old = removed[index]
      const fresh = added[index]
      if (old !== undefined && fresh !== undefined) {
        const spans = diffWithin(old, fresh)
        rows.push({
          kind: 'changed',
          before: { number: ++beforeLine, spans: spans.before },
          after: { number: ++afterLine, spans: spans.after },
        })
      } else if (old !== undefined) {
        rows.push({ kind: 'removed', before: { number: ++beforeLine, spans: plain(old, true) }, after: null })
      } else if (fresh !== undefined) {
        rows.push({ kind: 'added', before: null, after: { number: ++afterLine, spans: plain(fresh, true) } })
      }
    }
    removed = []
  }
  for (const change of diffArrays(linesOf(before), linesOf(after))) {
    if (change.removed) {
      removed.push(...change.value)
      continue
    }
    if (change.added) {
      flush(change.value)
      continue
    }
    flush([])
    for (const line of change.value) {
      const spans = plain(line, false)
      rows.push({ kind: 'same', before: { number: ++beforeLine, spans }, after: { number: ++afterLine, spans } })
    }
  }
  flush([])
  return rows
}

export const countChanges = (rows: readonly DiffRow[]): number => rows.filter(row => row.kind !== 'same').length

/** Long unchanged stretches folded away: what is left around a change is `context` lines. */
export function foldUnchanged(
  rows: readonly DiffRow[],
  context: number,
): (DiffRow | { readonly kind: 'fold'; readonly count: number })[] {
  const near = rows.map((_, index) =>
    rows.slice(Math.max(0, index - context), index + context + 1).some(row => row.kind !== 'same'),
  )
  const folded: (DiffRow | { readonly kind: 'fold'; readonly count: number })[] = []
  let hiddenCount = 0
  rows.forEach((row, index) => {
    if (!near[index]) {
      hiddenCount++
      return
    }
    if (hiddenCount > 0) folded.push({ kind: 'fold', count: hiddenCount })
    hiddenCount = 0
    folded.push(row)
  })
  if (hiddenCount > 0) folded.push({ kind: 'fold', count: hiddenCount })
  return folded
}

const linesOf = (text: string): string[] => splitLines(text).map(line => line.replace(/[\r\n]+$/, ''))

function diffWithin(before: string, after: string): { readonly before: DiffSpan[]; readonly after: DiffSpan[] } {
  const parts = diffWordsWithSpace(before, after)
  return {
    before: parts.filter(part => !part.added).map(part => ({ text: part.value, changed: part.removed })),
    after: parts.filter(part => !part.removed).map(part => ({ text: part.value, changed: part.added })),
  }
}
