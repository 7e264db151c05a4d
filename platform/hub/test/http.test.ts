import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { loadValidator } from '@samband/fhir/validation'
import { type Answer, testServer, type TestServer } from './http-server.ts'

const observation = {
  resourceType: 'Observation',
  status: 'final',
  code: { coding: [{ system: 'http://loinc.org', code: '718-7' }], text: 'Hæmoglobin' },
  subject: { reference: 'Patient/p1' },
}
/** The number has to come back as it was written. */
const observationText = `${JSON.stringify(observation).slice(0, -1)},"valueQuantity":{"value":1.10,"unit":"g/dL"}}`

describe('the hub on HTTP', () => {
  let hub: TestServer
  before(async () => {
    hub = await testServer()
  })
  after(async () => await hub.close())

  async function created(body: unknown = observationText): Promise<Answer> {
    const answer = await hub.send('POST', 'Observation', { body })
    assert.equal(answer.status, 201, answer.text)
    return answer
  }

  test('a creation answers 201 with the place, the version and the resource', async () => {
    const { headers, json, text } = await created()
    assert.equal(headers.get('location'), `${hub.url}/Observation/${json.id}/_history/1`)
    assert.equal(headers.get('etag'), 'W/"1"')
    assert.equal(headers.get('content-type'), 'application/fhir+json; charset=utf-8')
    assert.equal(
      Date.parse(headers.get('last-modified') ?? ''),
      Math.floor(Date.parse(json.meta.lastUpdated) / 1000) * 1000,
    )
    assert.ok(text.includes('"value":1.10'))
  })

  test('a read gives the stored text, and HEAD the same head without it', async () => {
    const { json, text } = await created()
    const read = await hub.send('GET', `Observation/${json.id}`)
    assert.deepEqual([read.status, read.text], [200, text])
    const head = await hub.send('HEAD', `Observation/${json.id}`)
    assert.deepEqual([head.status, head.text], [200, ''])
    for (const name of ['etag', 'last-modified', 'content-type', 'content-length'])
      assert.equal(head.headers.get(name), read.headers.get(name))
    assert.match(read.headers.get('x-request-id') ?? '', /^[0-9a-f-]{36}$/)
    assert.equal(read.headers.get('cache-control'), 'no-store')
  })

  test('a request keeps the id that its client gave it, unless that could break a log', async () => {
    const ours = await hub.send('GET', 'Observation/none', { headers: { 'x-request-id': 'trace-1' } })
    assert.equal(ours.headers.get('x-request-id'), 'trace-1')
    const odd = await hub.send('GET', 'Observation/none', { headers: { 'x-request-id': 'a b' } })
    assert.notEqual(odd.headers.get('x-request-id'), 'a b')
  })

  test('a version is read by its number; a deletion is 410, what never was is 404', async () => {
    const { json } = await created()
    const address = `Observation/${json.id}`
    await hub.send('PUT', address, { body: { ...observation, id: json.id, status: 'amended' } })
    await hub.send('DELETE', address)
    assert.equal((await hub.send('GET', `${address}/_history/1`)).json.status, 'final')
    const second = await hub.send('GET', `${address}/_history/2`)
    assert.deepEqual([second.json.status, second.headers.get('etag')], ['amended', 'W/"2"'])
    const statuses = []
    for (const path of ['/_history/3', '', '/_history/4', '/_history/0', '/_history/abc'])
      statuses.push((await hub.send('GET', address + path)).status)
    assert.deepEqual(statuses, [410, 410, 404, 404, 404])
    const gone = await hub.send('GET', address)
    assert.equal(gone.headers.get('etag'), 'W/"3"')
    assert.equal(gone.json.issue[0].code, 'deleted')
  })

  test('a conditional read answers 304 to who has the version', async () => {
    const { json, headers } = await created()
    const address = `Observation/${json.id}`
    const modified = headers.get('last-modified') ?? ''
    const status = async (given: Record<string, string>): Promise<number> =>
      (await hub.send('GET', address, { headers: given })).status
    assert.equal(await status({ 'if-none-match': 'W/"1"' }), 304)
    assert.equal(await status({ 'if-none-match': '"7", "1"' }), 304)
    assert.equal(await status({ 'if-none-match': '*' }), 304)
    assert.equal(await status({ 'if-none-match': 'W/"2"' }), 200)
    assert.equal(await status({ 'if-modified-since': modified }), 304)
    assert.equal(await status({ 'if-modified-since': new Date(Date.parse(modified) - 1000).toUTCString() }), 200)
    // RFC 9110 §13.1.3: the date counts only without tags.
    assert.equal(await status({ 'if-none-match': 'W/"2"', 'if-modified-since': modified }), 200)
    const known = await hub.send('GET', address, { headers: { 'if-none-match': 'W/"1"' } })
    assert.deepEqual([known.text, known.headers.get('etag')], ['', 'W/"1"'])
  })

  test('updates, their conditions and deletions have the status that FHIR gives them', async () => {
    const body = { resourceType: 'Patient', id: 'http-update', active: true }
    const first = await hub.send('PUT', 'Patient/http-update', { body })
    assert.deepEqual([first.status, first.headers.get('location')], [201, `${hub.url}/Patient/http-update/_history/1`])
    const changed = { ...body, active: false }
    const second = await hub.send('PUT', 'Patient/http-update', { body: changed, headers: { 'if-match': 'W/"1"' } })
    assert.deepEqual([second.status, second.headers.get('etag')], [200, 'W/"2"'])
    const stale = await hub.send('PUT', 'Patient/http-update', { body, headers: { 'if-match': 'W/"1"' } })
    assert.deepEqual([stale.status, stale.json.resourceType], [412, 'OperationOutcome'])
    assert.equal((await hub.send('DELETE', 'Patient/http-update')).status, 204)
    assert.equal((await hub.send('DELETE', 'Patient/http-update')).status, 204)
    assert.equal((await hub.send('PUT', 'Patient/http-update', { body: { ...body, id: 'other' } })).status, 400)
  })

  test('Prefer decides what a write gives back', async () => {
    const wanted = async (value: string): Promise<Answer> =>
      await hub.send('POST', 'Observation', { body: observation, headers: { prefer: value } })
    const minimal = await wanted('return=minimal')
    assert.deepEqual([minimal.status, minimal.text], [201, ''])
    assert.ok(minimal.headers.get('location'))
    assert.equal((await wanted('return=representation')).json.resourceType, 'Observation')
    const outcome = await wanted('return=OperationOutcome')
    assert.equal(outcome.json.resourceType, 'OperationOutcome')
    assert.equal((await wanted('return=nothing')).status, 400)
    const deleted = await hub.send('DELETE', 'Observation/none', { headers: { prefer: 'return=OperationOutcome' } })
    assert.deepEqual([deleted.status, deleted.json?.resourceType], [200, 'OperationOutcome'])
  })

  test('XML goes in and out, pretty or not, by Accept and by _format', async () => {
    const { json } = await created()
    const address = `Observation/${json.id}`
    const xml = await hub.send('GET', address, { headers: { accept: 'application/fhir+xml' } })
    assert.equal(xml.headers.get('content-type'), 'application/fhir+xml; charset=utf-8')
    assert.match(xml.text, /<value value="1\.10"\/>/)
    const again = await hub.send('POST', 'Observation', {
      body: xml.text,
      headers: { 'content-type': 'application/fhir+xml' },
    })
    assert.ok(again.text.includes('"value":1.10'), again.text)
    const pretty = await hub.send('GET', `${address}?_format=application/fhir%2Bjson&_pretty=true`, {
      headers: { accept: 'application/fhir+xml' },
    })
    assert.match(pretty.text, /\n {2}"status": "final"/)
    assert.match((await hub.send('GET', `${address}?_format=xml`)).text, /^<\?xml/)
    const refused = await hub.send('GET', address, { headers: { accept: 'text/html' } })
    assert.deepEqual([refused.status, refused.json.issue[0].code], [406, 'not-supported'])
    const error = await hub.send('GET', 'Observation/none', { headers: { accept: 'application/fhir+xml' } })
    assert.match(error.text, /^<\?xml.*<OperationOutcome/s)
  })

  test('_summary and _elements give a part, and say so', async () => {
    const { json } = await created()
    const summary = await hub.send('GET', `Observation/${json.id}?_summary=true`)
    assert.equal(summary.json.meta.tag[0].code, 'SUBSETTED')
    const elements = await hub.send('GET', `Observation/${json.id}?_elements=subject`)
    assert.deepEqual(Object.keys(elements.json).toSorted(), ['code', 'id', 'meta', 'resourceType', 'status', 'subject'])
    assert.equal((await hub.send('GET', `Observation/${json.id}?_summary=some`)).status, 400)
  })

  test('what the server can do is made of what is there, is valid, and is open', async () => {
    const { json } = await hub.send('GET', 'metadata')
    const validator = await loadValidator()
    assert.deepEqual(
      validator.validate(json).filter(({ severity }) => severity === 'error' || severity === 'fatal'),
      [],
    )
    assert.deepEqual([json.fhirVersion, json.implementation.url], ['4.0.1', hub.url])
    assert.equal(json.rest[0].resource.length, hub.context.resourceTypes.size)
    const patient = json.rest[0].resource.find(({ type }: { type: string }) => type === 'Patient')
    assert.ok(patient.searchParam.some(({ name }: { name: string }) => name === 'birthdate'))
    assert.ok(patient.searchRevInclude.includes('Observation:patient'))
    const terminology = await hub.send('GET', 'metadata?mode=terminology')
    assert.equal(terminology.json.resourceType, 'TerminologyCapabilities')
    assert.deepEqual(
      validator.validate(terminology.json).filter(({ severity }) => severity === 'error'),
      [],
    )
    assert.equal((await hub.send('GET', 'metadata?mode=all')).status, 400)
    const normative = await hub.send('GET', 'metadata?mode=normative')
    assert.ok(normative.json.rest[0].resource.length < 20)
    assert.equal((await hub.send('OPTIONS', '')).json.resourceType, 'CapabilityStatement')
    const xml = await hub.send('GET', 'metadata?_format=xml')
    assert.match(xml.text, /<CapabilityStatement/)
    assert.equal((await hub.send('GET', 'metadata?_format=xml')).text, xml.text)
    assert.match((await hub.send('GET', 'metadata?_pretty=true')).text, /\n {2}"kind": "instance"/)
    const summary = await hub.send('GET', 'metadata?_elements=kind')
    assert.deepEqual([summary.json.kind, summary.json.rest], ['instance', undefined])
  })
})
