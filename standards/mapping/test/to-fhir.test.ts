import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decimalText, formatJson } from '@samband/fhir'
import { type Message, parse } from '@samband/hl7v2'
import { type MappingSettings, standardMapping, toFhir, type ToFhirResult, US_CORE_PATCH } from '../src/index.ts'

function message(...segments: string[]): Message {
  const result = parse(segments.join('\r'))
  assert.ok(result.ok)
  return result.message
}

function header(type: string, zone = '+0100'): string {
  return `MSH|^~\\&|SYSTEM|HOSPITAL|HUB|SAMBAND|20260131235900${zone}||${type}|MSG1|P|2.5.1`
}

function resources(result: ToFhirResult, type: string): Record<string, unknown>[] {
  return result.bundle.entry.map(({ resource }) => resource).filter(({ resourceType }) => resourceType === type)
}

function one(result: ToFhirResult, type: string): Record<string, unknown> {
  const found = resources(result, type)
  assert.equal(found.length, 1, `one ${type}`)
  return found[0] ?? {}
}

const PID =
  'PID|1||10101^^^HOSPITAL^MR~05843012345^^^&2.16.578.1.12.4.1.4.1&ISO^NNNOR||Nordmann^Ola^Per^^^^L||19800514|M|||Storgata 1^^Oslo^^0155^NO^H||^PRN^PH^^47^^22334455'
const ADMISSION = [
  header('ADT^A01^ADT_A01'),
  'EVN|A01|20260131235900',
  PID,
  'PV1|1|I|MED1^204^2^SYKEHUS||||C006^Hansen^Kari||||||||||||V100^^^HOSPITAL^VN|||||||||||||||||||||||||20260131230000',
]

test('an admission becomes a patient, an encounter and the bed that it is in', () => {
  const result = toFhir(message(...ADMISSION))
  const patient = one(result, 'Patient')
  assert.equal(patient['birthDate'], '1980-05-14')
  assert.equal(patient['gender'], 'male')
  assert.deepEqual(patient['name'], [{ family: 'Nordmann', given: ['Ola', 'Per'], use: 'official' }])
  const encounter = one(result, 'Encounter')
  assert.equal(encounter['status'], 'in-progress')
  assert.deepEqual(encounter['period'], { start: '2026-01-31T23:00:00+01:00' })
  const bed = result.bundle.entry.find(({ resource }) => resource['name'] === '2')
  assert.deepEqual(encounter['location'], [{ location: { reference: bed?.fullUrl }, status: 'active' }])
})

test('a patient with an identifier that has a system is updated by it, and every reference leads into the Bundle', () => {
  const { bundle } = toFhir(message(...ADMISSION))
  const patient = bundle.entry.find(({ resource }) => resource['resourceType'] === 'Patient')
  assert.equal(patient?.request.url, 'Patient?identifier=urn%3Aoid%3A2.16.578.1.12.4.1.4.1|05843012345')
  assert.equal(patient?.resource['id'], undefined)
  const addresses = new Set(bundle.entry.map(({ fullUrl }) => fullUrl))
  const led = [...formatJson(bundle).matchAll(/"reference":"(urn:uuid:[^"]+)"/g)].map(match => match[1] ?? '')
  assert.ok(led.length > 10)
  for (const address of led) assert.ok(addresses.has(address))
})

test('the same message gives the same Bundle, and another of the patient the same patient', () => {
  const first = toFhir(message(...ADMISSION))
  assert.equal(formatJson(toFhir(message(...ADMISSION)).bundle), formatJson(first.bundle))
  const discharge = toFhir(
    message(header('ADT^A03^ADT_A03').replace('MSG1', 'MSG2'), 'EVN|A03|20260201', ...ADMISSION.slice(2)),
  )
  const addressOf = (result: ToFhirResult, type: string): string | undefined =>
    result.bundle.entry.find(({ resource }) => resource['resourceType'] === type)?.fullUrl
  for (const type of ['Patient', 'Encounter', 'Practitioner'])
    assert.equal(addressOf(discharge, type), addressOf(first, type))
  assert.equal(one(discharge, 'Encounter')['status'], 'finished')
})

