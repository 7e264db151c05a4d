import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type Answer, testServer, type TestServer } from './http-server.ts'

const system = 'urn:oid:2.16.578.1.12.4.1.4.1'

describe('conditional writes, patches and Bundles on HTTP', () => {
  let hub: TestServer
  before(async () => {
    hub = await testServer()
  })
  after(async () => await hub.close())

  const patient = (value: string, more: object = {}): object => ({
    resourceType: 'Patient',
    identifier: [{ system, value }],
    ...more,
  })
  const criteria = (value: string): string => `identifier=${encodeURIComponent(`${system}|${value}`)}`

  async function status(wanted: number, method: string, path: string, options = {}): Promise<Answer> {
    const answer = await hub.send(method, path, options)
    assert.equal(answer.status, wanted, answer.text)
    return answer
  }

  test('If-None-Exist makes one, and tells which there is', async () => {
    const options = { body: patient('1'), headers: { 'if-none-exist': criteria('1') } }
    const first = await status(201, 'POST', 'Patient', options)
    const second = await status(200, 'POST', 'Patient', options)
    assert.equal(second.json.id, first.json.id)
    assert.equal(second.headers.get('location'), first.headers.get('location'))
    const none = await hub.send('POST', 'Patient', { ...options, headers: { 'if-none-exist': 'colour=red' } })
    assert.equal(none.status, 400)
  })

  test('an update by criteria makes, changes, and refuses where several fit', async () => {
    const made = await status(201, 'PUT', `Patient?${criteria('2')}`, { body: patient('2') })
    const changed = await status(200, 'PUT', `Patient?${criteria('2')}`, { body: patient('2', { active: true }) })
    assert.deepEqual([changed.json.id, changed.headers.get('etag')], [made.json.id, 'W/"2"'])
    await status(201, 'POST', 'Patient', { body: patient('2') })
    await status(412, 'PUT', `Patient?${criteria('2')}`, { body: patient('2') })
    await status(412, 'PUT', 'Patient', { body: patient('2') })
  })

  test('a patch comes as JSON Patch or as FHIRPath Patch, with an id or by criteria', async () => {
    const { json } = await status(201, 'POST', 'Patient', { body: patient('3', { active: true }) })
    const jsonPatch = { headers: { 'content-type': 'application/json-patch+json' } }
    const one = await status(200, 'PATCH', `Patient/${json.id}`, {
      ...jsonPatch,
      body: '[{"op":"replace","path":"/active","value":false}]',
    })
    assert.equal(one.json.active, false)
    const two = await status(200, 'PATCH', `Patient?${criteria('3')}`, {
      body: {
        resourceType: 'Parameters',
        parameter: [
          {
            name: 'operation',
            part: [
              { name: 'type', valueCode: 'replace' },
              { name: 'path', valueString: 'Patient.active' },
              { name: 'value', valueBoolean: true },
            ],
          },
        ],
      },
    })
    assert.deepEqual([two.json.active, two.headers.get('etag')], [true, 'W/"3"'])
    await status(400, 'PATCH', `Patient/${json.id}`, { body: patient('3') })
    const broken = await hub.send('PATCH', `Patient/${json.id}`, { ...jsonPatch, body: '{"op":"replace"}' })
    assert.ok(broken.status === 400 || broken.status === 422, broken.text)
    const stale = { ...jsonPatch.headers, 'if-match': 'W/"1"' }
    await status(412, 'PATCH', `Patient/${json.id}`, { headers: stale, body: '[{"op":"remove","path":"/active"}]' })
  })

  test('a deletion by criteria removes all that fit, unless the server is told to keep to one', async () => {
    await status(201, 'POST', 'Patient', { body: patient('4') })
    await status(201, 'POST', 'Patient', { body: patient('4') })
    await status(204, 'DELETE', `Patient?${criteria('4')}`)
    assert.equal((await status(200, 'GET', `Patient?${criteria('4')}&_summary=count`)).json.total, 0)
    await status(412, 'DELETE', 'Patient')
    await status(204, 'DELETE', `Patient?${criteria('none')}`)
  })

  test('a batch answers each entry by itself', async () => {
    const { json } = await status(200, 'POST', '', {
      body: {
        resourceType: 'Bundle',
        type: 'batch',
        entry: [
          { resource: patient('5'), request: { method: 'POST', url: 'Patient' } },
          { request: { method: 'GET', url: 'Patient/none' } },
          { request: { method: 'GET', url: `Patient?${criteria('5')}` } },
          { request: { method: 'GET', url: 'metadata' } },
        ],
      },
    })
    assert.equal(json.type, 'batch-response')
    const responses = json.entry.map(({ response }: { response: { status: string } }) => response.status)
    assert.deepEqual(responses, ['201 Created', '404 Not Found', '200 OK', '200 OK'])
    assert.equal(json.entry[2].resource.entry[0].resource.identifier[0].value, '5')
  })

  test('a transaction is all or nothing, and answers in the format that is asked for', async () => {
    const bundle = (gender: string): object => ({
      resourceType: 'Bundle',
      type: 'transaction',
      entry: [
        {
          fullUrl: 'urn:uuid:6b0d6a0e-4b7b-4d07-9b0e-1d1f0a7c1111',
          resource: patient('6', { gender }),
          request: { method: 'POST', url: 'Patient' },
        },
        {
          resource: {
            resourceType: 'Observation',
            status: 'final',
            code: { text: 'x' },
            subject: { reference: 'urn:uuid:6b0d6a0e-4b7b-4d07-9b0e-1d1f0a7c1111' },
          },
          request: { method: 'POST', url: 'Observation' },
        },
      ],
    })
    const refused = await hub.send('POST', '', { body: bundle('nothing') })
    assert.ok(refused.status >= 400 && refused.json.resourceType === 'OperationOutcome', refused.text)
    assert.equal((await status(200, 'GET', `Patient?${criteria('6')}&_summary=count`)).json.total, 0)
    const { text } = await status(200, 'POST', '/', {
      body: bundle('female'),
      headers: { accept: 'application/fhir+xml' },
    })
    assert.match(text, /<type value="transaction-response"\/>/)
    const found = await status(200, 'GET', `Observation?subject.${criteria('6')}`)
    assert.equal(found.json.entry.length, 1)
  })

  test('a Binary goes in and out as what it holds', async () => {
    const bytes = Buffer.from([0x25, 0x50, 0x44, 0x46, 0xff, 0x00])
    const { json, headers } = await status(201, 'POST', 'Binary', {
      body: bytes,
      headers: { 'content-type': 'application/pdf' },
    })
    assert.deepEqual([json.contentType, json.data], ['application/pdf', bytes.toString('base64')])
    const address = headers.get('location') ?? ''
    const read = await fetch(address, { headers: { accept: 'application/pdf' } })
    assert.deepEqual(Buffer.from(await read.arrayBuffer()), bytes)
    assert.deepEqual(
      ['content-type', 'content-disposition', 'etag', 'x-content-type-options'].map(name => read.headers.get(name)),
      ['application/pdf', 'attachment', 'W/"1"', 'nosniff'],
    )
    assert.equal((await status(200, 'GET', address, { headers: { accept: '*/*' } })).json.resourceType, 'Binary')
    await status(406, 'GET', address, { headers: { accept: 'image/png' } })
    await status(404, 'GET', 'Binary/none', { headers: { accept: 'image/png' } })
    await status(201, 'PUT', 'Binary/b1', { body: 'text', headers: { 'content-type': 'text/plain; charset=utf-8' } })
  })
})

test('a server that closes lets what runs end, and takes nothing more', async () => {
  const { promise: asked, resolve: ask } = Promise.withResolvers<void>()
  const { promise: allowed, resolve: allow } = Promise.withResolvers<void>()
  const authorize = async (): Promise<void> => {
    ask()
    await allowed
  }
  const hub = await testServer({ authorize })
  const answer = hub.send('POST', 'Patient', { body: { resourceType: 'Patient' } })
  await asked
  const closing = hub.close()
  await assert.rejects(fetch(`${hub.url}/metadata`))
  allow()
  assert.equal((await answer).status, 201)
  await closing
})
