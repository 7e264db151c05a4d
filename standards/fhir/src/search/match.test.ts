import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fixture, found, indexOf, ucum } from './test/standard.ts'
import type { MatchPorts, SearchIndex } from './index.ts'

const patient = indexOf(fixture('patient'))
const observation = indexOf(fixture('observation'))

function check(
  resource: SearchIndex,
  table: readonly (readonly [string, boolean | undefined])[],
  ports?: MatchPorts,
): void {
  for (const [search, expected] of table) assert.equal(found(resource, search, ports), expected, search)
}

test('strings begin with the value, whatever the case and accents', () => {
  check(patient, [
    ['name=ase', true],
    ['name=Åse', true],
    ['name=BJØRG', true],
    ['name=degard', false],
    ['name:contains=degard', true],
    ['family:exact=Ødegård', true],
    ['family:exact=ødegård', false],
    ['family:exact=Ødegår', false],
    ['family=nobody,hansen', true],
    ['family=odegard&family=hansen', true],
    ['family=odegard&family=olsen', false],
    ['address-city=tromso', true],
  ])
})

test('tokens match by code, by system, by both, and without a system', () => {
  check(observation, [
    ['code=2823-3', true],
    ['code=http://loinc.org|2823-3', true],
    ['code=http://loinc.org|', true],
    ['code=http://snomed.info/sct|', false],
    ['code=http://snomed.info/sct|2823-3', false],
    ['code=|K', true],
    ['code=|2823-3', false],
    ['code:not=2823-3', false],
    ['code:not=1', true],
    ['status=final,amended', true],
    ['status:not=final,amended', false],
    ['status=http://hl7.org/fhir/observation-status|final', true],
    ['status=http://hl7.org/fhir/other|final', false],
    ['code:text=kal', true],
    ['code:text=Potassium', true],
    ['code:text=serum', false],
    ['value-concept:missing=true', true],
    ['code:missing=true', false],
    ['code:missing=false', true],
    ['value-concept:not=x', true],
  ])
  check(patient, [
    ['identifier=urn:oid:2.16.578.1.12.4.1.4.1|13887199136', true],
    ['identifier=13887199136', true],
    ['identifier=|uten-system', true],
    ['identifier:of-type=http://terminology.hl7.org/CodeSystem/v2-0203|NI|13887199136', true],
    ['identifier:of-type=http://terminology.hl7.org/CodeSystem/v2-0203|MR|13887199136', false],
    ['active=true', true],
    ['deceased=false', false],
    ['_id=p2,p1', true],
  ])
})

test('codes above and below, and in a value set, are asked of a port', () => {
  const ports: MatchPorts = {
    inValueSet: (system, code, url) =>
      url === 'http://example.org/vs' ? system === 'http://loinc.org' && code === '2823-3' : undefined,
    subsumes: (ancestor, descendant) => ancestor.code === 'LP15098-0' && descendant.code === '2823-3',
  }
  check(
    observation,
    [
      ['code:in=http://example.org/vs', true],
      ['code:not-in=http://example.org/vs', false],
      ['code:in=http://example.org/other', undefined],
      ['code:below=http://loinc.org|LP15098-0', true],
      ['code:above=http://loinc.org|LP15098-0', false],
    ],
    ports,
  )
  assert.equal(found(observation, 'code:in=http://example.org/vs'), undefined)
})

test('dates compare by the ranges that both sides mean', () => {
  // 2013-01-14T10:00:00.5+01:00 is 09:00:00.5 UTC, for a tenth of a second.
  check(observation, [
    ['date=2013-01-14', true],
    ['date=2013-01', true],
    ['date=2013-01-15', false],
    ['date=2013-01-14T09:00:00Z', true],
    ['date=2013-01-14T10:00:00%2B01:00', true],
    ['date=2013-01-14T10:00:00+01:00', true],
    ['date=ne2013-01-14', false],
    ['date=gt2013-01-13', true],
    ['date=gt2013-01-14', false],
    ['date=ge2013-01-14', true],
    ['date=lt2013-01-14', false],
    ['date=le2013-01-14', true],
    ['date=sa2013-01-13', true],
    ['date=sa2013-01-14', false],
    ['date=eb2013-01-15', true],
    ['date=eb2013-01-14', false],
    ['date=ge2013&date=lt2014', true],
    ['date=ap2013-01-14', undefined],
  ])
  const nowMs = Date.UTC(2013, 0, 24)
  check(
    observation,
    [
      ['date=ap2013-01-15', true],
      ['date=ap2013-01-20', false],
    ],
    { nowMs },
  )
})

