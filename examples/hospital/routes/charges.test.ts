import assert from 'node:assert/strict'
import { test } from 'node:test'
import { simulate, type Simulation } from '@samband/route'
import { createDirectory } from '../codes/directory.ts'
import { included } from '../codes/tariffs.ts'
import { assertFixture, fixture } from '../test/fixtures.ts'
import charges from './charges.ts'

const now = new Date('2026-01-15T10:00:00Z')
const simulation = (): Simulation => simulate(charges, { capabilities: { directory: createDirectory() }, now })

test('a report with two examinations becomes two charges, numbered after the report', async () => {
  const { delivered } = await simulation().send(fixture('lab-report-final.common.hl7'))
  assert.equal(delivered['billing']?.length, 2)
  assertFixture(delivered['billing'][0]?.bytes, 'lab-report-final.charge-1.hl7')
  assertFixture(delivered['billing'][1]?.bytes, 'lab-report-final.charge-2.hl7')
})

test('a dispense becomes a charge for the drug', async () => {
  const { delivered } = await simulation().send(fixture('dispense.common.hl7'))
  assertFixture(delivered['billing']?.[0]?.bytes, 'dispense.charge.hl7')
})

test('what has no tariff is dropped with a reason', async () => {
  const directory = { ...createDirectory(), lookupTariff: () => Promise.resolve(included) }
  const free = simulate(charges, { capabilities: { directory }, now })
  const { delivered, dropped } = await free.send(fixture('radiology-report.common.hl7'))
  assert.deepEqual(delivered, {})
  assert.deepEqual(dropped, [{ step: 'chargeable', reason: 'no tariff: included in the stay' }])
})
