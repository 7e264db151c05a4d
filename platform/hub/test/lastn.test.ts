import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { JsonObject } from '@samband/fhir/fhirpath'
import { openWard, type Ward, type WardAnswer } from './operations-ward.ts'

const observation = (id: string, patient: string, code: string, date: string, category = 'laboratory'): JsonObject => ({
  resourceType: 'Observation',
  id,
  status: 'final',
  category: [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: category }] }],
  code: { coding: [{ system: 'http://loinc.org', code }] },
  subject: { reference: `Patient/${patient}` },
  effectiveDateTime: date,
})

describe('Observation/$lastn', () => {
  let ward: Ward
  before(async () => {
    ward = await openWard({ limits: { pageMax: 3 } })
    await ward.store([
      { resourceType: 'Patient', id: 'p1', identifier: [{ system: 'urn:i', value: '1' }] },
      observation('hb1', 'p1', '718-7', '2026-01-01'),
      observation('hb2', 'p1', '718-7', '2026-01-02'),
      observation('hb3', 'p1', '718-7', '2026-01-03'),
      observation('na1', 'p1', '2951-2', '2025-01-01'),
      observation('na2', 'p1', '2951-2', '2025-01-02'),
      observation('pulse1', 'p1', '8867-4', '2026-02-01', 'vital-signs'),
      observation('other', 'p2', '718-7', '2026-03-01'),
    ])
  })
  after(async () => await ward.close())

  const names = ({ status, text, json }: WardAnswer): readonly string[] => {
    assert.equal(status, 200, text)
    return (json.entry ?? []).map(({ resource }: { resource: { id: string } }) => resource.id)
  }

  test('gives the last of each code, newest first, over all pages of the search', async () => {
    const answer = await ward.ask('GET', 'Observation/$lastn?patient=Patient/p1')
    assert.deepEqual(names(answer), ['pulse1', 'hb3', 'na2'])
    assert.equal(answer.json.total, 3)
    assert.equal(answer.json.link[0].url, 'https://hub.example.org/fhir/Observation/$lastn?patient=Patient/p1')
  })

  test('gives as many as were asked for, among those that the search finds', async () => {
    assert.deepEqual(names(await ward.ask('GET', 'Observation/$lastn?subject=Patient/p1&max=2&category=laboratory')), [
      'hb3',
      'hb2',
      'na2',
      'na1',
    ])
    assert.deepEqual(
      names(await ward.ask('GET', 'Observation/$lastn?patient=p1&code=http://loinc.org|718-7&date=lt2026-01-03')),
      ['hb2'],
    )
    assert.deepEqual(names(await ward.ask('GET', 'Observation/$lastn?patient.identifier=urn:i|1&code=8867-4')), [
      'pulse1',
    ])
    assert.deepEqual(names(await ward.ask('GET', 'Observation/$lastn?patient=p1&code=0-0')), [])
  })

  test('gives the parts that are wanted', async () => {
    const answer = await ward.ask('GET', 'Observation/$lastn?patient=p1&code=8867-4&_elements=code')
    const [{ resource }] = answer.json.entry
    assert.ok('code' in resource && !('effectiveDateTime' in resource))
  })

  test('may come by POST with Parameters', async () => {
    const parameter = [
      { name: 'patient', valueString: 'Patient/p1' },
      { name: 'max', valuePositiveInt: 3 },
      { name: 'code', valueString: '718-7' },
    ]
    assert.deepEqual(
      names(await ward.ask('POST', 'Observation/$lastn', { body: { resourceType: 'Parameters', parameter } })),
      ['hb3', 'hb2', 'hb1'],
    )
  })

  test('shows a patient-scoped caller their own only, and is about them where nobody is named', async () => {
    const caller = ward.bearer('patient/Observation.rs', 'p1')
    assert.deepEqual(names(await ward.ask('GET', 'Observation/$lastn?code=718-7', { caller })), ['hb3'])
    assert.deepEqual(names(await ward.ask('GET', 'Observation/$lastn?patient=p2', { caller })), [])
    assert.deepEqual(names(await ward.ask('GET', 'Observation/$lastn?patient=p1,p2&code=718-7', { caller })), ['hb3'])
    const narrow = ward.bearer('patient/Observation.rs?category=vital-signs', 'p1')
    assert.deepEqual(names(await ward.ask('GET', 'Observation/$lastn', { caller: narrow })), ['pulse1'])
    assert.equal(
      (await ward.ask('GET', 'Observation/$lastn', { caller: ward.bearer('patient/Observation.r', 'p1') })).status,
      403,
    )
  })

  test('refuses what would look at too many', async () => {
    const { lastn } = await import('../src/operations/lastn.ts')
    const hub = { ...ward.hub, limits: { ...ward.hub.limits, lastnMax: 4 } }
    const call = {
      caller: ward.bearer('system/*.s'),
      level: 'type',
      type: 'Observation',
      method: 'GET',
      general: { elements: [] },
      pairs: [['patient', 'p1']],
    } as const
    await assert.rejects(lastn(hub, call), /more than 4/)
  })

  for (const [path, status] of [
    ['Observation/$lastn', 400],
    ['Observation/$lastn?code=718-7', 400],
    ['Observation/$lastn?patient:missing=false', 400],
    ['Observation/$lastn?patient=p1&max=0', 400],
    ['Observation/$lastn?patient=p1&max=many', 400],
    ['Observation/$lastn?patient=p1&nonsense=1', 400],
    ['Observation/$lastn?patient=p1&_sort=date', 400],
    ['Observation/$lastn?patient=p1&_count=3', 400],
    ['Observation/$lastn?patient=p1&_include=Observation:subject', 400],
    ['Observation/hb1/$lastn', 404],
    ['Patient/$lastn?patient=p1', 404],
  ] as const) {
    test(`${path} is refused with ${status}`, async () => {
      const answer = await ward.ask('GET', path)
      assert.equal(answer.status, status, answer.text)
    })
  }
})
