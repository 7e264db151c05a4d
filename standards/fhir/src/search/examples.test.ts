import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test, type TestContext } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { requireShared } from '@samband/testing'
import { isJsonObject, type JsonObject } from '../fhirpath/index.ts'
import { parseJson } from '../json/parse-json.ts'
import { readTar } from '../packages/tar.ts'
import { escapeValue } from './escape.ts'
import type { IndexValue, Pair } from './index.ts'
import { matchesSearch, parseSearch } from './index.ts'
import { extractor, parameters } from './test/standard.ts'

/** The examples of US Core 6.1, a resource each. */
function examples(t: TestContext): readonly JsonObject[] {
  const archive = requireShared(t, 'data/fhir-r4/us-core/us_core_610.tgz')
  if (archive === undefined) return []
  return [...readTar(gunzipSync(readFileSync(archive)))].flatMap(({ path, bytes }) => {
    if (!path.includes('/example/') || !path.endsWith('.json')) return []
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
      return value.targetId === undefined ? undefined : [code, `${value.targetType}/${value.targetId}`]
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

test('a resource is found by each of its values, and not by what it does not have', t => {
  let searches = 0
  for (const resource of examples(t)) {
    const { index, issues } = extractor.extract(resource)
    assert.deepEqual(issues, [])
    const settings = { parameters, resourceType: index.resourceType }
    for (const [code, values] of index.values)
      for (const value of values) {
        const pair = searchFor(code, value)
        if (pair === undefined) continue
        const { query, issues: problems } = parseSearch([pair], settings)
        assert.deepEqual(problems, [], `${index.resourceType}?${pair[0]}`)
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
  if (searches > 0) assert.ok(searches > 1500, `${searches} searches`)
})
