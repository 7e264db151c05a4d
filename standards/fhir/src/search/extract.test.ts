import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compiler, extractor, fixture, indexOf, parameters } from './test/standard.ts'
import { createSearchExtractor, SearchParameters } from './index.ts'

const patient = indexOf(fixture('patient'))
const observation = indexOf(fixture('observation'))

test('every search parameter of R4 that has an expression is supported', () => {
  for (const type of parameters.resourceTypes) assert.deepEqual(extractor.unsupported(type), [])
})

test('a patient is found by name, identifier, flags and what it refers to', () => {
  assert.deepEqual(patient.values.get('family'), [
    { type: 'string', exact: 'Ødegård', folded: 'odegard' },
    { type: 'string', exact: 'Hansen', folded: 'hansen' },
  ])
  assert.deepEqual(patient.values.get('identifier'), [
    {
      type: 'token',
      system: 'urn:oid:2.16.578.1.12.4.1.4.1',
      code: '13887199136',
      text: 'fodselsnummer',
      identifierTypes: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0203', code: 'NI' }],
    },
    { type: 'token', system: '', code: 'uten-system' },
  ])
  assert.deepEqual(patient.values.get('active'), [{ type: 'token', code: 'true' }])
  assert.deepEqual(patient.values.get('deceased'), [{ type: 'token', code: 'true' }])
  assert.deepEqual(patient.values.get('email'), [{ type: 'token', code: 'aase@example.org' }])
  assert.deepEqual(patient.values.get('general-practitioner'), [
    { type: 'reference', fragment: 'gp' },
    { type: 'reference', targetType: 'Practitioner', targetId: 'dr1' },
  ])
  assert.deepEqual(patient.values.get('organization'), [
    { type: 'reference', targetType: 'Organization', targetId: 'o1' },
  ])
  assert.deepEqual(patient.values.get('link'), [
    { type: 'reference', identifier: { system: 'urn:oid:2.16.578.1.12.4.1.4.1', value: '13887199136' } },
  ])
  assert.deepEqual(patient.values.get('death-date'), [
    { type: 'date', lowMs: Date.UTC(2025, 11, 1), highMs: Date.UTC(2026, 0, 1) },
  ])
})

test('what every resource has is found: id, profile, tag, source and time of change', () => {
  assert.deepEqual(patient.values.get('_id'), [{ type: 'token', code: 'p1', text: 'p1' }])
  assert.deepEqual(patient.values.get('_profile'), [
    { type: 'uri', uri: 'http://example.org/StructureDefinition/pasient' },
  ])
  assert.deepEqual(patient.values.get('_tag'), [{ type: 'token', system: 'http://example.org/tags', code: 'test' }])
  const at = Date.UTC(2026, 0, 31, 11)
  assert.deepEqual(patient.values.get('_lastUpdated'), [{ type: 'date', lowMs: at, highMs: at + 1 }])
})

test('the codes of a concept are values of their own, and so is its text', () => {
  assert.deepEqual(observation.values.get('code'), [
    { type: 'token', system: 'http://loinc.org', code: '2823-3', text: 'potassium [moles/volume] in serum or plasma' },
    { type: 'token', system: 'urn:oid:2.16.578.1.12.4.1.1.7280', code: 'NPU03230' },
    { type: 'token', system: '', code: 'K' },
    { type: 'token', text: 'kalium' },
  ])
})

test('a reference that names its type counts for the narrower parameter too', () => {
  const subject = [{ type: 'reference', targetType: 'Patient', targetId: 'p1' }]
  assert.deepEqual(observation.values.get('subject'), subject)
  assert.deepEqual(observation.values.get('patient'), subject)
  const byIdentifier = {
    ...fixture('observation'),
    subject: { type: 'Patient', identifier: { system: 's', value: 'v' } },
  }
  assert.deepEqual(indexOf(byIdentifier).values.get('patient'), [
    { type: 'reference', targetType: 'Patient', identifier: { system: 's', value: 'v' } },
  ])
  const group = { ...fixture('observation'), subject: { reference: 'Group/g1' } }
  assert.equal(indexOf(group).values.has('patient'), false)
})

test('a versioned and a foreign reference keep what tells them apart', () => {
  assert.deepEqual(observation.values.get('encounter'), [
    { type: 'reference', targetType: 'Encounter', targetId: 'e1', version: '2' },
  ])
  assert.deepEqual(observation.values.get('performer'), [
    {
      type: 'reference',
      targetType: 'Practitioner',
      targetId: '23',
      url: 'http://other.example/base/Practitioner/23',
    },
  ])
})

test('a quantity has its base unit beside it, and a comparator opens it', () => {
  const [systolic, diastolic] = observation.values.get('component-value-quantity') ?? []
  const unit = { system: 'http://unitsofmeasure.org', code: 'mm[Hg]', unit: 'mmHg' }
  assert.deepEqual(systolic, {
    type: 'quantity',
    low: 120,
    high: 120,
    ...unit,
    canonical: { low: 120, high: 120, unit: 'mm[Hg]' },
  })
  assert.deepEqual(diastolic, {
    type: 'quantity',
    low: Number.NEGATIVE_INFINITY,
    high: 80,
    ...unit,
    canonical: { low: Number.NEGATIVE_INFINITY, high: 80, unit: 'mm[Hg]' },
  })
})

test('a composite keeps together what stands together', () => {
  const composites = observation.values.get('component-code-value-quantity') ?? []
  assert.equal(composites.length, 2)
  const [first] = composites
  assert.ok(first?.type === 'composite')
  assert.deepEqual(
    first.components.map(values => values.map(value => (value.type === 'token' ? value.code : value.type))),
    [['8480-6'], ['quantity']],
  )
  // The observation itself and both components.
  assert.equal(observation.values.get('combo-code-value-quantity')?.length, 3)
})

