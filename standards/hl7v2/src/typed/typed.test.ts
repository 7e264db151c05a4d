import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defineSegment } from '../dictionary/define-segment.ts'
import { DictionaryError } from '../dictionary/dictionary-error.ts'
import { loadDictionary } from '../dictionary/load.ts'
import { extendVersion } from '../dictionary/version-extension.ts'
import type { Message } from '../message.ts'
import { parse } from '../parse.ts'
import { declaredSegments, typed, typedSegment, type TypedMessage } from './typed.ts'

await Promise.all(['2.3', '2.5.1', '2.9'].map(version => loadDictionary(version)))

const ORU = [
  'MSH|^~\\&|LAB|H|EHR|H|20260101||ORU^R01^ORU_R01|1|P|2.5.1',
  'PID|1||123^^^HOSP&2.16.1&ISO^MR~456^^^NO^FNR||Nordmann&van^Kari\\T\\Ola^M~Olsen^Kari||19800101|F',
  'ZPD|1|A^Blood A|x~y',
  'PV1|1|I',
  'ORC|RE',
  'OBR|1||2|GLU^Glucose',
  'OBX|1|NM|GLU^Glucose||5.4|mmol/L|||||F',
  'NTE|1||hello',
  'OBX|2|CWE|X^Y||a^b^c',
  'OBR|2||3',
  'OBX|1|ST|A||""',
].join('\r')

function message(text: string = ORU): Message {
  const parsed = parse(new TextEncoder().encode(text))
  assert.ok(parsed.ok)
  return parsed.message
}

function oru(of: Message = message()): TypedMessage<'ORU_R01', '2.5.1'> {
  return typed(of, 'ORU_R01', '2.5.1')
}

test('members are read by the names of groups, segments, fields and components', () => {
  const { patient } = oru().patientResult[0]
  assert.equal(patient.pid.patientName[0].familyName.surname, 'Nordmann')
  assert.equal(patient.pid.patientName[0].familyName.ownSurnamePrefix, 'van')
  assert.equal(patient.pid.patientName[0].givenName, 'Kari&Ola')
  assert.equal(patient.pid.patientName[1]?.familyName.$text, 'Olsen')
  assert.equal(patient.pid.patientIdentifierList[0].assigningAuthority.universalId, '2.16.1')
  assert.equal(patient.pid.patientIdentifierList.find(id => id.identifierTypeCode === 'FNR')?.idNumber, '456')
  assert.equal(patient.visit.pv1.patientClass, 'I')
})

test('groups and repetitions are arrays', () => {
  const result = oru().patientResult[0]
  assert.equal(result.orderObservation.length, 2)
  assert.deepEqual(
    result.orderObservation.map(order => order.observation.map(({ obx }) => obx.observationValue[0].$text)),
    [['5.4', 'a'], ['""']],
  )
  assert.equal(result.orderObservation[0].observation[0].nte[0].comment[0], 'hello')
  assert.deepEqual([...result.patient.pid.patientName].map(String), ['Nordmann', 'Olsen'])
  assert.equal(Array.isArray(result.orderObservation.filter(() => true)), true)
})

test('what is not there reads as nothing, all the way down', () => {
  const adt = typed(message('MSH|^~\\&|||||||ADT^A01|1|P|2.5.1'), 'ADT_A01', '2.5.1')
  assert.equal(adt.pid.$exists, false)
  assert.equal(adt.pid.$segment, undefined)
  assert.equal(adt.pid.patientName.length, 0)
  assert.equal(adt.pid.patientName[0].familyName.surname, undefined)
  assert.equal(adt.pid.patientName[0].$exists, false)
  assert.equal(adt.pid.patientName[0].$state, 'absent')
  assert.equal(adt.pid.patientName[1], undefined)
  assert.equal(adt.insurance.length, 0)
  assert.equal(adt.insurance[0].in1.insuredsRelationshipToPatient.text, undefined)
  assert.equal(adt.insurance[0].$exists, false)
  assert.equal(String(adt.pid.patientName[0]), '')
})

