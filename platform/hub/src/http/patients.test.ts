import assert from 'node:assert/strict'
import { test } from 'node:test'
import { auditedPatientsMax, patientsOf } from './patients.ts'

const hub = { baseUrl: 'https://fhir.example.org/fhir' }

test('patients are those that are given out and those that the content refers to on this server', () => {
  const text = JSON.stringify({
    subject: { reference: 'Patient/a' },
    performer: [{ reference: 'https://fhir.example.org/fhir/Patient/b/_history/1' }, { reference: 'Patient/a' }],
    focus: [{ reference: 'https://other.example.org/fhir/Patient/c' }, { reference: 'RelatedPatient/d' }],
    note: [{ text: 'seen as Patient/e' }],
  })
  const names = [
    { type: 'Patient', id: 'f' },
    { type: 'Observation', id: 'g' },
  ]
  assert.deepEqual(patientsOf(hub, names, [text]), ['f', 'a', 'b'])
})

test('no more patients are told than the limit', () => {
  const references = Array.from({ length: auditedPatientsMax + 10 }, (_, index) => ({ reference: `Patient/${index}` }))
  assert.equal(patientsOf(hub, [], [JSON.stringify(references)]).length, auditedPatientsMax)
})
