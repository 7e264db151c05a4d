import assert from 'node:assert/strict'
import { test } from 'node:test'
import { simulate } from '@samband/route'
import { assertFixture, fixture } from '../test/fixtures.ts'
import dispenses from './dispenses.ts'

test('a dispense reaches the EHR with its ATC code, and is charged for', async () => {
  const pharmacy = simulate(dispenses, { capabilities: {}, now: new Date('2026-01-15T10:00:00Z') })
  const { delivered } = await pharmacy.send(fixture('dispense.hl7'))
  assertFixture(delivered['ehr']?.[0]?.bytes, 'dispense.common.hl7')
  assert.equal(delivered['charges']?.length, 1)
})
