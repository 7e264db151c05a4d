import type { ConceptTable, MappedCode } from '../maps/map-row.ts'
import type { RunContext } from '../run/run-context.ts'
import { tableSystem } from './code-systems.ts'

/** A concept map as a row uses it: the deployment's is asked before the guide's. */
export interface Vocabulary {
  readonly name: string
  readonly table: ConceptTable | undefined
}

function lookUp({ name, table }: Vocabulary, code: string, run: RunContext): MappedCode | undefined {
  const own = run.settings.concepts?.[name]?.codes
  return own?.get(code) ?? table?.codes.get(code) ?? table?.codes.get(code.toUpperCase()) ?? foldCase(table, code)
}

/** Codes in other letters, and words where the sender writes what a code means instead of the code. */
function foldCase(table: ConceptTable | undefined, code: string): MappedCode | undefined {
  if (table === undefined || code.length < 3) return undefined
  const key = code.toLowerCase()
  for (const [from, to] of table.codes) if (from.toLowerCase() === key) return to
  if (code.length < 4) return undefined
  for (const to of table.codes.values()) if (to.display?.toLowerCase() === key) return to
  return undefined
}

/** The code of FHIR for one of HL7's table. A code that is FHIR's already stays; anything else is noted and undefined. */
export function mapCode(vocabulary: Vocabulary, code: string, run: RunContext, display = ''): MappedCode | undefined {
  const found = lookUp(vocabulary, code, run)
  if (found !== undefined) return found
  for (const to of vocabulary.table?.codes.values() ?? []) if (to.code === code) return to
  noteUnmapped(vocabulary, code, display, run)
  return undefined
}

/** Keeps a code for a human; the same code of the same vocabulary stands once. */
export function noteUnmapped({ name, table }: Vocabulary, code: string, display: string, run: RunContext): void {
  if (run.unmapped.some(known => known.code === code && known.vocabulary === name)) return
  const system = table === undefined ? undefined : tableSystem(table.table)
  run.unmapped.push({
    vocabulary: name,
    code,
    path: run.sourcePath,
    ...(display === '' ? {} : { display }),
    ...(system === undefined ? {} : { system }),
  })
  run.issue('code-unmapped', 'warning', `A code is not in the map ${name}; it was kept as it came`)
}

/** The system of FHIR of the table that a vocabulary maps from. */
export function sourceSystem({ table }: Vocabulary): string | undefined {
  return table === undefined ? undefined : tableSystem(table.table)
}
