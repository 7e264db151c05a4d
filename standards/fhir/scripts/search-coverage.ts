/**
 * `npm run search-coverage -w standards/fhir [-- --missing]`: what the search parameters of R4 find in HL7's examples
 * (`npm run fetch-examples` gets them): how many parameters there are, how many have a value in some example, how many
 * values, and how long a resource takes. `--missing` lists the parameters that no example has. Exit code 1 when an
 * expression fails.
 */
import { parseArgs } from 'node:util'
import { loadSearchParameters, loadTypes } from '../src/definitions/index.ts'
import { createFhirPathCompiler, isJsonObject, modelFromStructureDefinitions } from '../src/fhirpath/index.ts'
import { parseJson } from '../src/json/parse-json.ts'
import { createSearchExtractor, SearchParameters } from '../src/search/index.ts'
import { exampleFiles, examplesMissing } from './examples-archive.ts'

const { values: options } = parseArgs({ options: { missing: { type: 'boolean', default: false } } })

if (examplesMissing !== false) {
  console.log(`SKIPPED: ${examplesMissing}`)
  process.exit(0)
}

const definitions = await loadTypes()
const parameters = new SearchParameters(await loadSearchParameters(), definitions.resourceTypes())
const extractor = createSearchExtractor(
  createFhirPathCompiler(modelFromStructureDefinitions(definitions.types())),
  parameters,
)
const counts = new Map<string, number>()
const failures: string[] = []
let resources = 0
let extractMs = 0
for (const { name, text } of exampleFiles()) {
  const read = parseJson(text)
  if (!read.ok || !isJsonObject(read.value) || typeof read.value['resourceType'] !== 'string') continue
  const started = performance.now()
  const { index, issues } = extractor.extract(read.value)
  extractMs += performance.now() - started
  resources++
  for (const issue of issues) failures.push(`${name}: ${issue.text}`)
  for (const [code, values] of index.values) {
    const key = `${index.resourceType}.${code}`
    counts.set(key, (counts.get(key) ?? 0) + values.length)
  }
}

const all: string[] = []
for (const type of parameters.resourceTypes) {
  for (const issue of extractor.unsupported(type)) failures.push(`${type}: ${issue.text}`)
  for (const [code, definition] of parameters.forType(type))
    if (definition.expression !== undefined && !code.startsWith('_')) all.push(`${type}.${code}`)
}
const missing = all.filter(key => !counts.has(key))
const values = [...counts.values()].reduce((sum, count) => sum + count, 0)
console.log(`${resources} resources, ${values} values, ${((extractMs / resources) * 1000).toFixed(0)} µs a resource`)
console.log(
  `${all.length} parameters of ${parameters.resourceTypes.size} types: ${all.length - missing.length} have a value in an example, ${missing.length} have none`,
)
if (options.missing) for (const key of missing) console.log(`  ${key}`)
for (const failure of failures) console.log(`FAILED ${failure}`)
process.exitCode = failures.length === 0 ? 0 : 1
