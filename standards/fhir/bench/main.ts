/**
 * `node standards/fhir/bench/main.ts [--json]`: how fast this package reads, validates and writes on this machine, a row per case. Resources are
 * those of the tests' fixtures; each case runs for two seconds after one of warming up.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { formatJson, parseJson } from '../src/index.ts'
import { loadValidator } from '../src/validation/index.ts'
import { loadXmlFormat } from '../src/xml/index.ts'

const MEASURE_MS = 2000
const WARM_UP_MS = 1000
const PROFILE = 'http://hl7.org/fhir/StructureDefinition/vitalsigns'

interface Row {
  readonly bench: 'fhir-standard'
  readonly case: string
  readonly perSecond: number
}

function measure(name: string, run: () => unknown): Row {
  runFor(WARM_UP_MS, run)
  const { count, elapsedMs } = runFor(MEASURE_MS, run)
  return { bench: 'fhir-standard', case: name, perSecond: Math.round((count * 1000) / elapsedMs) }
}

function runFor(milliseconds: number, run: () => unknown): { count: number; elapsedMs: number } {
  const start = performance.now()
  let count = 0
  for (; performance.now() - start < milliseconds; count += 10) for (let round = 0; round < 10; round++) run()
  return { count, elapsedMs: performance.now() - start }
}

async function main(): Promise<void> {
  const fixtures = join(import.meta.dirname, '../test/fixtures')
  const bytes = readFileSync(join(fixtures, 'resources/observation.json'))
  const text = bytes.toString()
  const observation: unknown = JSON.parse(text)
  const patient: unknown = JSON.parse(readFileSync(join(fixtures, 'resources/patient.json'), 'utf8'))
  const validator = await loadValidator()
  const xml = await loadXmlFormat()
  const written = xml.format(observation)
  const parsed = parseJson(bytes)
  if (!written.ok || !parsed.ok) throw new Error('The fixture cannot be read')
  const rows = [
    measure('JSON.parse of an Observation of 1.6 kB (for comparison)', () =>
      JSON.parse(new TextDecoder().decode(bytes)),
    ),
    measure('parseJson of the same', () => parseJson(bytes)),
    measure('formatJson of the same', () => formatJson(parsed.value)),
    measure('XML of the same, read', () => xml.parse(written.value)),
    measure('XML of the same, written', () => xml.format(observation)),
    measure('validate the same, all rules', () => validator.validate(observation)),
    measure('validate the same against a profile too', () => validator.validate(observation, { profiles: [PROFILE] })),
    measure('validate a Patient, all rules', () => validator.validate(patient)),
  ]
  const isJson = process.argv.includes('--json')
  for (const row of rows)
    console.log(isJson ? JSON.stringify(row) : `${String(row.perSecond).padStart(9)}/s  ${row.case}`)
}

await main()
