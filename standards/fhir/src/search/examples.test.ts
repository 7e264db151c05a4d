import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test, type TestContext } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { requireShared } from '@samband/testing'
import type { SearchParameter } from '../definitions/index.ts'
import { isJsonObject, type JsonObject } from '../fhirpath/index.ts'
import { parseJson } from '../json/parse-json.ts'
import { readTar } from '../packages/tar.ts'
import { escapeValue } from './escape.ts'
import type { IndexValue, Pair } from './index.ts'
import { createSearchExtractor, matchesSearch, parseSearch, SearchParameters } from './index.ts'
import { compiler, extractor, parameters, standard } from './test/standard.ts'

/** The resources of the US Core 6.1 package whose path has a text. */
function usCore(t: TestContext, part: string): readonly JsonObject[] {
  const archive = requireShared(t, 'data/fhir-r4/us-core/us_core_610.tgz')
  if (archive === undefined) return []
  return [...readTar(gunzipSync(readFileSync(archive)))].flatMap(({ path, bytes }) => {
    if (!path.includes(part) || !path.endsWith('.json')) return []
    const read = parseJson(bytes)
    return read.ok && isJsonObject(read.value) ? [read.value] : []
  })
}

function iso(ms: number): string {
  return new Date(ms).toISOString()
}

/** A search that a resource with this value must be found by; `undefined` for what no search can name. */
function searchFor(code: string, value: IndexValue): Pair | undefined {
  switch (value.type) {
    case 'token':
      if (value.code === undefined)
        return value.text === undefined ? undefined : [`${code}:text`, escapeValue(value.text)]
      return [code, `${value.system === undefined ? '' : `${escapeValue(value.system)}|`}${escapeValue(value.code)}`]
    case 'string':
      return [`${code}:exact`, escapeValue(value.exact)]
    case 'date':
      return [code, Number.isFinite(value.lowMs) ? `ge${iso(value.lowMs)}` : `le${iso(value.highMs)}`]
    case 'number':
      return [code, `le${value.low}`]
    case 'quantity': {
      // A unit that is no code is asked for without a system.
      const unit = value.code === undefined ? ['', value.unit ?? ''] : [value.system ?? '', value.code]
      return [code, [`ge${value.low}`, ...unit].map(escapeValue).join('|')]
    }
    case 'reference': {
      if (value.identifier !== undefined) return [`${code}:identifier`, escapeValue(value.identifier.value)]
      const version = value.version === undefined || value.targetId !== undefined ? '' : `|${value.version}`
      if (value.url !== undefined) return [code, escapeValue(value.url + version)]
      if (value.targetId === undefined) return undefined
      return [code, value.targetType === undefined ? value.targetId : `${value.targetType}/${value.targetId}`]
    }
    case 'uri':
      return [code, escapeValue(value.uri)]
    case 'composite': {
      const parts = value.components.map(component => component[0] && searchFor('', component[0]))
      const texts = parts.map(part => (part === undefined || part[0] !== '' ? undefined : part[1]))
      return texts.includes(undefined) ? undefined : [code, texts.join('$')]
    }
    case 'position':
      return [code, `${value.latitude}|${value.longitude}|1|km`]
  }
}

/** A few of HL7's examples of every type, as the package keeps them for its tests. */
function sample(): readonly JsonObject[] {
  const file = new URL('../../test/fixtures/examples-sample.ndjson.gz', import.meta.url)
  const lines = gunzipSync(readFileSync(file)).toString('utf8').split('\n')
  return lines.flatMap(line => {
    const read = line === '' ? undefined : parseJson(line)
    return read?.ok === true && isJsonObject(read.value) ? [read.value] : []
  })
}

test("each of HL7's examples is found by each of its values, and not by what it does not have", t => {
  const resources = sample()
  assert.ok(resources.length > 200, `${resources.length} examples`)
  assert.ok(findEach(t, resources) > 4000)
})

test("each of US Core's examples is found by each of its values", t => {
  const resources = usCore(t, '/example/')
  if (resources.length > 0) assert.ok(findEach(t, resources) > 2000)
})

/** Searches for every value of every resource; gives how many searches that were. */
function findEach(t: TestContext, resources: readonly JsonObject[]): number {
  let searches = 0
  for (const resource of resources) {
    const { index, issues } = extractor.extract(resource)
    assert.deepEqual(issues, [])
    const settings = { parameters, resourceType: index.resourceType }
    for (const [code, values] of index.values)
      for (const value of values) {
        const pair = searchFor(code, value)
        if (pair === undefined) continue
        const { query, issues: problems } = parseSearch([pair], settings)
        assert.deepEqual(problems, [], `${index.resourceType}?${pair.join('=')}`)
        assert.equal(
          matchesSearch(query, index),
          true,
          `${index.resourceType}/${index.resourceId} by ${pair.join('=')}`,
        )
        searches++
      }
    const absent = parseSearch('_id=no-such-id', settings)
    assert.equal(matchesSearch(absent.query, index), false)
    for (const [code, definition] of parameters.forType(index.resourceType)) {
      if (definition.expression === undefined) continue
      const missing = parseSearch([[`${code}:missing`, String(!index.values.has(code))]], settings)
      assert.equal(matchesSearch(missing.query, index), true, code)
    }
  }
  t.diagnostic(`${searches} searches`)
  return searches
}

test("US Core's own parameters take the place of the standard's, and all are supported", t => {
  // Every definition of the folder is one, by its file's name.
  const own = usCore(t, '/SearchParameter-') as unknown as readonly SearchParameter[]
  if (own.length === 0) return
  const both = new SearchParameters([...standard, ...own], parameters.resourceTypes)
  const mine = createSearchExtractor(compiler, both)
  for (const definition of own)
    for (const type of definition.base) {
      assert.deepEqual(mine.unsupported(type), [], type)
      assert.equal(both.find(type, definition.code)?.url, definition.url)
    }
  assert.ok(own.length > 40, `${own.length} definitions`)
})