test('the event decides the status of an encounter', () => {
  const statuses = { A02: 'in-progress', A03: 'finished', A05: 'planned', A11: 'cancelled', A13: 'in-progress' }
  for (const [event, status] of Object.entries(statuses)) {
    const result = toFhir(message(header(`ADT^${event}`), `EVN|${event}|20260201`, PID, 'PV1|1|I|MED1'))
    assert.equal(one(result, 'Encounter')['status'], status, event)
  }
})

const REPORT = [
  'ORC|RE|O1^SYSTEM|F1^LAB',
  'OBR|1|O1^SYSTEM|F1^LAB|24323-8^Metabolic panel^LN|||20260131220000|||||||||||||||20260131235000|||F',
]

function valueOf(type: string, value: string, unit = ''): Record<string, unknown> {
  const result = toFhir(
    message(header('ORU^R01'), PID, ...REPORT, `OBX|1|${type}|2951-2^Sodium^LN||${value}|${unit}||||F`),
  )
  return one(result, 'Observation')
}

test('OBX-2 decides the type of an observation, and digits stay as they were written', () => {
  const quantity = valueOf('NM', '140.50', 'mmol/L^mmol/L^UCUM')['valueQuantity'] as object
  assert.equal(decimalText(quantity as { value?: number }, 'value'), '140.50')
  assert.equal(
    formatJson(quantity as never),
    '{"value":140.50,"unit":"mmol/L","system":"http://unitsofmeasure.org","code":"mmol/L"}',
  )
  assert.deepEqual(valueOf('SN', '>^100', 'mg')['valueQuantity'], { value: 100, comparator: '>', unit: 'mg' })
  assert.deepEqual(valueOf('SN', '^1^:^128')['valueRatio'], { numerator: { value: 1 }, denominator: { value: 128 } })
  assert.deepEqual(valueOf('NM', '<0.5')['valueQuantity'], { value: 0.5, comparator: '<' })
  assert.equal(valueOf('ST', '1')['effectiveDateTime'], '2026-01-31T22:00:00+01:00')
  assert.equal(valueOf('ST', 'Trace & more')['valueString'], 'Trace & more')
  assert.equal(valueOf('TX', 'line 1~line 2')['valueString'], 'line 1\nline 2')
  assert.equal(valueOf('NM', 'not seen', 'mg')['valueString'], 'not seen')
  assert.equal(valueOf('NM', 'not seen', 'mg')['valueQuantity'], undefined)
  assert.equal(valueOf('DT', '20260130')['valueDateTime'], '2026-01-30')
  assert.deepEqual(valueOf('CWE', '260385009^Negative^SCT')['valueCodeableConcept'], {
    coding: [{ system: 'http://snomed.info/sct', code: '260385009', display: 'Negative' }],
  })
})

test('each OBR has its report and its order, with the results that follow it', () => {
  const second = 'OBR|2|O2^SYSTEM|F2^LAB|57021-8^CBC^LN|||20260131220000|||||||||||||||20260131235000|||P'
  const result = toFhir(
    message(
      header('ORU^R01'),
      PID,
      ...REPORT,
      'OBX|1|NM|2951-2^Sodium^LN||140||||||F',
      second,
      'OBX|1|NM|718-7^Hb^LN||14||||||F',
      'NTE|1||checked',
    ),
  )
  const reports = resources(result, 'DiagnosticReport')
  assert.deepEqual(
    reports.map(({ status }) => status),
    ['final', 'preliminary'],
  )
  const observations = result.bundle.entry.filter(({ resource }) => resource['resourceType'] === 'Observation')
  assert.deepEqual(
    reports.map(({ result }) => result),
    observations.map(({ fullUrl }) => [{ reference: fullUrl }]),
  )
  assert.deepEqual(observations[1]?.resource['note'], [{ text: 'checked' }])
  assert.equal(resources(result, 'ServiceRequest').length, 2)
})