test('a period is found when the range meets it as the prefix says', () => {
  const encounter = indexOf({ resourceType: 'Encounter', period: { start: '2026-01-10', end: '2026-01-20' } })
  const open = indexOf({ resourceType: 'Encounter', period: { start: '2026-01-10' } })
  check(encounter, [
    ['date=2026-01', true],
    ['date=2026-01-15', false],
    ['date=gt2026-01-15', true],
    ['date=lt2026-01-15', true],
    ['date=sa2026-01-09', true],
    ['date=sa2026-01-10', false],
    ['date=eb2026-01-21', true],
    ['date=ge2026-01-20', true],
    ['date=ge2026-01-21', false],
  ])
  check(open, [
    ['date=gt2030', true],
    ['date=eb2030', false],
    ['date=2026', false],
  ])
})

test('numbers compare by significant digits for eq, exactly for the other prefixes', () => {
  const risk = (probability: number): SearchIndex =>
    indexOf({ resourceType: 'RiskAssessment', prediction: [{ probabilityDecimal: probability }] })
  check(risk(100.4), [
    ['probability=100', true],
    ['probability=100.4', true],
    ['probability=100.40', true],
    ['probability=100.0', false],
    ['probability=ne100', false],
    ['probability=gt100', true],
    ['probability=lt100.4', false],
    ['probability=le100.4', true],
    ['probability=sa100.3', true],
    ['probability=eb100.5', true],
    ['probability=ap110', true],
    ['probability=ap120', false],
    ['probability=1e2', true],
  ])
  check(risk(100.5), [
    ['probability=100', false],
    ['probability=101', true],
  ])
})

test('quantities compare in their own unit, and in others of the same kind by a port', () => {
  check(
    observation,
    [
      ['value-quantity=5.4', true],
      ['value-quantity=5.4|http://unitsofmeasure.org|mmol/L', true],
      ['value-quantity=5.4||mmol/L', true],
      ['value-quantity=5.40|http://unitsofmeasure.org|mmol/L', true],
      ['value-quantity=5.41|http://unitsofmeasure.org|mmol/L', false],
      ['value-quantity=gt5|http://unitsofmeasure.org|mmol/L', true],
      ['value-quantity=gt5|http://unitsofmeasure.org|mg', false],
      ['value-quantity=gt5000|http://unitsofmeasure.org|umol/L', true],
      ['value-quantity=5400|http://unitsofmeasure.org|umol/L', true],
      ['value-quantity=lt5000|http://unitsofmeasure.org|umol/L', false],
      ['value-quantity=5.4|http://example.org|mmol/L', false],
      ['component-value-quantity=lt70||mm[Hg]', true],
    ],
    { ucum },
  )
})

test('composites are found when one place has all parts', () => {
  check(observation, [
    ['code-value-quantity=http://loinc.org|2823-3$gt5', true],
    ['code-value-quantity=http://loinc.org|2823-3$gt6', false],
    ['component-code-value-quantity=8480-6$gt100', true],
    ['component-code-value-quantity=8462-4$gt100', false],
    ['component-code-value-quantity=8462-4$gt100,8480-6$120||mm[Hg]', true],
  ])
})

test('references match by id, type and id, URL, version and identifier', () => {
  check(observation, [
    ['subject=p1', true],
    ['subject=Patient/p1', true],
    ['subject:Patient=p1', true],
    ['subject:Group=p1', false],
    ['subject=Group/p1', false],
    ['subject=https://ehr.example/fhir/Patient/p1', true],
    ['patient=p1', true],
    ['encounter=Encounter/e1', true],
    ['encounter=Encounter/e1/_history/2', true],
    ['encounter=Encounter/e1/_history/3', false],
    ['performer=http://other.example/base/Practitioner/23', true],
    ['performer=Practitioner/23', false],
  ])
  check(patient, [
    ['link:identifier=urn:oid:2.16.578.1.12.4.1.4.1|13887199136', true],
    ['link:identifier=13887199136', true],
    ['link:identifier=http://other|13887199136', false],
    ['organization=o1', true],
  ])
})