test('a value whose type another field decides is read by a type', () => {
  const observation = oru().patientResult[0].orderObservation[0].observation[1]
  assert.equal(observation?.obx.observationValue[0].$as('CWE').nameOfCodingSystem, 'c')
})

test('a view tells where it is, for use with the message', () => {
  const of = message()
  const view = oru(of).patientResult[0]
  assert.equal(view.patient.pid.patientName[1]?.givenName, of.text('PID-5[2].2'))
  assert.equal(view.patient.pid.patientName[1]?.$path, 'PID-5[2]')
  assert.equal(view.orderObservation[0].observation[1]?.obx.observationValue[0].$path, 'OBX[2]-5[1]')
  assert.equal(view.orderObservation[1]?.observation[0].obx.$path, 'OBX[3]')
  assert.equal(view.orderObservation[0].obr.universalServiceIdentifier.$path, 'OBR-4[1]')
  assert.equal(of.raw(view.patient.pid.patientName[0].$path), 'Nordmann&van^Kari\\T\\Ola^M')
  assert.equal(view.patient.pid.patientName[0].$raw, 'Nordmann&van^Kari\\T\\Ola^M')
})

test('reading changes no byte', () => {
  const of = message()
  const bytes = of.format()
  readAll(oru(of), 0)
  assert.equal(of.touched, false)
  assert.equal(of.format(), bytes)
})

function readAll(view: unknown, depth: number): void {
  if (typeof view !== 'object' || view === null || depth > 12) return
  for (const key in view) readAll(Reflect.get(view, key), depth + 1)
}

test('a leaf is set by assigning it, and emptied by undefined', () => {
  const of = message()
  const { pid } = oru(of).patientResult[0].patient
  pid.administrativeSex = 'M'
  pid.patientName[0].familyName.surname = 'A^B'
  pid.dateTimeOfBirth.time = undefined
  pid.patientIdentifierList[0].$set(['999', null])
  assert.equal(of.raw('PID-8'), 'M')
  assert.equal(of.raw('PID-5[1].1'), 'A\\S\\B&van')
  assert.equal(of.raw('PID-7'), '')
  assert.equal(of.raw('PID-3[1]'), '999^""')
  assert.equal(pid.patientIdentifierList[0].checkDigit, '""')
})

test('a repetition is added to a field', () => {
  const of = message()
  const { pid } = oru(of).patientResult[0].patient
  const added = pid.patientName.$add(['Hansen', 'Per'])
  assert.equal(added.givenName, 'Per')
  assert.equal(of.raw('PID-5'), 'Nordmann&van^Kari\\T\\Ola^M~Olsen^Kari~Hansen^Per')
})

test('setting a field of an absent segment adds it at its place in the structure', () => {
  const of = message()
  const result = oru(of).patientResult[0]
  result.patient.pd1.handicap = 'X'
  result.orderObservation[0].specimen[0].spm.specimenType.identifier = 'BLD'
  result.orderObservation[0].timingQty[0].tq1.setId = '1'
  assert.deepEqual(
    of.segments().map(({ id }) => id),
    ['MSH', 'PID', 'PD1', 'ZPD', 'PV1', 'ORC', 'OBR', 'TQ1', 'OBX', 'NTE', 'OBX', 'SPM', 'OBR', 'OBX'],
  )
  assert.equal(result.patient.pd1.handicap, 'X')
  assert.equal(result.orderObservation[0].specimen.length, 1)
  assert.equal(of.text('SPM-4.1'), 'BLD')
})

test('emptying what is not there adds nothing', () => {
  const of = message()
  oru(of).patientResult[0].patient.pd1.handicap = undefined
  assert.equal(of.touched, false)
})

test('the view follows segments that are added or removed elsewhere', () => {
  const of = message()
  const view = oru(of)
  assert.equal(view.patientResult[0].orderObservation.length, 2)
  of.add('OBR', { '1': '3' })
  assert.equal(view.patientResult[0].orderObservation.length, 3)
  of.remove('OBR')
  assert.equal(view.patientResult[0].orderObservation[0].obr.$exists, false)
})

