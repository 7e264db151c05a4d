import assert from 'node:assert/strict'
import { test } from 'node:test'
import { simulate, type Simulation } from '@samband/route'
import { assertFhirFixture, assertFixture, fixture } from '../test/fixtures.ts'
import radiologyReports from './radiology-reports.ts'

const simulation = (): Simulation =>
  simulate(radiologyReports, { capabilities: {}, now: new Date('2026-01-15T10:00:00Z') })

test('a final report reaches the EHR under the procedure that it ordered, and is charged for', async () => {
  const { delivered } = await simulation().send(fixture('radiology-report.hl7'))
  assertFixture(delivered['ehr']?.[0]?.bytes, 'radiology-report.common.hl7')
  assert.equal(delivered['charges']?.length, 1)
  assertFhirFixture(delivered['hub']?.[0]?.bytes, 'radiology-report.fhir.json')
})

test('the acceptance of an order reaches the EHR and costs nothing', async () => {
  const { delivered } = await simulation().send(fixture('radiology-acceptance.hl7'))
  assert.deepEqual(Object.keys(delivered), ['ehr'])
  assertFixture(delivered['ehr']?.[0]?.bytes, 'radiology-acceptance.common.hl7')
})
