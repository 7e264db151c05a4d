/** Synthea's hospitals, practitioners and 60 patients as transactions over HTTP, and everything read back. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { formatJson, parseJson } from '@samband/fhir'
import { readTar } from '@samband/fhir/packages'
import { type TestDatabase, testDatabase } from '@samband/store'
import { requireShared } from '@samband/testing'
import { openHub } from '../src/index.ts'
import { operations } from '../src/operations/index.ts'
import { type ServeOptions, serveHub } from '../src/http/serve.ts'

type Resource = { resourceType: string; id: string; [member: string]: unknown }
type Bundle = {
  entry: { fullUrl: string; resource: Resource; response?: { location: string; status: string } }[]
  link?: { relation: string; url: string }[]
}

test('the bundles of Synthea', async t => {
  const path = requireShared(t, 'data/fhir-r4/synthea/synthea-bundles.tar.gz')
  if (path === undefined) return
  const database: TestDatabase = await testDatabase()
  const open: ServeOptions['open'] = baseUrl => openHub({ db: database.db, tenant: 1, node: 0, baseUrl })
  const served = await serveHub({ operations, open })
  t.after(async () => {
    await served.close()
    await database.close()
  })
  /** What each entry was, and where it went. */
  const sent: { readonly resource: Resource; readonly location: string; readonly urls: ReadonlyMap<string, string> }[] =
    []

  await t.test('each is one transaction, hospitals and practitioners first', async () => {
    const files = [...readTar(gunzipSync(readFileSync(path)))].filter(({ path: name }) => name.endsWith('.json'))
    const first = files.filter(({ path: name }) => name.includes('Information'))
    const patients = files.filter(file => !first.includes(file))
    assert.equal(files.length, 62)
    for (const { path: name, bytes } of [...first, ...patients]) {
      const answer = await fetch(served.url, {
        method: 'POST',
        headers: { 'content-type': 'application/fhir+json', prefer: 'return=minimal' },
        body: Buffer.from(bytes),
      })
      const text = await answer.text()
      assert.equal(answer.status, 200, `${name}: ${text.slice(0, 500)}`)
      const bundle = read(Buffer.from(bytes).toString()) as unknown as Bundle
      const response = JSON.parse(text) as { entry: { response: { location: string; status: string } }[] }
      const urls = new Map<string, string>()
      for (const [index, { fullUrl }] of bundle.entry.entries()) {
        urls.set(fullUrl, (response.entry[index]?.response.location ?? '').split('/').slice(-4, -2).join('/'))
      }
      for (const [index, { resource }] of bundle.entry.entries()) {
        sent.push({ resource, location: response.entry[index]?.response.location ?? '', urls })
      }
    }
    assert.equal(sent.length, 15_786)
  })

  await t.test('everything comes back as it was, with the references rewritten', async () => {
    for (let from = 0; from < sent.length; from += 200) {
      await Promise.all(
        sent.slice(from, from + 200).map(async ({ resource, location, urls }) => {
          const [type = '', id = ''] = location.split('/').slice(-4, -2)
          const stored = await served.context.store.read(type, id)
          assert.ok(stored?.content, location)
          assert.equal(comparable(read(stored.content)), comparable(rewritten(resource, urls)))
        }),
      )
    }
  })

  await t.test('$everything of a patient is all that names the patient, and what that refers to', async () => {
    const patients = sent.filter(({ resource }) => resource.resourceType === 'Patient')
    assert.equal(patients.length, 60)
    for (const { location, urls } of patients.filter((_, index) => index % 6 === 0)) {
      const [type = '', id = ''] = location.split('/').slice(-4, -2)
      const found = new Set<string>()
      let url: string | undefined = `${served.url}/${type}/${id}/$everything?_count=500`
      while (url !== undefined) {
        const answer: Response = await fetch(url)
        assert.equal(answer.status, 200)
        const bundle = (await answer.json()) as Bundle
        for (const { resource } of bundle.entry ?? []) {
          const name = `${resource.resourceType}/${resource.id}`
          assert.ok(!found.has(name), `${name} came twice`)
          found.add(name)
        }
        url = bundle.link?.find(({ relation }) => relation === 'next')?.url
      }
      // The bundle of a patient holds what is about the patient; some of it is in no compartment.
      const own = [...urls.values()]
      const missing = own.filter(name => !found.has(name) && inCompartment(name))
      assert.deepEqual(missing, [])
      assert.ok([...found].some(name => name.startsWith('Practitioner/')))
      assert.ok([...found].some(name => name.startsWith('Organization/')))
    }
  })
})

/** Provenance names its patient as a target, and so is in the compartment as well. */
function inCompartment(name: string): boolean {
  return !/^(Medication|Location|Organization|Practitioner)\//.test(name)
}

function read(text: string): Resource {
  const parsed = parseJson(text)
  assert.ok(parsed.ok)
  return parsed.value as unknown as Resource
}

/** Without what the server sets, and with members in one order. */
function comparable({ id: _id, meta: _meta, ...resource }: Resource): string {
  return formatJson(ordered(resource))
}

function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered)
  if (typeof value !== 'object' || value === null) return value
  // Spreading keeps the text of decimals, which lies beside them.
  const copy: Record<string, unknown> = { ...value }
  for (const key of Object.keys(copy).toSorted()) {
    const member = copy[key]
    Reflect.deleteProperty(copy, key)
    copy[key] = ordered(member)
  }
  return copy
}

function rewritten(resource: Resource, urls: ReadonlyMap<string, string>): Resource {
  const visit = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(visit)
    if (typeof value !== 'object' || value === null) return value
    const copy: Record<string, unknown> = { ...value }
    for (const [key, member] of Object.entries(copy)) {
      if (key === 'reference' && typeof member === 'string' && urls.has(member)) copy[key] = urls.get(member)
      else if (typeof member === 'object') copy[key] = visit(member)
    }
    return copy
  }
  return visit(resource) as Resource
}
