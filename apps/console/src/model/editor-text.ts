/**
 * A text area knows LF only. What came with CR or CRLF goes out with CR or CRLF; a message that mixes line ends keeps the
 * commonest one, as an edited line has no line end of its own to keep.
 */

const lineEnd = /\r\n|\r|\n/g

export const toEditorText = (text: string): string => text.replace(lineEnd, '\n')

export function fromEditorText(edited: string, original: string): string {
  return edited.replace(/\r\n|\r|\n/g, commonestLineEnd(original))
}

function commonestLineEnd(text: string): string {
  const counts = new Map<string, number>()
  for (const [end] of text.matchAll(lineEnd)) counts.set(end, (counts.get(end) ?? 0) + 1)
  const [commonest] = [...counts].sort((a, b) => b[1] - a[1])
  return commonest?.[0] ?? '\r'
}
