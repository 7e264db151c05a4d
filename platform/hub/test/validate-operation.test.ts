import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { JsonObject } from '@samband/fhir/fhirpath'
import { openWard, type Ward, type WardAnswer } from './operations-ward.ts'

const good: JsonObject = {
  resourceType: 'Observation',
  status: 'final',
  code: { text: 'Weight' },
  subject: { reference: 'Patient/p1' },
}
const bad: JsonObject = { resourceType: 'Observation', code: { text: 'Weight' }, weight: 3 }

describe('$validate', () => {
  let ward: Ward
  before(async () => {
    ward = await openWard({ references: 'refuse' })
    await ward.store([
      { resourceType: 'Patient', id: 'p1' },
      { resourceType: 'Patient', id: 'p2' },
      { ...good, id: 'o1' },
      { ...good, id: 'o2', subject: { reference: 'Patient/p2' } },
    ])
  })
  after(async () => await ward.close())

  const codes = ({ json }: WardAnswer): readonly string[] =>
    json.issue.flatMap((issue: { severity: string; details: { coding?: readonly { code: string }[] } }) =>
      issue.severity === 'error' ? (issue.details.coding ?? []).map(({ code }) => code) : [],
    )

  test('says of a good resource that nothing was found, and of a bad one all that is wrong, with status 200', async () => {
    for (const path of ['$validate', 'Observation/$validate']) {
      const fine = await ward.ask('POST', path, { body: good })
      assert.equal(fine.status, 200)
      assert.equal(fine.json.resourceType, 'OperationOutcome')
      assert.deepEqual(codes(fine), [])
      const wrong = await ward.ask('POST', path, { body: bad })
      assert.equal(wrong.status, 200)
      assert.deepEqual(codes(wrong).toSorted(), ['element-missing', 'element-unknown'])
      assert.ok(wrong.json.issue.some((issue: JsonObject) => String(issue['expression']) === 'Observation.weight'))
    }
  })

  test('takes the resource, a mode and a profile from Parameters, or the mode from the address', async () => {
    const parameter = [
      { name: 'resource', resource: bad },
      { name: 'mode', valueCode: 'create' },
      { name: 'profile', valueUri: 'http://hl7.org/fhir/StructureDefinition/vitalsigns' },
    ]
    const answer = await ward.ask('POST', 'Observation/$validate', { body: { resourceType: 'Parameters', parameter } })
    assert.equal(answer.status, 200, answer.text)
    assert.ok(codes(answer).length > 2)
    assert.deepEqual(codes(await ward.ask('POST', 'Observation/$validate?mode=create', { body: good })), [])
  })

  test('a profile that was asked for and is not known is an error of the request', async () => {
    const answer = await ward.ask('POST', 'Observation/$validate?profile=http://example.org/nothing', { body: good })
    assert.equal(answer.status, 400)
    assert.deepEqual(codes(answer), ['profile-unknown'])
  })

  test('a resource of another type than the address is wrong', async () => {
    assert.ok(codes(await ward.ask('POST', 'Patient/$validate', { body: good })).includes('resource-type-wrong'))
  })

  test('of a stored resource needs no body', async () => {
    const answer = await ward.ask('GET', 'Observation/o1/$validate')
    assert.equal(answer.status, 200)
    assert.deepEqual(codes(answer), [])
  })

  test('with mode create tells what a creation would be refused for: rights, and references to nowhere', async () => {
    const caller = ward.bearer('patient/Observation.crs', 'p1')
    const path = 'Observation/$validate?mode=create'
    assert.deepEqual(codes(await ward.ask('POST', path, { body: good, caller })), [])
    const others = { ...good, subject: { reference: 'Patient/p2' } }
    assert.deepEqual(codes(await ward.ask('POST', path, { body: others, caller })), ['scope-missing'])
    assert.deepEqual(codes(await ward.ask('POST', path, { body: others })), [])
    const nowhere = { ...good, subject: { reference: 'Patient/nobody' } }
    assert.deepEqual(codes(await ward.ask('POST', path, { body: nowhere })), ['reference-to-nowhere'])
    assert.equal((await ward.ask('GET', 'Observation?_summary=count')).json.total, 2)
  })

  test('with mode update looks at the id, and at what is there', async () => {
    const path = 'Observation/o1/$validate?mode=update'
    assert.deepEqual(codes(await ward.ask('POST', path, { body: { ...good, id: 'o1' } })), [])
    assert.deepEqual(codes(await ward.ask('POST', path, { body: { ...good, id: 'o9' } })), ['id-differs'])
    const caller = ward.bearer('patient/Observation.u', 'p1')
    assert.deepEqual(codes(await ward.ask('POST', path, { body: { ...good, id: 'o1' }, caller })), [])
    const others = await ward.ask('POST', 'Observation/o2/$validate?mode=update', {
      body: { ...good, id: 'o2' },
      caller,
    })
    const nobodys = await ward.ask('POST', 'Observation/o3/$validate?mode=update', {
      body: { ...good, id: 'o3' },
      caller,
    })
    assert.deepEqual(codes(others), ['scope-missing'])
    assert.equal(others.text, nobodys.text)
  })

  test('with mode delete tells what refers to it, and changes nothing', async () => {
    assert.deepEqual(codes(await ward.ask('POST', 'Observation/o1/$validate?mode=delete')), [])
    assert.deepEqual(codes(await ward.ask('POST', 'Patient/p1/$validate?mode=delete')), ['resource-referred-to'])
    const reader = ward.bearer('patient/*.rs', 'p1')
    assert.deepEqual(codes(await ward.ask('GET', 'Observation/o1/$validate?mode=delete', { caller: reader })), [
      'scope-missing',
    ])
    assert.equal((await ward.ask('GET', 'Observation/o2/$validate?mode=delete', { caller: reader })).status, 404)
    assert.equal((await ward.ask('GET', 'Observation/o1')).status, 200)
  })

  test("another patient's resource is as if it were not there", async () => {
    const caller = ward.bearer('patient/*.cruds', 'p1')
    const other = await ward.ask('GET', 'Observation/o2/$validate', { caller })
    assert.equal(other.status, 404)
    assert.equal(other.text, (await ward.ask('GET', 'Observation/nothing/$validate', { caller })).text)
  })

  for (const [path, body, code] of [
    ['Observation/$validate', undefined, 'parameter-invalid'],
    ['Observation/$validate?mode=replace', good, 'parameter-invalid'],
    ['Observation/$validate?mode=update', good, 'parameter-invalid'],
    ['Observation/$validate?mode=create&mode=create', good, 'parameter-invalid'],
    ['Observation/o1/$validate?mode=update', undefined, 'parameter-invalid'],
    ['Observation/$validate?modus=create', good, 'parameter-unknown'],
    ['$validate', { resourceType: 'Parameters', parameter: {} }, 'parameters-malformed'],
    ['$validate', { resourceType: 'Parameters', parameter: [{ resource: good }] }, 'parameters-malformed'],
    ['$validate', { resourceType: 'Parameters', parameter: [{ name: 'mode' }] }, 'parameters-malformed'],
    ['$validate', { resourceType: 'Parameters' }, 'parameter-invalid'],
  ] as const) {
    test(`${path} with ${JSON.stringify(body)?.slice(0, 40) ?? 'no body'} is refused: ${code}`, async () => {
      const answer = await ward.ask('POST', path, body === undefined ? {} : { body })
      assert.equal(answer.status, 400, answer.text)
      assert.deepEqual(codes(answer), [code])
    })
  }
})
