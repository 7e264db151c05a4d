/** US Core 6.1.0: each search that a server shall or should answer, over the guide's own examples, as the matcher in memory says. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import type { JsonObject } from '@samband/fhir/fhirpath'
import { readPackage, readTar } from '@samband/fhir/packages'
import { type IndexValue, matchesSearch, parseSearch, type SearchIndex } from '@samband/fhir/search'
import { testDatabase } from '@samband/store'
import { requireShared } from '@samband/testing'
import { type HubContext, openHub } from '../src/index.ts'
import { serveHub } from '../src/http/serve.ts'

type Search = { readonly profile: string; readonly type: string; readonly names: readonly string[] }
type Example = { readonly resource: JsonObject; readonly index: SearchIndex }

/** Of each profile's search so many resources are looked for. */
const soughtMax = 3

test('every search that US Core names is answered rightly', async t => {
  const archive = requireShared(t, 'data/fhir-r4/us-core/us_core_610.tgz')
  const metadata = requireShared(t, 'data/fhir-r4/us-core/us-core-6.1.0-search-metadata.tar.gz')
  if (archive === undefined || metadata === undefined) return
  const database = await testDatabase()
  const served = await serveHub({ open: baseUrl => openHub({ db: database.db, tenant: 1, node: 0, baseUrl }) })
  t.after(async () => {
    await served.close()
    await database.close()
  })
  const examples = examplesOf(readFileSync(archive), served.context)
  assert.ok(examples.length > 150)
  const bundle = {
    resourceType: 'Bundle',
    type: 'transaction',
    entry: examples.map(({ resource }) => entryOf(resource)),
  }
  const loaded = await fetch(served.url, {
    method: 'POST',
    headers: { 'content-type': 'application/fhir+json' },
    body: JSON.stringify(bundle),
  })
  assert.equal(loaded.status, 200, (await loaded.text()).slice(0, 1_000))
  const searches = searchesOf(readFileSync(metadata))
  assert.ok(searches.length > 200)
  let asked = 0
  for (const { profile, type, names } of searches) {
    const ofType = examples.filter(({ index }) => index.resourceType === type)
    const sought = ofType.filter(
      ({ resource, index }) => hasProfile(resource, profile) && names.every(name => valueOf(index, name)),
    )
    for (const { index } of sought.slice(0, soughtMax)) {
      const query = names.map(name => `${name}=${encodeURIComponent(valueOf(index, name) ?? '')}`).join('&')
      const answer = await fetch(`${served.url}/${type}?${query}&_count=500`)
      const text = await answer.text()
      assert.equal(answer.status, 200, `${type}?${query}: ${text.slice(0, 300)}`)
      const found = (JSON.parse(text) as { entry?: { resource: { id: string } }[] }).entry ?? []
      const wanted = ofType.filter(one => matches(served.context, type, query, one.index))
      assert.deepEqual(
        found.map(({ resource }) => resource.id).toSorted(),
        wanted.map(one => one.index.resourceId ?? '').toSorted(),
        `${type}?${query}`,
      )
      assert.ok(found.some(({ resource }) => resource.id === index.resourceId))
      asked += 1
    }
  }
  t.diagnostic(`${searches.length} searches of the guide, ${asked} asked`)
  assert.ok(asked > 300)
})

function matches(context: HubContext, resourceType: string, text: string, index: SearchIndex): boolean {
  const { query, issues } = parseSearch(text, { parameters: context.searchParameters(), resourceType })
  assert.deepEqual(issues, [])
  return matchesSearch(query, index, { nowMs: Date.now() }) === true
}

function examplesOf(archive: Uint8Array, context: HubContext): readonly Example[] {
  const guide = readPackage(archive, { gunzip: bytes => gunzipSync(bytes) })
  assert.ok(guide.ok)
  const found: Example[] = []
  for (const { path, bytes } of readTar(gunzipSync(archive))) {
    if (!path.includes('/example/') || !path.endsWith('.json') || path.endsWith('.index.json')) continue
    const resource = JSON.parse(Buffer.from(bytes).toString()) as JsonObject
    if (typeof resource['resourceType'] !== 'string' || typeof resource['id'] !== 'string') continue
    found.push({ resource, index: context.extractor().extract(resource).index })
  }
  return found
}

function entryOf(resource: JsonObject): object {
  const url = `${String(resource['resourceType'])}/${String(resource['id'])}`
  return { resource, request: { method: 'PUT', url } }
}

function hasProfile(resource: JsonObject, profile: string): boolean {
  const meta = resource['meta'] as { readonly profile?: readonly string[] } | undefined
  return meta?.profile?.some(url => url.split('|')[0] === profile) === true
}

/** The names of a profile's searches: lists under `:searches:`, in the order of the file. */
function searchesOf(archive: Uint8Array): readonly Search[] {
  const searches: Search[] = []
  for (const { path, bytes } of readTar(gunzipSync(archive))) {
    if (!path.endsWith('metadata.yml')) continue
    const text = Buffer.from(bytes).toString()
    const type = /^:resource: (\w+)$/m.exec(text)?.[1] ?? ''
    const profile = /^:profile_url: (\S+)$/m.exec(text)?.[1] ?? ''
    const [, after = ''] = text.split(/^:searches:$/m)
    const [list = ''] = after.split(/^:\w+:/m)
    for (const item of list.split(/^- /m).slice(1)) {
      const expectation = /:expectation: (\w+)/.exec(item)?.[1]
      const names = [...(/:names:\n((?: {2}- \S+\n)+)/.exec(item)?.[1] ?? '').matchAll(/- (\S+)/g)].map(
        ([, name = '']) => name,
      )
      if (expectation === 'SHALL' || expectation === 'SHOULD') searches.push({ profile, type, names })
    }
  }
  return searches
}

/** A search text that finds the first value of a parameter. */
function valueOf(index: SearchIndex, name: string): string | undefined {
  if (name === '_id') return index.resourceId
  const [value] = index.values.get(name) ?? []
  return value === undefined ? undefined : textOf(value)
}

function textOf(value: IndexValue): string | undefined {
  switch (value.type) {
    case 'token':
      if (value.code === undefined) return undefined
      return value.system === undefined ? escaped(value.code) : `${escaped(value.system)}|${escaped(value.code)}`
    case 'string':
      return escaped(value.exact)
    case 'date':
      return Number.isFinite(value.lowMs)
        ? `ge${new Date(value.lowMs).toISOString()}`
        : `le${new Date(value.highMs).toISOString()}`
    case 'reference':
      return value.targetId === undefined || value.url !== undefined
        ? value.url
        : `${value.targetType}/${value.targetId}`
    case 'uri':
      return escaped(value.uri)
    default:
      return undefined
  }
}

function escaped(text: string): string {
  return text.replaceAll(/[\\,|$]/g, '\\$&')
}
