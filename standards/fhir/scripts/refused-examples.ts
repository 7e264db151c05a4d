import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The examples that break the standard themselves, by name of file without its ending. */
export function refusedExamples(): Set<string> {
  // The list is our own.
  const groups = JSON.parse(readFileSync(join(import.meta.dirname, '../test/refused-examples.json'), 'utf8')) as {
    reason: string
    files: string[]
  }[]
  return new Set(groups.flatMap(({ files }) => files))
}
