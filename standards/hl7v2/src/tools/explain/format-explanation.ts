import type { ExplainedElement, Explanation } from './explain.ts'

export interface FormatExplanationOptions {
  /** Longest value shown; longer ones are cut. */
  readonly valueCharactersMax?: number
  /** Widest column of names; longer names push their value to the right. */
  readonly nameCharactersMax?: number
}

const VALUE_CHARACTERS_MAX_DEFAULT = 200
const NAME_CHARACTERS_MAX_DEFAULT = 48

interface Row {
  readonly path: string
  readonly name: string
  readonly value: string
}

/**
 * A message as people read it, a line for each value:
 *
 *     PID  Patient Identification
 *       PID-3       Patient Identifier List
 *       PID-3.1       ID Number:               123
 *       PID-8       Administrative Sex:        F (Female)
 */
export function formatExplanation(explanation: Explanation, options: FormatExplanationOptions = {}): string {
  const valueMax = options.valueCharactersMax ?? VALUE_CHARACTERS_MAX_DEFAULT
  const segments = explanation.segments.map(({ path, name, elements }) => ({
    title: name === undefined ? path : `${path}  ${name}`,
    rows: elements.flatMap(element => rowsOf(element, 0, valueMax)),
  }))
  const all = segments.flatMap(({ rows }) => rows)
  const pathWidth = all.reduce((widest, { path }) => Math.max(widest, path.length), 0)
  const nameMax = options.nameCharactersMax ?? NAME_CHARACTERS_MAX_DEFAULT
  const nameWidth = Math.min(
    nameMax,
    all.reduce((widest, { name }) => Math.max(widest, name.length), 0),
  )
  const lines = segments.flatMap(({ title, rows }) => [
    title,
    ...rows.map(({ path, name, value }) =>
      `  ${path.padEnd(pathWidth)}  ${name.padEnd(nameWidth)}  ${value}`.trimEnd(),
    ),
  ])
  return lines.map(line => `${line}\n`).join('')
}

function rowsOf(element: ExplainedElement, depth: number, valueMax: number): Row[] {
  const { path, name = '(not in the dictionary)', value, meaning, elements = [] } = element
  const indented = '  '.repeat(depth) + name
  if (value === undefined) {
    return [{ path, name: indented, value: '' }, ...elements.flatMap(inner => rowsOf(inner, depth + 1, valueMax))]
  }
  const shown = shorten(printable(value), valueMax)
  return [{ path, name: `${indented}:`, value: meaning === undefined ? shown : `${shown} (${meaning})` }]
}

/** Line breaks and other control characters as pictures of themselves, so that a value stays on its line. */
function printable(text: string): string {
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, character => {
    const code = character.charCodeAt(0)
    return code < 0x20 ? String.fromCharCode(0x2400 + code) : '\u2421'
  })
}

function shorten(text: string, charactersMax: number): string {
  if (text.length <= charactersMax) return text
  return `${text.slice(0, charactersMax)}… (${text.length} characters)`
}
