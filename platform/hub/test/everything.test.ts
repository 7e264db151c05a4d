import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { JsonObject } from '@samband/fhir/fhirpath'
import { openWard, type Ward, type WardAnswer } from './operations-ward.ts'

const reference = (to: string): JsonObject => ({ reference: to })
const loinc = (code: string): JsonObject => ({ coding: [{ system: 'http://loinc.org', code }] })
const observation = (id: string, patient: string, more: JsonObject = {}): JsonObject => ({
  resourceType: 'Observation',
  id,
  status: 'final',
  code: loinc('718-7'),
  subject: reference(`Patient/${patient}`),
  ...more,
})

/** Two patients of one hospital: whatever is asked about p1 must have nothing of p2's. */
const resources: readonly JsonObject[] = [
  { resourceType: 'Organization', id: 'trust', name: 'Trust' },
  { resourceType: 'Organization', id: 'hospital', name: 'Hospital', partOf: reference('Organization/trust') },
  { resourceType: 'Organization', id: 'origin', name: 'Nursing home' },
  { resourceType: 'Organization', id: 'unrelated', name: 'Unrelated' },
  { resourceType: 'Location', id: 'ward', name: 'Ward', managingOrganization: reference('Organization/hospital') },
  { resourceType: 'Practitioner', id: 'doctor', name: [{ family: 'Lege' }] },
  { resourceType: 'Practitioner', id: 'other-doctor', name: [{ family: 'Annen' }] },
  {
    resourceType: 'PractitionerRole',
    id: 'role',
    practitioner: reference('Practitioner/doctor'),
    organization: reference('Organization/hospital'),
  },
  { resourceType: 'Medication', id: 'medicine', code: { text: 'Paracetamol' } },
  { resourceType: 'Binary', id: 'scan', contentType: 'text/plain', data: 'aGVp' },
  {
    resourceType: 'Binary',
    id: 'photo',
    contentType: 'text/plain',
    data: 'aGVp',
    securityContext: reference('Patient/p1'),
  },
  {
    resourceType: 'Binary',
    id: 'photo-p2',
    contentType: 'text/plain',
    data: 'aGVp',
    securityContext: reference('Patient/p2'),
  },
  { resourceType: 'Device', id: 'analyser' },
  { resourceType: 'Device', id: 'pump-p2', patient: reference('Patient/p2') },
  {
    resourceType: 'Patient',
    id: 'p1',
    managingOrganization: reference('https://hub.example.org/fhir/Organization/hospital'),
  },
  { resourceType: 'Patient', id: 'p2', generalPractitioner: [reference('Practitioner/other-doctor')] },
  {
    resourceType: 'Encounter',
    id: 'e1',
    status: 'finished',
    class: { code: 'IMP' },
    subject: reference('Patient/p1'),
    period: { start: '2026-02-01', end: '2026-02-10' },
    participant: [{ individual: reference('PractitionerRole/role') }],
    location: [{ location: reference('Location/ward') }],
    hospitalization: { origin: reference('Organization/origin') },
  },
  observation('o1', 'p1', {
    encounter: reference('Encounter/e1'),
    effectiveDateTime: '2026-02-02',
    performer: [reference('Practitioner/doctor')],
    device: reference('Device/analyser'),
    note: [{ text: 'not a link: "reference":"Organization/unrelated"' }],
  }),
  observation('o2', 'p1', {
    effectiveDateTime: '2025-01-01',
    focus: [reference('Patient/p2'), reference('Device/pump-p2'), reference('Observation/x1')],
  }),
  observation('gone', 'p1', { performer: [reference('Practitioner/nobody')] }),
  { resourceType: 'AllergyIntolerance', id: 'a1', patient: reference('Patient/p1') },
  {
    resourceType: 'MedicationRequest',
    id: 'm1',
    status: 'active',
    intent: 'order',
    subject: reference('Patient/p1'),
    encounter: reference('Encounter/e1'),
    authoredOn: '2026-02-03',
    medicationReference: reference('Medication/medicine'),
  },
  {
    resourceType: 'DocumentReference',
    id: 'd1',
    status: 'current',
    subject: reference('Patient/p1'),
    content: [{ attachment: { url: 'Binary/scan' } }, { attachment: { url: 'Binary/photo-p2' } }],
  },
  { resourceType: 'Condition', id: 'c1', subject: reference('Patient/p1'), encounter: reference('Encounter/e1') },
  observation('x1', 'p2', { performer: [reference('Practitioner/other-doctor')] }),
  { resourceType: 'Encounter', id: 'x2', status: 'finished', class: { code: 'IMP' }, subject: reference('Patient/p2') },
]

const compartment = [
  'AllergyIntolerance/a1',
  'Binary/photo',
  'Condition/c1',
  'DocumentReference/d1',
  'Encounter/e1',
  'MedicationRequest/m1',
  'Observation/gone',
  'Observation/o1',
  'Observation/o2',
  'Patient/p1',
]
const supporting = [
  'Binary/scan',
  'Device/analyser',
  'Location/ward',
  'Medication/medicine',
  'Organization/hospital',
  'Organization/origin',
  'Organization/trust',
  'Practitioner/doctor',
  'PractitionerRole/role',
]

