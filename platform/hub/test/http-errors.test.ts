import assert from 'node:assert/strict'
import { after, before, describe, mock, test } from 'node:test'
import { loadValidator, type Validator } from '@samband/fhir/validation'
import { type Answer, raw, type SendOptions, testServer, type TestServer } from './http-server.ts'

const patient = { resourceType: 'Patient', active: true }

describe('what the hub refuses', () => {
  let hub: TestServer
  let validator: Validator
  const logged: string[] = []
  before(async () => {
    const log = {
      info: () => {},
      warn: () => {},
      error: (event: string, facts?: object) => logged.push(event + JSON.stringify(facts)),
    }
    hub = await testServer({ log, limits: { resourceBytesMax: 20_000, bundleBytesMax: 40_000, depthMax: 20 } })
    validator = await loadValidator()
  })
  after(async () => await hub.close())

  /** Sends, and expects a valid OperationOutcome with a code. */
  async function refused(
    status: number,
    code: string,
    method: string,
    path: string,
    options?: SendOptions,
  ): Promise<Answer> {
    const answer = await hub.send(method, path, options)
    assert.equal(answer.status, status, `${method} ${path}: ${answer.text}`)
    assert.equal(answer.json.resourceType, 'OperationOutcome')
    assert.deepEqual(
      validator.validate(answer.json).filter(({ severity }) => severity === 'error'),
      [],
    )
    assert.ok(
      answer.json.issue.some(
        (issue: { details: { coding: { code: string }[] } }) => issue.details.coding[0]?.code === code,
      ),
      answer.text,
    )
    return answer
  }

  test('addresses that are none, types and ids that are none', async () => {
    await refused(404, 'type-unknown', 'GET', 'Nothing/1')
    await refused(404, 'type-unknown', 'POST', 'patient'.replace('p', 'P').concat('s'), { body: patient })
    await refused(404, 'path-unknown', 'GET', 'patient/1')
    await refused(404, 'path-unknown', 'GET', 'Patient/1/_history/1/more')
    await refused(404, 'path-unknown', 'GET', 'Patient/1/2/3/4/5/6/7/8/9/10')
    await refused(404, 'path-unknown', 'GET', 'Observation/1/Patient')
    await refused(404, 'type-unknown', 'GET', 'Patient/1/Nothing')
    await refused(400, 'value-malformed', 'GET', `Patient/${'a'.repeat(65)}`)
    await refused(400, 'value-malformed', 'GET', 'Patient/a_b')
    await refused(400, 'value-malformed', 'GET', 'Patient/a%2Fb')
    await refused(400, 'value-malformed', 'GET', 'Patient/1/_history/a_b')
    await refused(400, 'encoding-invalid', 'GET', 'Patient/1?_format=%E6%')
    await refused(400, 'encoding-invalid', 'GET', 'Patient/%E6%')
    await refused(404, 'operation-unknown', 'GET', 'Patient/$nothing')
    await refused(404, 'resource-unknown', 'GET', 'Patient/none')
    await refused(404, 'resource-unknown', 'GET', 'Patient/none/_history')
    await refused(404, 'resource-unknown', 'GET', 'Patient/none/_history/1')
  })

  test('methods that an address does not take are told with those that it takes', async () => {
    const answer = await refused(405, 'method-not-allowed', 'DELETE', '')
    assert.equal(answer.headers.get('allow'), 'GET, POST, HEAD, OPTIONS')
    await refused(405, 'method-not-allowed', 'POST', 'Patient/1', { body: patient })
    await refused(405, 'method-not-allowed', 'POST', 'metadata', { body: patient })
    await refused(405, 'method-not-allowed', 'GET', 'Patient/_search')
    const options = await hub.send('OPTIONS', 'Patient/1')
    assert.deepEqual([options.status, options.headers.get('allow')], [204, 'GET, PUT, PATCH, DELETE, HEAD, OPTIONS'])
  })

  test('parameters that mean nothing are named, unless the client is lenient', async () => {
    await hub.send('PUT', 'Patient/named', { body: { ...patient, id: 'named' } })
    const answer = await refused(400, 'parameter-unknown', 'GET', 'Patient/named?_pritty=true')
    assert.match(answer.text, /_pritty/)
    const lenient = { headers: { prefer: 'handling=lenient' } }
    assert.equal((await hub.send('GET', 'Patient/named?_pritty=true', lenient)).status, 200)
    await refused(400, 'parameter-unknown', 'POST', 'Patient?active=true', { body: patient })
  })

  test('headers out of range', async () => {
    await hub.send('PUT', 'Patient/headers', { body: { ...patient, id: 'headers' } })
    const get = (headers: Record<string, string>): Promise<Answer> =>
      refused(400, 'value-malformed', 'GET', 'Patient/headers', { headers })
    await get({ 'if-none-match': '1' })
    await get({ 'if-modified-since': 'yesterday' })
    await get({ prefer: 'handling=maybe' })
    await refused(400, 'entity-tag-malformed', 'PUT', 'Patient/headers', {
      body: { ...patient, id: 'headers' },
      headers: { 'if-match': 'W/"a b"' },
    })
    await refused(406, 'version-unsupported', 'GET', 'Patient/headers', {
      headers: { accept: 'application/fhir+json; fhirVersion=5.0' },
    })
  })

  test('bodies that cannot be read are told where', async () => {
    const post = async (
      status: number,
      code: string,
      body: string | Buffer,
      type = 'application/fhir+json',
    ): Promise<Answer> => await refused(status, code, 'POST', 'Patient', { body, headers: { 'content-type': type } })
    assert.match((await post(400, 'json-invalid', '{"resourceType":"Patient",\n}')).text, /line 2/)
    const twice = await post(400, 'json-duplicate-key', '{"resourceType":"Patient","active":true,"active":false}')
    assert.match(twice.text, /active/)
    await post(400, 'encoding-invalid', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]))
    await post(400, 'input-too-deep', `{"resourceType":"Patient","contact":${'['.repeat(30)}${']'.repeat(30)}}`)
    await post(413, 'input-too-large', `{"resourceType":"Patient","x":"${'a'.repeat(20_001)}"}`)
    await post(400, 'resource-expected', '[]')
    await post(400, 'resource-expected', '"text"')
    await post(400, 'body-missing', '')
    await post(415, 'format-unsupported', 'resourceType: Patient', 'text/yaml')
    await post(415, 'format-unsupported', '{}', 'application/json-patch+json')
    await post(415, 'format-unsupported', 'a=b', 'application/x-www-form-urlencoded')
    await post(
      400,
      'xml-refused',
      '<!DOCTYPE x [<!ENTITY a "b">]><Patient xmlns="http://hl7.org/fhir"/>',
      'application/fhir+xml',
    )
    await post(400, 'xml-invalid', '<Patient xmlns="http://hl7.org/fhir">', 'application/fhir+xml')
    await refused(415, 'media-type-unsupported', 'POST', 'Patient/_search', { body: '{}' })
    await refused(415, 'media-type-unsupported', 'POST', 'Patient', {
      body: JSON.stringify(patient),
      headers: { 'content-encoding': 'gzip' },
    })
  })

  test('a resource that breaks the rules is refused with the place of each fault', async () => {
    const answer = await hub.send('POST', 'Patient', {
      body: { ...patient, gender: 'x', birthDate: '2026-13-01', nothing: 1 },
    })
    assert.ok(answer.status === 400 || answer.status === 422, answer.text)
    assert.ok(answer.json.issue.length >= 3, answer.text)
    assert.ok(
      answer.json.issue.every(({ expression }: { expression?: string[] }) => expression?.[0]?.startsWith('Patient')),
    )
    assert.ok(!answer.text.includes('2026-13-01'))
    assert.equal(
      (await hub.send('POST', 'Patient', { body: { resourceType: 'Observation', status: 'final', code: {} } }))
        .status >= 400,
      true,
    )
  })

  test('what is sent to the base is a batch or a transaction, and may be larger', async () => {
    await refused(400, 'body-missing', 'POST', '', { body: patient })
    await refused(400, 'bundle-type-wrong', 'POST', '', { body: { resourceType: 'Bundle', type: 'collection' } })
    const answer = await refused(400, 'bundle-type-wrong', 'POST', '', {
      body: { resourceType: 'Bundle', type: 'collection', x: 'a'.repeat(25_000) },
    })
    assert.equal(answer.json.issue[0].expression[0], 'Bundle.type')
    await refused(413, 'input-too-large', 'POST', '', { body: { resourceType: 'Bundle', x: 'a'.repeat(45_000) } })
  })

  test('a fault of ours is told by a reference that is in the log, and by nothing else', async () => {
    const { pool } = hub.db
    const query = mock.method(pool, 'query', () => {
      throw new TypeError('secret of Line Danser')
    })
    const answer = await refused(500, 'fault', 'GET', 'Patient/1/_history/1')
    query.mock.restore()
    const [, reference] = /as ([0-9a-f-]{36})/.exec(answer.text) ?? []
    assert.ok(logged.some(line => line.includes(String(reference))))
    assert.ok(!answer.text.includes('Danser'))
    assert.ok(logged.every(line => !line.includes('Danser')))
  })

  test('what is no HTTP, and a head that is too large, get an outcome too', async () => {
    assert.match(await raw(hub.url, 'NONSENSE\r\n\r\n'), /^HTTP\/1\.1 400 .*OperationOutcome.*http-invalid/s)
    const head = `GET /fhir/Patient/1 HTTP/1.1\r\nhost: x\r\nx: ${'a'.repeat(20_000)}\r\n\r\n`
    assert.match(await raw(hub.url, head), /^HTTP\/1\.1 431 .*OperationOutcome/s)
    assert.match(
      await raw(hub.url, 'PROPFIND /fhir/Patient HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n'),
      /^HTTP\/1\.1 40[45] .*OperationOutcome/s,
    )
  })
})
