import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { requireShared } from '@samband/testing'
import { loadSearchParameters, loadTypes } from '../definitions/index.ts'
import { readTar } from '../packages/tar.ts'
import { createFhirPathCompiler, isJsonObject, type JsonObject, modelFromStructureDefinitions } from './index.ts'
import { EngineComparison, unexplained } from './test/compare.ts'

/** One of so many examples here; all of them, and HL7's, by `npm run compare-fhirpath -w standards/fhir`. */
const EVERY = 3

function* examples(path: string): Generator<JsonObject> {
  let count = 0
  for (const { path: name, bytes } of readTar(gunzipSync(readFileSync(path)))) {
    if (!name.includes('/example/') || !name.endsWith('.json') || count++ % EVERY !== 0) continue
    const resource: unknown = JSON.parse(new TextDecoder().decode(bytes))
    if (isJsonObject(resource) && typeof resource['resourceType'] === 'string') yield resource
  }
}

/** Every other of the examples of all types that the package keeps for its tests. */
function* sample(): Generator<JsonObject> {
  const file = new URL('../../test/fixtures/examples-sample.ndjson.gz', import.meta.url)
  const lines = gunzipSync(readFileSync(file)).toString('utf8').trimEnd().split('\n')
  for (let index = 0; index < lines.length; index += 2) {
    const resource: unknown = JSON.parse(lines[index] ?? '')
    if (isJsonObject(resource)) yield resource
  }
}

async function compared(resources: Iterable<JsonObject>): Promise<EngineComparison> {
  const definitions = await loadTypes()
  const compiler = createFhirPathCompiler(modelFromStructureDefinitions(definitions.types()))
  const comparison = new EngineComparison(compiler, await loadSearchParameters(), definitions.types())
  for (const resource of resources) {
    comparison.compareSearch(resource)
    comparison.compareInvariants(resource)
  }
  assert.deepEqual(unexplained(comparison.search), [])
  assert.deepEqual(unexplained(comparison.invariants), [])
  return comparison
}

test("on HL7's examples, search expressions and invariants give what fhirpath.js gives, or differ for a reason", async () => {
  const { search, invariants } = await compared(sample())
  assert.ok(search.equal > 1000, `${search.equal} search expressions compared`)
  assert.ok(invariants.equal > 2000, `${invariants.equal} invariants compared`)
})

test("on US Core's examples they do too", async t => {
  const archive = requireShared(t, 'data/fhir-r4/us-core/us_core_610.tgz')
  if (archive === undefined) return
  const { search, invariants } = await compared(examples(archive))
  assert.ok(search.equal > 300, `${search.equal} search expressions compared`)
  assert.ok(invariants.equal > 300, `${invariants.equal} invariants compared`)
})