test('a merge keeps the prior record, inactive and linked to the one that replaces it', () => {
  const result = toFhir(message(header('ADT^A40^ADT_A39'), 'EVN|A40|20260131', PID, 'MRG|444^^^HOSPITAL^MR'))
  const patients = result.bundle.entry.filter(({ resource }) => resource['resourceType'] === 'Patient')
  assert.equal(patients.length, 2)
  assert.equal(patients[1]?.resource['active'], false)
  assert.deepEqual(patients[1]?.resource['link'], [{ type: 'replaced-by', other: { reference: patients[0]?.fullUrl } }])
})

test('a code that no map knows is kept, flagged and listed', () => {
  const result = toFhir(
    message(header('ADT^A08'), 'EVN|A08|20260131', `${PID.replace('|M|', '|X|')}|||Q^Quiet^L`, 'PV1|1|ZZ'),
  )
  const patient = one(result, 'Patient')
  assert.equal(patient['gender'], undefined)
  assert.match(JSON.stringify(patient['_gender']), /alternate-codes.*"code":"X"/)
  assert.match(JSON.stringify(patient['maritalStatus']), /"code":"Q"/)
  assert.deepEqual(result.unmappedCodes[0], {
    vocabulary: 'AdministrativeSex',
    code: 'X',
    path: 'PID-8',
    system: 'http://terminology.hl7.org/CodeSystem/v2-0001',
  })
  assert.ok(result.issues.every(({ text }) => !text.includes('Nordmann')))
})

test('settings give systems, zones and the deployment’s own codes', () => {
  const settings: MappingSettings = {
    zone: '+02:00',
    identifierSystems: { HOSPITAL: 'https://hospital.example/mrn' },
    codeSystems: { L: 'https://hospital.example/codes' },
    concepts: { AdministrativeSex: { table: 'HL70001', codes: new Map([['X', { code: 'other' }]]) } },
    identity: 'id',
    provenance: false,
  }
  const result = toFhir(
    message(header('ADT^A08', ''), 'EVN|A08|20260131', `${PID.replace('|M|', '|X|')}|||Q^Quiet^L`),
    settings,
  )
  const patient = one(result, 'Patient')
  assert.equal(patient['gender'], 'other')
  assert.match(
    JSON.stringify(patient),
    /"system":"https:\/\/hospital.example\/mrn","assigner":\{"display":"HOSPITAL"\}/,
  )
  assert.match(JSON.stringify(patient['maritalStatus']), /hospital.example\/codes/)
  assert.equal(result.bundle.timestamp, '2026-01-31T23:59:00+02:00')
  assert.ok(result.bundle.entry.every(({ request }) => !request.url.includes('?')))
  assert.ok(!JSON.stringify(result.bundle).includes('v2-fhir-transformation'))
})

test('a route patches the map for its sender, and the standard map stays as it is', () => {
  const own = standardMapping().extend({
    segments: {
      'PID[Patient]': {
        'PID-19': null,
        'PID-31': [{ to: 'active', value: '"false"', when: 'IF PID-31 EQUALS "Y"' }],
      },
      'ZPD[Patient]': { 'ZPD-2': [{ to: 'contact.relationship.text' }] },
    },
    messages: {
      ADT_A01: { structure: 'MSH EVN PID ZPD PV1', at: { ZPD: [{ target: 'Patient[1]', using: 'ZPD[Patient]' }] } },
    },
  })
  const adt = message(
    header('ADT^A01'),
    'EVN|A01|20260131',
    `${PID}||||||123-45-6789||||||||||||Y`,
    'ZPD|1|neighbour',
    'PV1|1|I',
  )
  const patched = one(own.toFhir(adt), 'Patient')
  assert.deepEqual(patched['contact'], [{ relationship: [{ text: 'neighbour' }] }])
  assert.equal(patched['active'], false)
  assert.ok(!JSON.stringify(patched).includes('us-ssn'))
  assert.ok(JSON.stringify(one(toFhir(adt), 'Patient')).includes('us-ssn'))
})

