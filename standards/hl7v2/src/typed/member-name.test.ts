import assert from 'node:assert/strict'
import { test } from 'node:test'
import { memberNames, nodeNames } from './member-name.ts'

test('names become members', () => {
  const names = [
    'Set ID - PID',
    'Patient Identifier List',
    "Mother's Maiden Name",
    'Date/Time of Birth',
    'SSN Number - Patient',
    'Suffix (e.g., JR or III)',
    'Patient ID (External ID)',
    'point of care (IS)',
    'Value Amount & Code (46-49)',
    'Phone Number - Home',
    'Pre-Certification Required',
    '30 Day Readmission',
    'Constructor',
    '',
  ]
  assert.deepEqual(memberNames(names, 'PID'), [
    'setId',
    'patientIdentifierList',
    'mothersMaidenName',
    'dateTimeOfBirth',
    'ssnNumberPatient',
    'suffix',
    'patientIdExternalId',
    'pointOfCare',
    'valueAmountAndCode',
    'phoneNumberHome',
    'preCertificationRequired',
    'n30DayReadmission',
    'constructorField',
    'field14',
  ])
})

test('a name that comes again gets a number', () => {
  assert.deepEqual(memberNames(['Reserved', 'Reserved', 'Reserved'], 'OBX'), ['reserved', 'reserved2', 'reserved3'])
  assert.deepEqual(nodeNames(['PID', 'ROL', 'PV1', 'ROL', 'PATIENT_RESULT', '']), [
    'pid',
    'rol',
    'pv1',
    'rol2',
    'patientResult',
    'anySegment',
  ])
})
