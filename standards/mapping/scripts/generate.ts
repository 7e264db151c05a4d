/**
 * Makes `src/generated/*.ts` from the CSV maps of the HL7 v2-to-FHIR implementation guide.
 *
 *   npm run generate -w standards/mapping               writes the files
 *   npm run generate -w standards/mapping -- --check    fails when a file is not what would be written
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { elementTable } from './elements.ts'
import { conceptMaps, elementMaps, messageMaps } from './guide.ts'

export const GUIDE_FOLDER: string = join(import.meta.dirname, '../../../../shared/data/v2-to-fhir')
const OUT = join(import.meta.dirname, '../src/generated')
const HEADER = `// Made by scripts/generate.ts from the CSV maps of HL7/v2-to-fhir (Apache-2.0, see NOTICE). Do not edit.\n`

function file(imports: string, name: string, type: string, data: Record<string, unknown>): string {
  const body = Object.entries(data)
    .map(([key, value]) => `  ${JSON.stringify(key)}: ${lines(value)},\n`)
    .join('')
  return `${HEADER}${imports}\nexport const ${name}: ${type} = {\n${body}}\n`
}

/** One row a line, so that a change of the guide shows as such. */
function lines(value: unknown): string {
  if (Array.isArray(value)) return `[\n${value.map(row => `    ${JSON.stringify(row)},\n`).join('')}  ]`
  if (typeof value === 'object' && value !== null && 'rows' in value) {
    const { rows, ...rest } = value
    return `{ ...${JSON.stringify(rest)}, rows: ${lines(rows)} }`
  }
  return JSON.stringify(value)
}

/** Path and content of every generated file. */
export async function generatedFiles(): Promise<Map<string, string>> {
  const at = (folder: string): string => join(GUIDE_FOLDER, folder)
  return new Map([
    [
      'messages.ts',
      file(
        "import type { GuideMessages } from '../maps/guide-tables.ts'",
        'GUIDE_MESSAGES',
        'GuideMessages',
        messageMaps(at('messages')),
      ),
    ],
    [
      'segments.ts',
      file(
        "import type { GuideElements } from '../maps/guide-tables.ts'",
        'GUIDE_SEGMENTS',
        'GuideElements',
        elementMaps(at('segments')),
      ),
    ],
    [
      'datatypes.ts',
      file(
        "import type { GuideElements } from '../maps/guide-tables.ts'",
        'GUIDE_DATA_TYPES',
        'GuideElements',
        elementMaps(at('datatypes')),
      ),
    ],
    [
      'concept-maps.ts',
      file(
        "import type { GuideConcepts } from '../maps/guide-tables.ts'",
        'GUIDE_CONCEPT_MAPS',
        'GuideConcepts',
        conceptMaps(at('codesystems')),
      ),
    ],
    ['elements.ts', file('', 'ELEMENTS', 'Readonly<Record<string, string>>', await elementTable())],
  ])
}

/** Names of generated files that differ from what would be written. */
export async function staleFiles(): Promise<string[]> {
  const stale: string[] = []
  for (const [name, content] of await generatedFiles()) {
    const path = join(OUT, name)
    if (!existsSync(path) || readFileSync(path, 'utf8') !== content) stale.push(name)
  }
  return stale
}

if (import.meta.main) {
  if (!existsSync(GUIDE_FOLDER)) {
    console.log('skipped: the CSV maps are not here')
  } else if (process.argv.includes('--check')) {
    const stale = await staleFiles()
    if (stale.length > 0) {
      console.error(`Not what the generator writes: ${stale.join(', ')}. Run npm run generate -w standards/mapping`)
      process.exitCode = 1
    }
  } else {
    for (const [name, content] of await generatedFiles()) writeFileSync(join(OUT, name), content)
  }
}