test('departures from the structure are told, and nothing is hidden', () => {
  const view = oru()
  assert.deepEqual(
    view.$deviations.map(({ kind, segment }) => [kind, segment.id]),
    [['unexpected', 'ZPD']],
  )
  const { patient } = view.patientResult[0]
  assert.deepEqual(
    patient.$segments.map(({ id }) => id),
    ['PID', 'ZPD', 'PV1'],
  )
  assert.deepEqual(
    patient.$extras.map(({ id }) => id),
    ['ZPD'],
  )
})

test('a declared segment is read by the names of its declaration', async () => {
  const zpd = defineSegment('ZPD', {
    fields: {
      setId: { number: 1, dataType: 'SI' },
      bloodGroup: { number: 2, dataType: 'CWE' },
      notes: { number: 3, dataType: 'ST', repeats: true },
    },
  })
  const hospital = extendVersion('2.5.1', {
    segments: [zpd],
    structures: { ORU_R01: [{ after: 'PID', add: 'ZPD?' }] },
  })
  await loadDictionary(hospital)
  const view = typed(message(), 'ORU_R01', hospital)
  assert.deepEqual(view.$deviations, [])
  const [extras] = declaredSegments(view.patientResult[0].patient, zpd, hospital)
  assert.equal(extras?.setId, '1')
  assert.equal(extras.bloodGroup.text, 'Blood A')
  assert.deepEqual([...extras.notes], ['x', 'y'])
  assert.equal(declaredSegments(message(), zpd, '2.5.1').length, 1)
  assert.equal(declaredSegments(view.patientResult[0].orderObservation[0], zpd, '2.5.1').length, 0)
})

test('one segment has a view of its own', () => {
  const pid = message().segment('PID')
  assert.ok(pid)
  assert.equal(typedSegment(pid, 'PID', '2.5.1').patientName[0].givenName, 'Kari&Ola')
})

test('versions differ where the standard does', () => {
  const text = 'MSH|^~\\&|||||||ADT^A01|1|P|2.3\rEVN|A01\rPID|||1||Nordmann^Kari'
  const adt = typed(message(text), 'ADT_A01', '2.3')
  assert.equal(adt.pid.patientName.familyName, 'Nordmann')
  assert.equal(adt.pid.patientIdInternalId[0].id, '1')
})

test('a structure below its subcomponents has its first leaf only', () => {
  const text = 'MSH|^~\\&|||||||ORU^R01|1|P|2.5.1\rOBR|1|||X|||||5&mL'
  const view = oru(message(text)).patientResult[0].orderObservation[0]
  assert.equal(view.obr.collectionVolume.quantity, '5')
  assert.equal(view.obr.collectionVolume.units.identifier, undefined)
})

test('a version that is not loaded and a structure that is not known are errors of the code', () => {
  assert.throws(() => typed(message(), 'ORU_R01', '2.8.1'), DictionaryError)
  // @ts-expect-error 2.5.1 has no such structure
  assert.throws(() => typed(message(), 'XYZ_X01', '2.5.1'), /XYZ_X01/)
})

/** What must compile and what must not; checked by tsc, not run. */
export function typeTests(of: Message): void {
  const view = oru(of)
  const { pid } = view.patientResult[0].patient
  const surname: string | undefined = pid.patientName[0].familyName.surname
  // @ts-expect-error a repetition behind the first may be missing
  const second: string | undefined = pid.patientName[1].givenName
  // @ts-expect-error PID has no such field
  const typo: unknown = pid.patientNam
  // @ts-expect-error a view is changed through its members
  pid.patientName = []
  // @ts-expect-error a leaf takes text
  pid.administrativeSex = 1
  // @ts-expect-error 2.5.1 has no data type of that name
  const wrong: unknown = view.patientResult[0].orderObservation[0].observation[0].obx.observationValue[0].$as('QWE')
  // @ts-expect-error 2.3 names its structures otherwise
  const old: unknown = typed(of, 'OML_O21', '2.3')
  // @ts-expect-error no such version
  const version: unknown = typed(of, 'ADT_A01', '2.5.2')
  // The parts of 2.9 that are new.
  const gender: string | undefined = typed(of, 'ADT_A01', '2.9').gsp[0].sogiConceptValue.identifier
  return void [surname, second, typo, wrong, old, version, gender]
}
