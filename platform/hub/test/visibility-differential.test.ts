import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { JsonObject } from '@samband/fhir/fhirpath'
import type { Caller, VisibilityFilter } from '../src/access/caller.ts'
import { isVisible } from '../src/access/visibility.ts'
import { visibilityQuery } from '../src/access/visibility-query.ts'
import { openWard, type Ward } from './operations-ward.ts'

const system = 'http://terminology.hl7.org/CodeSystem/observation-category'
const observation = (n: number): JsonObject => ({
  resourceType: 'Observation',
  id: `o${n}`,
  meta: n % 4 === 0 ? { security: [{ system: 'urn:s', code: 'R' }], tag: [{ code: `t${n % 3}` }] } : {},
  status: n % 5 === 0 ? 'cancelled' : 'final',
  ...(n % 3 === 0 ? {} : { category: [{ coding: [{ system, code: n % 2 === 0 ? 'laboratory' : 'vital-signs' }] }] }),
  code: {
    coding: [
      { system: 'http://loinc.org', code: n % 2 === 0 ? '718-7' : '8867-4', display: n % 2 === 0 ? 'Hb' : 'Pulse' },
    ],
  },
  subject: { reference: n % 7 === 0 ? 'Group/g' : `Patient/p${n % 3}` },
  ...(n % 6 === 0 ? { performer: [{ reference: 'Patient/p1' }] } : {}),
  ...(n % 4 === 1 ? {} : { effectiveDateTime: `2026-0${1 + (n % 3)}-1${n % 10}` }),
  ...(n % 2 === 0
    ? { valueQuantity: { value: n + 0.5, unit: 'g/dL', system: 'http://unitsofmeasure.org', code: 'g/dL' } }
    : {}),
  identifier: [{ system: 'urn:i', value: `I${n}` }],
})

/** What a filter shows is worked out twice, in SQL and in memory: a search and a read must never differ. */
describe('what a search finds is what is visible in memory', () => {
  const resources: readonly JsonObject[] = [
    ...Array.from({ length: 42 }, (_, n) => observation(n)),
    { resourceType: 'Patient', id: 'p0', name: [{ family: 'Åse' }], birthDate: '1950-03' },
    {
      resourceType: 'Patient',
      id: 'p1',
      name: [{ family: 'Bø', given: ['Ås'] }],
      link: [{ other: { reference: 'Patient/p0' }, type: 'seealso' }],
    },
    { resourceType: 'Device', id: 'd1', patient: { reference: 'Patient/p1' } },
    { resourceType: 'Device', id: 'd2' },
    { resourceType: 'Binary', id: 'b1', contentType: 'text/plain', securityContext: { reference: 'Patient/p1' } },
    { resourceType: 'Binary', id: 'b2', contentType: 'text/plain' },
  ]
  let ward: Ward
  before(async () => {
    ward = await openWard()
    await ward.store(resources, Date.parse('2026-03-01T00:00:00Z'))
  })
  after(async () => await ward.close())

  const compartment = { type: 'Patient', id: 'p1' }
  const filters: readonly (readonly VisibilityFilter[])[] = [
    [{ compartment }],
    [{ compartment, query: 'category=laboratory' }],
    [{ compartment: { type: 'Patient', id: 'p2' } }, { query: '_security=urn:s|R' }],
    ...[
      `category=${system}|vital-signs`,
      'category:not=laboratory',
      'category:missing=true',
      'code=http://loinc.org|',
      'code=|718-7',
      'code:text=pul',
      'status=final,cancelled',
      'status:not=final',
      'date=ge2026-02',
      'date=2026-01&date=gt2026-01-12',
      'date:missing=true',
      'date=ne2026-01-10',
      'value-quantity=gt20.5',
      'value-quantity=20.5||g/dL',
      'value-quantity:missing=false&date=lt2026-03',
      'subject=Patient/p1',
      'patient=p1',
      'patient=https://hub.example.org/fhir/Patient/p1',
      'subject:Group=g',
      'identifier=urn:i|I7,urn:i|I8',
      'identifier=I9',
      '_id=o3,o4,d1',
      '_lastUpdated=ge2026',
      '_lastUpdated=gt2027',
      '_tag=t0,t1',
      '_security:not=urn:s|R',
      'name=ås',
      'name:exact=Bø',
      'family:contains=s',
      'birthdate=1950',
      'patient:missing=true',
      '_filter=status+eq+final+and+not(category+eq+laboratory)',
      'code-value-quantity=718-7$gt10',
      'combo-code=718-7',
      'nonsense=1',
      'subject.name=Bø',
      '_text=x',
    ].map(query => [{ query }]),
  ]

  for (const filter of filters) {
    test(JSON.stringify(filter), async () => {
      const caller: Caller = { actor: 'test', actorKind: 'token', access: () => filter }
      for (const type of ['Observation', 'Patient', 'Device', 'Binary']) {
        const { status, text, json } = await ward.ask('GET', `${type}?_count=100`, { caller })
        assert.equal(status, 200, text)
        const found = (json.entry ?? []).map((entry: { resource: { id: string } }) => entry.resource.id).toSorted()
        const own = resources.filter(({ resourceType }) => resourceType === type).map(({ id }) => String(id))
        const stored = await Promise.all(own.map(async id => await ward.hub.store.read(type, id)))
        const seen = stored.flatMap(each =>
          each !== undefined && isVisible(ward.hub, caller, 'read', each) ? [each.id] : [],
        )
        assert.deepEqual(found, seen.toSorted(), type)
      }
    })
  }

  test('each filter tells some of them apart, but for those that cannot be decided', async () => {
    const fitNone = new Set(['code=|718-7', '_lastUpdated=gt2027'])
    const undecided = new Set(['nonsense=1', 'subject.name=Bø', '_text=x'])
    for (const [{ query } = {}] of filters) {
      if (query === undefined || fitNone.has(query)) continue
      const caller: Caller = { actor: 'test', actorKind: 'token', access: () => [{ query }] }
      const seen = resources.filter(content =>
        isVisible(ward.hub, caller, 'read', {
          type: String(content['resourceType']),
          id: String(content['id']),
          content: { ...content, meta: { lastUpdated: '2026-03-01T00:00:00Z', ...(content['meta'] as object) } },
        }),
      )
      const decidable = ['Observation', 'Patient', 'Device'].some(type => visibilityQuery(ward.hub, type, query).ok)
      assert.equal(decidable, !undecided.has(query), query)
      assert.equal(seen.length > 0, decidable, query)
    }
  })
})