test('a report tells where each field went, and which no map reads', () => {
  const { fidelity } = toFhir(message(...ADMISSION.slice(0, 3), 'PV1|1|I||||||||||Y'), { explain: true })
  assert.ok(fidelity?.mapped.some(({ from, to }) => from.startsWith('PID-5.1') && to === 'Patient.name.family'))
  assert.ok(fidelity?.mapped.some(({ from, to }) => from === 'PID-8' && to.startsWith('Patient.gender')))
  assert.deepEqual(fidelity?.unmapped, ['PV1-12'])
})

test('a message of a kind that no map reads gives an issue and no entries', () => {
  const result = toFhir(message(header('QBP^Q11'), 'QPD|1'))
  assert.equal(result.map, undefined)
  assert.deepEqual(result.bundle.entry, [])
  assert.equal(result.issues[0]?.code, 'structure-unknown')
})

test('wrong values are left out with an issue that does not show them', () => {
  const result = toFhir(message(header('ADT^A01'), 'EVN|A01|20260131', PID.replace('19800514', '19801399'), 'PV1|1|I'))
  assert.equal(one(result, 'Patient')['birthDate'], undefined)
  assert.ok(result.issues.some(({ code, path }) => code === 'value-invalid' && path === 'PID-7'))
  assert.ok(!JSON.stringify(result.issues).includes('19801399'))
})

test('race and ethnicity become the extensions of US Core where the deployment wants them', () => {
  const adt = message(
    header('ADT^A08'),
    'EVN|A08|20260131',
    PID.replace('|M|||', '|M||2106-3^White^CDCREC|'),
    'PV1|1|O',
  )
  const [extension] = one(standardMapping().extend(US_CORE_PATCH).toFhir(adt), 'Patient')['extension'] as object[]
  assert.deepEqual(extension, {
    url: 'http://hl7.org/fhir/us/core/StructureDefinition/us-core-race',
    extension: [
      {
        url: 'ombCategory',
        valueCoding: { system: 'urn:oid:2.16.840.1.113883.6.238', code: '2106-3', display: 'White' },
      },
      { url: 'text', valueString: 'White' },
    ],
  })
  assert.equal(one(toFhir(adt), 'Patient')['extension'], undefined)
})

test('a diagnosis is the condition of its encounter, in the coding system that either field names', () => {
  const result = toFhir(
    message(...ADMISSION, 'DG1|1|I10|R07.4^Chest pain||20260131|A', 'DG1|2||I10^Hypertension^I10||20260131|W'),
  )
  const conditions = result.bundle.entry.filter(({ resource }) => resource['resourceType'] === 'Condition')
  assert.deepEqual(conditions[0]?.resource['code'], {
    coding: [{ code: 'R07.4', display: 'Chest pain', system: 'http://hl7.org/fhir/sid/icd-10' }],
  })
  const diagnosis = one(result, 'Encounter')['diagnosis'] as { condition: object; rank: number }[]
  assert.deepEqual(
    diagnosis.map(({ condition, rank }) => [condition, rank]),
    conditions.map(({ fullUrl }, i) => [{ reference: fullUrl }, i + 1]),
  )
})

test('an appointment has its times, its people and its place', () => {
  const result = toFhir(
    message(
      header('SIU^S12'),
      'SCH|P100^BOOK|F200^BOOK|||||CHECK^Checkup|ROUTINE|30|MIN|^^30^20260210100000^20260210103000|||||D2^Filler^Fia|||||||||BOOKED',
      PID,
      'RGS|1',
      'AIS|1||CONS^Consultation',
      'AIL|1||POL1^ROOM5^^HOSPITAL',
      'AIP|1||D1^Doctor^Dan',
    ),
  )
  const appointment = one(result, 'Appointment')
  assert.equal(appointment['status'], 'booked')
  assert.equal(appointment['start'], '2026-02-10T10:00:00+01:00')
  assert.equal(appointment['end'], '2026-02-10T10:30:00+01:00')
  assert.equal((appointment['participant'] as object[]).length, 4)
})