describe('$everything', () => {
  let ward: Ward
  before(async () => {
    ward = await openWard()
    await ward.store(resources, Date.parse('2026-03-01T00:00:00Z'))
  })
  after(async () => await ward.close())

  type Entry = {
    readonly fullUrl: string
    readonly resource: { resourceType: string; id: string }
    readonly search: { mode: string }
  }
  const entries = ({ json }: WardAnswer): readonly Entry[] => json.entry ?? []
  const names = (answer: WardAnswer, mode?: string): readonly string[] =>
    entries(answer)
      .filter(entry => mode === undefined || entry.search.mode === mode)
      .map(({ resource }) => `${resource.resourceType}/${resource.id}`)
      .toSorted()
  const linkOf = ({ json }: WardAnswer, relation: string): string | undefined => {
    const links: readonly { relation: string; url: string }[] = json.link
    return links.find(link => link.relation === relation)?.url.replace('https://hub.example.org/fhir/', '')
  }

  test('of a patient has the compartment and once each what that refers to, and nothing of another patient', async () => {
    const answer = await ward.ask('GET', 'Patient/p1/$everything')
    assert.equal(answer.status, 200, answer.text)
    assert.deepEqual(names(answer, 'match'), compartment)
    assert.deepEqual(names(answer, 'include'), supporting)
    assert.equal(entries(answer)[0]?.fullUrl, 'https://hub.example.org/fhir/Patient/p1')
    assert.equal(answer.json.type, 'searchset')
    assert.equal(answer.json.total, compartment.length)
    assert.equal(linkOf(answer, 'next'), undefined)
  })

  test('is told to the audit with all that it gave out, and whose it was', async () => {
    ward.audited.length = 0
    await ward.ask('GET', 'Patient/p1/$everything')
    const [event] = ward.audited
    assert.equal(event?.code, '$everything')
    assert.equal(event.resources.length, compartment.length + supporting.length)
    assert.ok(event.patients.includes('p1'))
  })

  for (const count of [1, 3, 7, 100]) {
    test(`by ${count} gives the same in pages`, async () => {
      const found: string[] = []
      let pages = 0
      let path: string | undefined = `Patient/p1/$everything?_count=${count}`
      while (path !== undefined) {
        const answer: WardAnswer = await ward.ask('GET', path)
        assert.equal(answer.status, 200, answer.text)
        assert.ok(entries(answer).length <= count)
        found.push(...names(answer))
        path = linkOf(answer, 'next')
        pages += 1
      }
      assert.deepEqual(found.toSorted(), [...compartment, ...supporting].toSorted())
      assert.equal(pages, Math.ceil(found.length / count))
    })
  }

  test('what is beyond the limit continues on a next page, also when nobody asked for pages', async () => {
    const limits = { ...ward.hub.limits, everythingMax: 4 }
    const { everything } = await import('../src/operations/everything.ts')
    const call = {
      caller: ward.bearer('system/*.rs'),
      level: 'instance',
      type: 'Patient',
      id: 'p1',
      method: 'GET',
      general: { elements: [] },
    } as const
    const { text } = await everything({ ...ward.hub, limits }, { ...call, pairs: [] })
    const first = { status: 200, text: text ?? '', json: JSON.parse(text ?? '') }
    assert.equal(entries(first).length, 4)
    assert.match(linkOf(first, 'next') ?? '', /_cursor=/)
    const { text: small } = await everything(
      { ...ward.hub, limits: { ...ward.hub.limits, everythingCharactersMax: 1 } },
      { ...call, pairs: [] },
    )
    assert.equal(JSON.parse(small ?? '').entry.length, 1)
    await assert.rejects(
      everything({ ...ward.hub, limits: { ...limits, everythingMembersMax: 3 } }, { ...call, pairs: [] }),
      /too long/,
    )
  })

  test('can be narrowed to types, also of what is outside the compartment', async () => {
    assert.deepEqual(
      names(await ward.ask('GET', 'Patient/p1/$everything?_type=Observation,Practitioner&_type=Medication')),
      ['Medication/medicine', 'Observation/gone', 'Observation/o1', 'Observation/o2', 'Practitioner/doctor'],
    )
  })

  test('can be narrowed to dates of care; what has none belongs to all', async () => {
    const found = names(await ward.ask('GET', 'Patient/p1/$everything?start=2026-02&end=2026-02-28'), 'match')
    assert.deepEqual(
      found,
      compartment.filter(name => name !== 'Observation/o2'),
    )
    assert.ok(!names(await ward.ask('GET', 'Patient/p1/$everything?end=2025-12-31')).includes('Observation/o1'))
  })

  test('_since gives what changed after it', async () => {
    await ward.store(
      [observation('fresh', 'p1', { performer: [reference('Practitioner/doctor')] })],
      Date.parse('2026-03-05T00:00:00Z'),
    )
    assert.deepEqual(names(await ward.ask('GET', 'Patient/p1/$everything?_since=2026-03-04T23:59:59.999Z')), [
      'Observation/fresh',
    ])
    assert.deepEqual(names(await ward.ask('GET', 'Patient/p1/$everything?_since=2026-03-05T00:00:00Z')), [])
    assert.equal((await ward.ask('DELETE', 'Observation/fresh')).status, 204)
    assert.ok(!names(await ward.ask('GET', 'Patient/p1/$everything')).includes('Observation/fresh'))
  })

  test('may come by POST with Parameters', async () => {
    const body = { resourceType: 'Parameters', parameter: [{ name: '_type', valueCode: 'Encounter' }] }
    assert.deepEqual(names(await ward.ask('POST', 'Patient/p1/$everything', { body })), ['Encounter/e1'])
  })

  test('of an encounter has its compartment, its patient, and what those refer to', async () => {
    const answer = await ward.ask('GET', 'Encounter/e1/$everything')
    assert.deepEqual(names(answer, 'match'), ['Condition/c1', 'Encounter/e1', 'MedicationRequest/m1', 'Observation/o1'])
    assert.deepEqual(
      names(answer, 'include'),
      [...supporting.filter(name => name !== 'Binary/scan'), 'Patient/p1'].toSorted(),
    )
  })

  test('gives a patient-scoped caller what is theirs, and of another patient not even that there is one', async () => {
    const caller = ward.bearer('patient/*.rs', 'p1')
    const answer = await ward.ask('GET', 'Patient/p1/$everything', { caller })
    assert.deepEqual(names(answer, 'match'), compartment)
    // Nothing tells whose this Binary is.
    assert.deepEqual(
      names(answer, 'include'),
      supporting.filter(name => name !== 'Binary/scan'),
    )
    assert.deepEqual(names(await ward.ask('GET', 'Patient/$everything', { caller })), names(answer))
    const other = await ward.ask('GET', 'Patient/p2/$everything', { caller })
    const nobody = await ward.ask('GET', 'Patient/p3/$everything', { caller })
    assert.equal(other.status, 404)
    assert.equal(other.text, nobody.text)
    assert.equal((await ward.ask('GET', 'Encounter/x2/$everything', { caller })).status, 404)
    const forged = Buffer.from('m:Observation:0').toString('base64url')
    assert.equal((await ward.ask('GET', `Patient/p2/$everything?_cursor=${forged}`, { caller })).status, 404)
  })

  test('gives only types that the scopes reach', async () => {
    const caller = ward.bearer('patient/Patient.r patient/Observation.r?date=ge2026 patient/Practitioner.r', 'p1')
    assert.deepEqual(names(await ward.ask('GET', 'Patient/p1/$everything', { caller })), [
      'Observation/o1',
      'Patient/p1',
      'Practitioner/doctor',
    ])
    const refused = await ward.ask('GET', 'Patient/p1/$everything', {
      caller: ward.bearer('patient/Observation.rs', 'p1'),
    })
    assert.equal(refused.status, 403)
  })

  for (const [path, status, code] of [
    ['Patient/nobody/$everything', 404, 'resource-unknown'],
    ['Patient/$everything', 400, 'patient-needed'],
    ['Encounter/$everything', 404, 'operation-unknown'],
    ['Observation/o1/$everything', 404, 'operation-unknown'],
    ['$everything', 404, 'operation-unknown'],
    ['Patient/p1/$everything?_since=2026', 400, 'parameter-invalid'],
    ['Patient/p1/$everything?start=yesterday', 400, 'parameter-invalid'],
    ['Patient/p1/$everything?start=2026&end=2025', 400, 'parameter-invalid'],
    ['Patient/p1/$everything?_count=0', 400, 'parameter-invalid'],
    ['Patient/p1/$everything?_count=2&_count=3', 400, 'parameter-invalid'],
    ['Patient/p1/$everything?_type=,', 400, 'parameter-invalid'],
    ['Patient/p1/$everything?_cursor=x', 400, 'parameter-invalid'],
    ['Patient/p1/$everything?_cuont=3', 400, 'parameter-unknown'],
    ['Encounter/e1/$everything?start=2026', 400, 'parameter-unknown'],
  ] as const) {
    test(`${path} is refused: ${code}`, async () => {
      const answer = await ward.ask('GET', path)
      assert.equal(answer.status, status, answer.text)
      assert.equal(answer.json.issue[0].details.coding[0].code, code)
    })
  }

  test('of a deleted patient is gone', async () => {
    await ward.store([{ resourceType: 'Patient', id: 'p9' }])
    await ward.ask('DELETE', 'Patient/p9')
    assert.equal((await ward.ask('GET', 'Patient/p9/$everything')).status, 410)
  })
})