test('URIs match whole, below and above; canonicals also by version', () => {
  const valueSet = indexOf({ resourceType: 'ValueSet', url: 'http://acme.org/fhir/ValueSet/123' })
  check(valueSet, [
    ['url=http://acme.org/fhir/ValueSet/123', true],
    ['url=http://acme.org/fhir/ValueSet', false],
    ['url:below=http://acme.org/fhir/', true],
    ['url:below=http://acme.org/fhir', true],
    ['url:below=http://acme.org/fh', false],
    ['url:above=http://acme.org/fhir/ValueSet/123/_history/5', true],
    ['url:above=http://acme.org/fhir/ValueSet/12', false],
  ])
  const plan = indexOf({ resourceType: 'CarePlan', instantiatesCanonical: ['http://example.org/plan|2.1.3'] })
  check(plan, [
    ['instantiates-canonical=http://example.org/plan', true],
    ['instantiates-canonical=http://example.org/plan|2.1.3', true],
    ['instantiates-canonical=http://example.org/plan|2.1', false],
    ['instantiates-canonical:below=http://example.org/plan|2.1', true],
    ['instantiates-canonical:below=http://example.org/plan|2.2', false],
  ])
})

test('near measures along the surface of the Earth', () => {
  const location = indexOf({ resourceType: 'Location', position: { latitude: 69.6496, longitude: 18.956 } })
  // Tromsø to Bodø is 322 km.
  check(location, [
    ['near=67.2804|14.4049|330|km', true],
    ['near=67.2804|14.4049|310|km', false],
    ['near=67.2804|14.4049|205|mi', true],
    ['near=69.65|18.95', true],
    ['near=67.2804|14.4049', false],
  ])
})

test('chains and reverse chains follow references through the ports', () => {
  const ports: MatchPorts = {
    target: reference => (reference.targetType === 'Patient' && reference.targetId === 'p1' ? patient : null),
    referrers: (type, code, to) =>
      type === 'Observation' && code === 'patient' && to === patient ? [observation] : [],
  }
  check(
    observation,
    [
      ['subject:Patient.name=ase', true],
      ['subject.name=ase', true],
      ['patient.birthdate=lt1980', true],
      ['patient.family=olsen', false],
      ['patient.family:missing=true', false],
      ['encounter.status=finished', false],
      ['patient._has:Observation:patient:code=2823-3', true],
    ],
    ports,
  )
  check(
    patient,
    [
      ['_has:Observation:patient:code=http://loinc.org|2823-3', true],
      ['_has:Observation:patient:code=1', false],
      ['_has:Observation:patient:patient.name=ase', true],
      ['_has:Condition:patient:code=1', false],
    ],
    ports,
  )
  assert.equal(found(observation, 'subject.name=ase'), undefined)
  assert.equal(found(patient, '_has:Observation:patient:code=1'), undefined)
})

test('_filter says the same as parameters, and more', () => {
  check(patient, [
    ['_filter=given eq "åse" and birthdate lt 1980-01-01', true],
    ['_filter=given eq ås', false],
    ['_filter=given sw ås', true],
    ['_filter=family ew gard', true],
    ['_filter=family co deg', true],
    ['_filter=family ne hansen', false],
    ['_filter=gender eq male or family eq hansen', true],
    ['_filter=gender eq male and gender eq female or active eq true', true],
    ['_filter=gender eq male and (gender eq female or active eq true)', false],
    ['_filter=not (gender eq male)', true],
    ['_filter=email pr true', true],
    ['_filter=death-date po 2025-12-24', true],
    ['_filter=organization re Organization/o1', true],
  ])
})

test('words and lists are asked of ports', () => {
  const ports: MatchPorts = {
    hasWords: (_resource, scope, words) => scope === 'narrative' && words === 'bone AND fracture',
    inList: (_resource, list) => list === '42',
  }
  check(
    patient,
    [
      ['_text=bone AND fracture', true],
      ['_content=bone', false],
      ['_list=42', true],
      ['_list=$problems', false],
    ],
    ports,
  )
  assert.equal(found(patient, '_list=42'), undefined)
})
