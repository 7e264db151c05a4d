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

test('search expressions and invariants give what fhirpath.js gives, or differ for a reason', async t => {
  const archive = requireShared(t, 'data/fhir-r4/us-core/us_core_610.tgz')
  if (archive === undefined) return
  const definitions = await loadTypes()
  const compiler = createFhirPathCompiler(modelFromStructureDefinitions(definitions.types()))
  const comparison = new EngineComparison(compiler, await loadSearchParameters(), definitions.types())
  for (const resource of examples(archive)) {
    comparison.compareSearch(resource)
    comparison.compareInvariants(resource)
  }
  assert.deepEqual(unexplained(comparison.search), [])
  assert.deepEqual(unexplained(comparison.invariants), [])
  assert.ok(comparison.search.equal > 300, `${comparison.search.equal} search expressions compared`)
  assert.ok(comparison.invariants.equal > 500, `${comparison.invariants.equal} invariants compared`)
})
