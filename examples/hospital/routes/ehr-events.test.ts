import assert from 'node:assert/strict'
import { test } from 'node:test'
import { simulate, type Simulation } from '@samband/route'
import { assertFhirFixture, assertFixture, fixture } from '../test/fixtures.ts'
import ehrEvents from './ehr-events.ts'

const simulation = (): Simulation => simulate(ehrEvents, { capabilities: {}, now: new Date('2026-01-15T10:00:00Z') })

test('an admission reaches all four departments, each in its own dialect, and the FHIR server', async () => {
  const { delivered } = await simulation().send(fixture('admission.hl7'))
  assert.deepEqual(Object.keys(delivered), ['lis', 'ris', 'pharmacy', 'billing', 'hub'])
  assertFixture(delivered['lis']?.[0]?.bytes, 'admission.lis.hl7')
  assertFixture(delivered['ris']?.[0]?.bytes, 'admission.ris.hl7')
  assertFixture(delivered['pharmacy']?.[0]?.bytes, 'admission.pharmacy.hl7')
  assertFixture(delivered['billing']?.[0]?.bytes, 'admission.billing.hl7')
  assertFhirFixture(delivered['hub']?.[0]?.bytes, 'admission.fhir.json')
})

test('ISO 8859-1 receivers get one byte for each letter, and a near letter for those that it lacks', async () => {
  const { delivered } = await simulation().send(fixture('admission.hl7'))
  const lis = Buffer.from(delivered['lis']?.[0]?.bytes ?? []).toString('latin1')
  assert.match(lis, /\|Suorsá\^Áile\^Bråthen\^/)
})

test('a lab order goes to the laboratory alone, with its profiles and with the priority in OBR-27', async () => {
  const { delivered } = await simulation().send(fixture('lab-order.hl7'))
  assert.deepEqual(Object.keys(delivered), ['lis'])
  assertFixture(delivered['lis']?.[0]?.bytes, 'lab-order.lis.hl7')
})

test('a radiology order goes to radiology alone, with its procedure number', async () => {
  const { delivered } = await simulation().send(fixture('radiology-order.hl7'))
  assert.deepEqual(Object.keys(delivered), ['ris'])
  assertFixture(delivered['ris']?.[0]?.bytes, 'radiology-order.ris.hl7')
})

test('a prescription goes to the pharmacy alone, with its article', async () => {
  const { delivered } = await simulation().send(fixture('prescription.hl7'))
  assert.deepEqual(Object.keys(delivered), ['pharmacy'])
  assertFixture(delivered['pharmacy']?.[0]?.bytes, 'prescription.pharmacy.hl7')
})

test('a merge is an A40 for everybody but billing, which knows A34', async () => {
  const { delivered } = await simulation().send(fixture('merge.hl7'))
  assertFixture(delivered['lis']?.[0]?.bytes, 'merge.lis.hl7')
  assertFixture(delivered['ris']?.[0]?.bytes, 'merge.ris.hl7')
  assertFixture(delivered['billing']?.[0]?.bytes, 'merge.billing.hl7')
})

test('a merge leaves the record that was given up, with where its patient is now', async () => {
  const { delivered } = await simulation().send(fixture('merge.hl7'))
  assertFhirFixture(delivered['hub']?.[0]?.bytes, 'merge.fhir.json')
})

test('orders and admission of a patient share one ordering key', async () => {
  const ehr = simulation()
  const keys = await Promise.all(
    ['admission.hl7', 'lab-order.hl7', 'radiology-order.hl7'].map(async name => (await ehr.send(fixture(name))).key),
  )
  assert.deepEqual(keys, ['7000001', '7000001', '7000001'])
})

test('the same message twice is delivered once', async () => {
  const ehr = simulation()
  await ehr.send(fixture('admission.hl7'))
  const again = await ehr.send(fixture('admission.hl7'))
  assert.equal(again.duplicate, true)
  assert.deepEqual(again.delivered, {})
})

test('a message that no department takes is dropped with a reason', async () => {
  const { delivered, dropped } = await simulation().send(fixture('staff-update.hl7'))
  assert.deepEqual(delivered, {})
  assert.deepEqual(dropped, [{ step: 'handled-here', reason: 'no department takes this message type' }])
})

test('an order for an unknown panel fails as a whole and names the file to change', async () => {
  const order = Buffer.from(fixture('lab-order.hl7')).toString('utf8').replace('LAB-GLU', 'LAB-XXX')
  const { delivered, failure } = await simulation().send(order)
  assert.deepEqual(delivered, {})
  assert.equal(failure?.error.code, 'lab-panel-unmapped')
  assert.match(failure.error.message, /codes\/lab-codes\.ts/)
})
