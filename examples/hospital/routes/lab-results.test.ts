import assert from 'node:assert/strict'
import { test } from 'node:test'
import { simulate, type Simulation } from '@samband/route'
import { createDirectory } from '../codes/directory.ts'
import { assertFhirFixture, assertFixture, fixture } from '../test/fixtures.ts'
import labResults from './lab-results.ts'

const simulation = (): Simulation =>
  simulate(labResults, { capabilities: { directory: createDirectory() }, now: new Date('2026-01-15T10:00:00Z') })

test('a final report reaches the EHR with NPU codes and SI units, and is charged for', async () => {
  const { delivered } = await simulation().send(fixture('lab-report-final.hl7'))
  assertFixture(delivered['ehr']?.[0]?.bytes, 'lab-report-final.common.hl7')
  assert.deepEqual(delivered['charges']?.[0]?.bytes, delivered['ehr']?.[0]?.bytes)
})

test('a report becomes a DiagnosticReport for each order and an Observation for each value, with all its digits', async () => {
  const { delivered } = await simulation().send(fixture('lab-report-final.hl7'))
  assertFhirFixture(delivered['hub']?.[0]?.bytes, 'lab-report-final.fhir.json')
})

test('a preliminary report reaches the EHR and is not charged for', async () => {
  const { delivered } = await simulation().send(fixture('lab-report-preliminary.hl7'))
  assert.deepEqual(Object.keys(delivered), ['ehr', 'hub'])
  assertFixture(delivered['ehr']?.[0]?.bytes, 'lab-report-preliminary.common.hl7')
})

test('a value beyond what can be measured is converted with its comparator', async () => {
  const { delivered } = await simulation().send(fixture('lab-report-preliminary.hl7'))
  assert.match(delivered['ehr']?.[0]?.text ?? '', /\|SN\|[^|]*\|\|>\^33\.3\|mmol\/L/)
  assertFhirFixture(delivered['hub']?.[0]?.bytes, 'lab-report-preliminary.fhir.json')
})

test('a text instead of a value keeps the unit of the laboratory', async () => {
  const report = Buffer.from(fixture('lab-report-preliminary.hl7')).toString('latin1').replace('>600', 'hemolysed')
  const { delivered } = await simulation().send(Buffer.from(report, 'latin1'))
  assert.match(delivered['ehr']?.[0]?.text ?? '', /NPU02192\^[^|]*\|\|hemolysed\|mg\/dl\|72-108\|/)
})

test('an analysis that nobody has mapped stops the report, and the error names the file to change', async () => {
  const { delivered, failure } = await simulation().send(fixture('lab-report-unmapped.hl7'))
  assert.deepEqual(delivered, {})
  assert.equal(failure?.step, 'to-common')
  assert.equal(failure.error.code, 'analysis-unmapped')
  assert.doesNotMatch(failure.error.message, /HBA1C|7000001/)
})
