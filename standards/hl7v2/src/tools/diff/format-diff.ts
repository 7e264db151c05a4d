import type { Change, ChangeSide, Diff } from './diff.ts'

/** Where names come from: a loaded `Dictionary`. */
export interface PathNames {
  nameOf(path: string): string | undefined
}

export interface FormatDiffOptions {
  /** Adds the standard's names to the paths. */
  readonly dictionary?: PathNames
  /** Longest value shown; longer ones are cut in the middle. */
  readonly valueCharactersMax?: number
}

const SIGNS = { added: '+', removed: '-', changed: '~' } as const
const VALUE_CHARACTERS_MAX_DEFAULT = 160

/** The differences as text, a line each: `~ PID-5.1  HANSEN → JENSEN`. Empty where there are none. */
export function formatDiff(diff: Diff, options: FormatDiffOptions = {}): string {
  const rows = diff.changes.map(change => ({ sign: SIGNS[change.kind], path: pathsOf(change), change }))
  const width = rows.reduce((widest, { path }) => Math.max(widest, path.length), 0)
  const lines = rows.map(({ sign, path, change }) => {
    const name = nameOf(change, options.dictionary)
    return `${sign} ${path.padEnd(width)}  ${valuesOf(change, options)}${name === undefined ? '' : `  (${name})`}\n`
  })
  return lines.join('')
}

function pathsOf({ before, after }: Change): string {
  if (before === undefined || after === undefined || before.path === after.path) return (after ?? before)?.path ?? ''
  return `${before.path} → ${after.path}`
}

function valuesOf({ before, after }: Change, options: FormatDiffOptions): string {
  const sides = [before, after].filter(side => side !== undefined)
  return sides.map(side => shown(side, options.valueCharactersMax ?? VALUE_CHARACTERS_MAX_DEFAULT)).join(' → ')
}

/** On one line, whatever the value holds: control characters become pictures of themselves. */
function shown({ text }: ChangeSide, charactersMax: number): string {
  const printable = text.replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, character => {
    const code = character.charCodeAt(0)
    return code < 0x20 ? String.fromCharCode(0x2400 + code) : '\u2421'
  })
  if (printable.length <= charactersMax) return printable
  const half = Math.max(1, Math.floor((charactersMax - 1) / 2))
  return `${printable.slice(0, half)}…${printable.slice(-half)}`
}

function nameOf({ before, after }: Change, dictionary: PathNames | undefined): string | undefined {
  const path = (after ?? before)?.path
  return path === undefined ? undefined : dictionary?.nameOf(path)
}
