/**
 * `npm run compare-fhirpath -w standards/fhir [-- --every 10]`: every search expression and every invariant of R4, by the
 * compiler of this package and by fhirpath.js, over HL7's examples (`npm run fetch-examples` gets them), the examples of US
 * Core and the Synthea bundles of ../shared where they are. Prints how many agree, the times, and each difference with its
 * reason. Exit code 1 when a difference has none.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { gunzipSync } from 'node:zlib'
import { loadSearchParameters, loadTypes } from '../src/definitions/index.ts'
import {
  createFhirPathCompiler,
  isJsonObject,
  type JsonObject,
  modelFromStructureDefinitions,
} from '../src/fhirpath/index.ts'
import { type Comparison, EngineComparison, REASONS, reasonFor, unexplained } from '../src/fhirpath/test/compare.ts'
import { readTar } from '../src/packages/tar.ts'
import { exampleFiles, examplesMissing } from './examples-archive.ts'

/** A definition of several megabytes takes fhirpath.js minutes, and shows nothing that a small one does not. */
const CHARACTERS_MAX = 300_000

const shared = join(import.meta.dirname, '../../../../shared/data/fhir-r4')
const { values } = parseArgs({ options: { every: { type: 'string', default: '1' } } })
const every = Math.max(1, Number(values.every))

function* archiveTexts(path: string, select: (name: string) => boolean): Generator<string> {
  if (!existsSync(path)) return
  for (const entry of readTar(gunzipSync(readFileSync(path))))
    if (entry.path.endsWith('.json') && select(entry.path)) yield new TextDecoder().decode(entry.bytes)
}

function* texts(): Generator<string> {
  if (examplesMissing === false) for (const { text } of exampleFiles()) yield text
  else console.log(`SKIPPED: ${examplesMissing}`)
  yield* archiveTexts(join(shared, 'us-core/us_core_610.tgz'), name => name.includes('/example/'))
}

function* resources(): Generator<JsonObject> {
  let count = 0
  for (const text of texts()) {
    if (count++ % every !== 0 || text.length > CHARACTERS_MAX) continue
    const resource: unknown = JSON.parse(text)
    if (isJsonObject(resource) && typeof resource['resourceType'] === 'string') yield resource
  }
  for (const text of archiveTexts(join(shared, 'synthea/synthea-bundles.tar.gz'), () => true)) {
    const bundle: unknown = JSON.parse(text)
    const entries = isJsonObject(bundle) && Array.isArray(bundle['entry']) ? bundle['entry'] : []
    for (const entry of entries) {
      const resource: unknown = isJsonObject(entry) ? entry['resource'] : undefined
      // One bundle is much like the next: a hundredth of them shows what there is.
      if (isJsonObject(resource) && count++ % (every * 100) === 0) yield resource
    }
  }
}

function report(name: string, comparison: Comparison): void {
  const { equal, oursMs, theirsMs, differences } = comparison
  const different = [...differences.values()].reduce((sum, each) => sum + each.count, 0)
  const factor = (theirsMs / oursMs).toFixed(1)
  console.log(
    `${name}: ${equal} equal, ${different} different in ${differences.size} expressions; ${Math.round(oursMs)} ms and ${Math.round(theirsMs)} ms by fhirpath.js, ${factor} x`,
  )
  for (const reason of REASONS) {
    const explained = [...differences].filter(([expression, each]) => reasonFor(expression, each) === reason)
    if (explained.length > 0) console.log(`  ${explained.length} expressions: ${reason.why}`)
  }
  for (const line of unexplained(comparison)) console.log(`  WITHOUT A REASON: ${line}`)
}

const definitions = await loadTypes()
const compiler = createFhirPathCompiler(modelFromStructureDefinitions(definitions.types()))
const comparison = new EngineComparison(compiler, await loadSearchParameters(), definitions.types(), () =>
  performance.now(),
)
let count = 0
for (const resource of resources()) {
  comparison.compareSearch(resource)
  comparison.compareInvariants(resource)
  count++
}
console.log(`${count} resources`)
report('search expressions', comparison.search)
report('invariants', comparison.invariants)
process.exitCode = unexplained(comparison.search).length + unexplained(comparison.invariants).length === 0 ? 0 : 1