test('a prescription has its drug, dose and route', () => {
  const result = toFhir(
    message(
      header('RDE^O11^RDE_O11'),
      PID,
      'ORC|NW|RX1^SYSTEM|||||^Q8H^D10^20260131||20260131|||C006^Hansen^Kari',
      'RXE|^Q8H|J01CA04^Amoxicillin^ATC|500||mg^mg^UCUM|||||30|tbl|2',
      'RXR|PO^Oral^HL70162',
    ),
  )
  const request = one(result, 'MedicationRequest')
  assert.equal(request['status'], 'active')
  assert.deepEqual(request['medicationCodeableConcept'], {
    coding: [{ system: 'http://www.whocc.no/atc', code: 'J01CA04', display: 'Amoxicillin' }],
  })
  const [dosage] = request['dosageInstruction'] as Record<string, unknown>[]
  assert.deepEqual(dosage?.['doseAndRate'], [
    { doseQuantity: { value: 500, unit: 'mg', system: 'http://unitsofmeasure.org', code: 'mg' } },
  ])
  assert.match(JSON.stringify(dosage), /"period":8,"periodUnit":"h"/)
  assert.match(JSON.stringify(dosage?.['route']), /"code":"PO"/)
})

test('the lines of a document are one attachment', () => {
  const result = toFhir(
    message(
      header('MDM^T02'),
      'EVN|T02|20260131',
      PID,
      'PV1|1|O',
      'TXA|1|DS^Discharge summary|TX||||||||||DOC1^SYSTEM|||||AU',
      'OBX|1|TX|||Line one||||||F',
      'OBX|2|TX|||Line two||||||F',
    ),
  )
  const [content] = one(result, 'DocumentReference')['content'] as { attachment: { data: string } }[]
  assert.equal(Buffer.from(content?.attachment.data ?? '', 'base64').toString(), 'Line one\nLine two')
})

test('two patients of one message never become one', () => {
  const other = 'PID|2||20202^^^HOSPITAL^MR||Berg^Anne||19700101|F'
  const swap = toFhir(
    message(header('ADT^A17'), 'EVN|A17|20260131', PID, 'PV1|1|I|MED1^1^1', other, 'PV1|2|I|MED2^2^2'),
  )
  const patients = swap.bundle.entry.filter(({ resource }) => resource['resourceType'] === 'Patient')
  assert.deepEqual(
    patients.map(({ resource }) => resource['gender']),
    ['male', 'female'],
  )
  assert.deepEqual(
    resources(swap, 'Encounter').map(({ subject }) => subject),
    patients.map(({ fullUrl }) => ({ reference: fullUrl })),
  )
  const wrong = toFhir(message(header('ADT^A01'), 'EVN|A01|20260131', PID, other, 'PV1|1|I'))
  assert.equal(one(wrong, 'Patient')['gender'], 'male')
  assert.ok(!JSON.stringify(wrong.bundle).includes('Berg'))
  assert.ok(wrong.issues.some(({ code, path }) => code === 'segment-unplaced' && path === 'PID'))
})

test('each ORC of an order message is an order of its own', () => {
  const orders = ['1', '2', '3'].flatMap(n => [`ORC|NW|P${n}^SYSTEM`, `OBR|${n}|P${n}^SYSTEM||C${n}^Test ${n}^L`])
  const requests = resources(toFhir(message(header('OML^O21'), PID, 'PV1|1|I', ...orders)), 'ServiceRequest')
  assert.deepEqual(
    requests.map(({ identifier }) => (identifier as { value: string }[])[0]?.value),
    ['P1', 'P2', 'P3'],
  )
})