test('a period is open where it has no end, and a schedule is its outer limits', () => {
  const encounter = indexOf({ resourceType: 'Encounter', id: 'e', period: { start: '2026-01-01T08:00:00Z' } })
  assert.deepEqual(encounter.values.get('date'), [
    { type: 'date', lowMs: Date.UTC(2026, 0, 1, 8), highMs: Number.POSITIVE_INFINITY },
  ])
  const observed = indexOf({
    resourceType: 'Observation',
    effectiveTiming: {
      event: ['2026-01-03', '2026-01-01'],
      repeat: { frequency: 2, period: 1, periodUnit: 'd', boundsPeriod: { start: '2026-01-02', end: '2026-01-04' } },
    },
  })
  assert.deepEqual(observed.values.get('date'), [
    { type: 'date', lowMs: Date.UTC(2026, 0, 1), highMs: Date.UTC(2026, 0, 5) },
  ])
})

test('ranges, money, canonicals, resources in a bundle and places have values', () => {
  const risk = indexOf({
    resourceType: 'RiskAssessment',
    prediction: [{ probabilityRange: { low: { value: 10 }, high: { value: 20 } } }, { probabilityDecimal: 0.8 }],
  })
  assert.deepEqual(risk.values.get('probability'), [
    { type: 'number', low: 10, high: 20 },
    { type: 'number', low: 0.8, high: 0.8 },
  ])
  const invoice = indexOf({ resourceType: 'Invoice', totalNet: { value: 100, currency: 'NOK' } })
  assert.deepEqual(invoice.values.get('totalnet'), [
    { type: 'quantity', low: 100, high: 100, system: 'urn:iso:std:iso:4217', code: 'NOK', unit: 'NOK' },
  ])
  const plan = indexOf({ resourceType: 'CarePlan', instantiatesCanonical: ['http://example.org/plan|2.1'] })
  assert.deepEqual(plan.values.get('instantiates-canonical'), [
    { type: 'reference', url: 'http://example.org/plan', version: '2.1' },
  ])
  const bundle = indexOf({
    resourceType: 'Bundle',
    type: 'document',
    entry: [{ resource: { resourceType: 'Composition', id: 'c1' } }],
  })
  assert.deepEqual(bundle.values.get('composition'), [{ type: 'reference', targetType: 'Composition', targetId: 'c1' }])
  const location = indexOf({ resourceType: 'Location', position: { latitude: 69.65, longitude: 18.96 } })
  assert.deepEqual(location.values.get('near'), [{ type: 'position', latitude: 69.65, longitude: 18.96 }])
})

test('an extension is found by its value, a bundle by what its first entry is, a document by what it relates to', () => {
  const genetics = indexOf({
    resourceType: 'Observation',
    extension: [
      {
        url: 'http://hl7.org/fhir/StructureDefinition/observation-geneticsGene',
        valueCodeableConcept: { coding: [{ system: 'http://www.genenames.org', code: '12014' }] },
      },
    ],
  })
  assert.deepEqual(genetics.values.get('gene-identifier'), [
    { type: 'token', system: 'http://www.genenames.org', code: '12014' },
  ])
  const bundle = indexOf({ resourceType: 'Bundle', entry: [{ resource: { resourceType: 'Patient', id: 'p' } }] })
  assert.equal(bundle.values.has('composition'), false)
  const document = indexOf({
    resourceType: 'DocumentReference',
    relatesTo: [{ code: 'appends', target: { reference: 'DocumentReference/d1' } }],
  })
  assert.deepEqual(document.values.get('relationship'), [
    {
      type: 'composite',
      components: [
        [{ type: 'reference', targetType: 'DocumentReference', targetId: 'd1' }],
        [{ type: 'token', system: 'http://hl7.org/fhir/document-relationship-type', code: 'appends' }],
      ],
    },
  ])
})

test('a malformed element is left out and does not stop the others', () => {
  const { index, issues } = extractor.extract({
    resourceType: 'Patient',
    birthDate: '1971-13-45',
    name: 'no object',
    gender: 7,
    identifier: [null, { value: 'x' }],
  })
  assert.deepEqual(issues, [])
  assert.equal(index.values.has('birthdate'), false)
  assert.deepEqual(index.values.get('identifier'), [{ type: 'token', system: '', code: 'x' }])
})

test('a custom parameter adds to those of the standard, and one that is not supported is named', () => {
  const custom = {
    resourceType: 'SearchParameter',
    base: ['Patient'],
    type: 'string',
    status: 'active',
  } as const
  const own = new SearchParameters(
    [
      {
        ...custom,
        url: 'http://example.org/a',
        code: 'nickname',
        expression: "Patient.name.where(use = 'nickname').given",
      },
      { ...custom, url: 'http://example.org/b', code: 'broken', expression: 'Patient.name.nosuchfunction()' },
    ],
    ['Patient'],
  )
  const mine = createSearchExtractor(compiler, own)
  const { index } = mine.extract({ resourceType: 'Patient', name: [{ use: 'nickname', given: ['Kari'] }] })
  assert.deepEqual([...index.values.keys()], ['nickname'])
  assert.deepEqual(mine.unsupported('Patient'), [
    {
      code: 'expression-unsupported',
      parameter: 'broken',
      text: 'The expression of broken is not supported: The function nosuchfunction() is not supported',
    },
  ])
})
