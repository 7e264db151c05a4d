import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { loadValidator, type Validator } from '@samband/fhir/validation'
import { type Answer, testServer, type TestServer } from './http-server.ts'

type Entry = {
  readonly fullUrl?: string
  readonly resource: { readonly resourceType: string; readonly id: string; readonly meta: { readonly tag?: unknown } }
  readonly search: { readonly mode: string }
}

describe('searches on HTTP', () => {
  let hub: TestServer
  let validator: Validator
  before(async () => {
    hub = await testServer()
    validator = await loadValidator()
    const entry = ['anna', 'berit', 'cecilie'].flatMap((id, patient) => [
      {
        resource: { resourceType: 'Patient', id, gender: 'female', name: [{ family: `Søk "${id}"` }] },
        request: { method: 'PUT', url: `Patient/${id}` },
      },
      ...[1, 2].map(number => ({
        resource: {
          resourceType: 'Observation',
          id: `${id}-${number}`,
          status: 'final',
          code: { coding: [{ system: 'http://loinc.org', code: '718-7' }] },
          subject: { reference: `Patient/${id}` },
          effectiveDateTime: `2026-01-0${patient + 1}T0${number}:00:00Z`,
        },
        request: { method: 'PUT', url: `Observation/${id}-${number}` },
      })),
    ])
    const answer = await hub.send('POST', '', { body: { resourceType: 'Bundle', type: 'transaction', entry } })
    assert.equal(answer.status, 200, answer.text)
  })
  after(async () => await hub.close())

  const entriesOf = ({ json }: Answer): readonly Entry[] => json.entry ?? []
  const idsOf = (answer: Answer, mode = 'match'): readonly string[] =>
    entriesOf(answer)
      .filter(({ search }) => search.mode === mode)
      .map(({ resource }) => resource.id)
      .toSorted()
  const linkOf = ({ json }: Answer, wanted: string): string | undefined =>
    json.link.find(({ relation }: { relation: string }) => relation === wanted)?.url

  async function found(path: string, method = 'GET', options = {}): Promise<Answer> {
    const answer = await hub.send(method, path, options)
    assert.equal(answer.status, 200, answer.text)
    const severe = validator.validate(answer.json).filter(({ severity }) => severity === 'error')
    assert.deepEqual(severe, [], path)
    return answer
  }

  test('a search answers a Bundle with addresses, modes and links', async () => {
    const answer = await found('Observation?subject=Patient/anna&_include=Observation:subject&_total=accurate')
    assert.deepEqual([answer.json.type, answer.json.total], ['searchset', 2])
    assert.deepEqual(idsOf(answer), ['anna-1', 'anna-2'])
    assert.deepEqual(idsOf(answer, 'include'), ['anna'])
    assert.equal(entriesOf(answer)[0]?.fullUrl?.startsWith(`${hub.url}/Observation/anna-`), true)
    assert.equal(idsOf(await found(linkOf(answer, 'self') ?? '')).length, 2)
  })

  test('pages are followed by their links in both directions', async () => {
    const seen: string[] = []
    let page = await found('Observation?code=http://loinc.org|718-7&_count=4&_sort=-date')
    seen.push(...idsOf(page))
    assert.equal(linkOf(page, 'previous'), undefined)
    page = await found(linkOf(page, 'next') ?? '')
    seen.push(...idsOf(page))
    assert.equal(linkOf(page, 'next'), undefined)
    assert.equal(new Set(seen).size, 6)
    const back = await found(linkOf(page, 'previous') ?? '')
    assert.deepEqual(idsOf(back).toSorted(), seen.slice(0, 4).toSorted())
    assert.equal((await hub.send('GET', 'Observation?_cursor=nonsense')).status, 400)
  })

  test('a form asks for the same, together with the address', async () => {
    const form = { headers: { 'content-type': 'application/x-www-form-urlencoded' } }
    const answer = await found('Observation/_search?_count=1', 'POST', { ...form, body: 'subject=Patient%2Fanna' })
    assert.equal(entriesOf(answer).length, 1)
    assert.match(linkOf(answer, 'next') ?? '', /subject=Patient\/anna/)
    const all = await found('_search', 'POST', { ...form, body: '_type=Patient,Observation&_count=100' })
    assert.equal(entriesOf(all).length, 9)
    const xml = await hub.send('POST', 'Observation/_search', { ...form, body: '_format=xml&_count=1' })
    assert.match(xml.text, /<Bundle/)
    assert.equal((await hub.send('POST', 'Observation/_search', { ...form, body: 'code=%E6%' })).status, 400)
  })

  test('a compartment, and everything, can be searched', async () => {
    assert.deepEqual(idsOf(await found('Patient/anna/Observation')), ['anna-1', 'anna-2'])
    assert.deepEqual(idsOf(await found('Patient/anna/*')), ['anna', 'anna-1', 'anna-2'])
    assert.deepEqual(idsOf(await found('Patient/anna/Observation?date=2030')), [])
    assert.equal(entriesOf(await found('?_type=Patient')).length, 3)
    const page = await found('Patient/anna/Observation?_count=1')
    assert.equal(idsOf(await found(linkOf(page, 'next') ?? '')).length, 1)
  })

  test('_summary and _elements are for each resource, _summary=count for none', async () => {
    const elements = await found('Observation?_elements=status&_count=2')
    assert.ok(entriesOf(elements).every(({ resource }) => resource.meta.tag !== undefined && !('subject' in resource)))
    assert.ok(entriesOf(await found('Patient?_summary=true')).every(({ resource }) => resource.meta.tag !== undefined))
    const count = await found('Patient?_summary=count')
    assert.deepEqual([count.json.total, count.json.entry], [3, undefined])
    assert.match(
      (await hub.send('GET', 'Patient?_format=xml&_pretty=true')).text,
      /<family value="Søk &quot;anna&quot;"\/>/,
    )
  })

  test('an unknown parameter is 400 by name; a lenient client is told beside what was found', async () => {
    const strict = await hub.send('GET', 'Patient?colour=red&_count=x')
    assert.equal(strict.status, 400)
    assert.deepEqual([strict.json.issue.length, /colour/.test(strict.text)], [2, true])
    const lenient = await found('Patient?colour=red', 'GET', { headers: { prefer: 'handling=lenient' } })
    assert.equal(idsOf(lenient).length, 3)
    const outcome = entriesOf(lenient).find(({ search }) => search.mode === 'outcome')
    assert.equal(outcome?.resource.resourceType, 'OperationOutcome')
    assert.ok(!linkOf(lenient, 'self')?.includes('colour'))
  })

  test('a search that its client gave up is cancelled', async () => {
    const controller = new AbortController()
    // The statement waits for this lock, so that it runs when the client goes.
    const blocker = await hub.db.pool.connect()
    await blocker.query('begin; lock table hub.resource_observation in access exclusive mode')
    const asked = fetch(`${hub.url}/Observation?code=718-7`, { signal: controller.signal })
    try {
      await until(async () => (await waiting(hub)) > 0)
      controller.abort()
      await assert.rejects(asked)
      await until(async () => (await waiting(hub)) === 0)
    } finally {
      await blocker.query('rollback')
      blocker.release()
    }
  })
})

async function waiting(hub: TestServer): Promise<number> {
  const { rows } = await hub.db.pool.query<{ n: number }>(
    `select count(*)::int as n from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
  )
  return rows[0]?.n ?? 0
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    if (await isSo()) return
    await new Promise(resolve => setTimeout(resolve, 25))
  }
  assert.fail('it did not come to that')
}
