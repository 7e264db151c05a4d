import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Message, parse } from '@samband/hl7v2'
import { fixture } from '../../test/fixtures.ts'
import { createRandom } from '../random.ts'
import { RunNumbers } from '../run-numbers.ts'
import { createBilling } from './billing/billing.ts'
import { createLis } from './lis/lis.ts'
import { createPharmacy } from './pharmacy/pharmacy.ts'
import { createRis } from './ris/ris.ts'
import type { Moment, SimulatedSystem } from './system.ts'

const at = new Date('2026-01-15T10:00:00Z')
const numbers = new RunNumbers(new Date('2026-01-01'))
const moment = (beat: number): Moment => ({ beat, at })

function message(name: string): Message {
  const parsed = parse(fixture(name))
  assert.ok(parsed.ok)
  return parsed.message
}

/** Everything that a system says by itself until a beat. */
function saidBy(system: SimulatedSystem, lastBeat: number): readonly Message[] {
  return Array.from({ length: lastBeat }, (_, beat) => system.act(moment(beat))).filter(said => said !== undefined)
}

test('a department refuses an order for somebody who was never admitted, and takes it afterwards', () => {
  const orders: readonly [SimulatedSystem, string, string][] = [
    [createLis(createRandom(1), numbers), 'admission.lis.hl7', 'lab-order.lis.hl7'],
    [createRis(createRandom(1), numbers), 'admission.ris.hl7', 'radiology-order.ris.hl7'],
    [createPharmacy(createRandom(1), numbers), 'admission.pharmacy.hl7', 'prescription.pharmacy.hl7'],
  ]
  for (const [system, admission, order] of orders) {
    const refused = system.receive(message(order), moment(1))
    assert.deepEqual(refused.code === 'AE' ? refused.condition : refused.code, '204', system.name)
    assert.equal(system.receive(message(admission), moment(2)).code, 'AA')
    assert.equal(system.receive(message(order), moment(3)).code, 'AA')
    assert.equal(system.counts()['refused'], 1)
  }
})

test('the laboratory answers each order of a requisition in its final report, in ISO 8859-1 and version 2.4', () => {
  const lis = createLis(createRandom(1), numbers)
  lis.receive(message('admission.lis.hl7'), moment(0))
  lis.receive(message('lab-order.lis.hl7'), moment(0))
  const said = saidBy(lis, 30)
  const final = said.at(-1)
  assert.ok(final)
  assert.equal(final.version, '2.4')
  assert.equal(final.charset, 'iso-8859-1')
  assert.deepEqual(
    final.segments('OBR').map(obr => [obr.text('2.1'), obr.text('4.1'), obr.text('25')]),
    [
      ['R0000001-1', '1010', 'F'],
      ['R0000001-2', '1040', 'F'],
    ],
  )
  assert.deepEqual(
    final.segments('OBX').map(obx => obx.text('3.1')),
    ['HB', 'LEUK', 'TROM', 'GLU'],
  )
  assert.equal(lis.counts()['waiting'], 0)
})

test('a preliminary report comes before the final one and has the same values', () => {
  // Some seed has a preliminary report; the first that does will do.
  const reports = Array.from({ length: 20 }, (_, seed) => {
    const lis = createLis(createRandom(seed), numbers)
    lis.receive(message('admission.lis.hl7'), moment(0))
    lis.receive(message('lab-order.lis.hl7'), moment(0))
    return saidBy(lis, 30)
  }).find(said => said.length === 2)
  assert.ok(reports)
  const [preliminary, final] = reports
  assert.deepEqual([preliminary?.text('OBR-25'), final?.text('OBR-25')], ['P', 'F'])
  assert.equal(preliminary?.text('OBX-5'), final?.text('OBX-5'))
})

test('the same order of the same story gives the same report', () => {
  const report = (): string | undefined => {
    const lis = createLis(createRandom(7), numbers)
    lis.receive(message('admission.lis.hl7'), moment(0))
    lis.receive(message('lab-order.lis.hl7'), moment(0))
    return saidBy(lis, 30).at(-1)?.toString()
  }
  assert.equal(report(), report())
})

test('orders and results for a patient of an earlier run are taken: that patient is in the archive', () => {
  const today = new RunNumbers(at)
  const lis = createLis(createRandom(1), today)
  assert.equal(lis.receive(message('lab-order.lis.hl7'), moment(0)).code, 'AA')
})

test('a profile that the laboratory does not run is refused', () => {
  const lis = createLis(createRandom(1), numbers)
  lis.receive(message('admission.lis.hl7'), moment(0))
  const order = message('lab-order.lis.hl7').set('OBR-4.1', '9999')
  assert.equal(lis.receive(order, moment(1)).code, 'AE')
  assert.equal(lis.counts()['orders'], 0)
})

test('radiology accepts, images and reports an examination, in this order and in version 2.3', () => {
  const ris = createRis(createRandom(3), numbers)
  ris.receive(message('admission.ris.hl7'), moment(0))
  ris.receive(message('radiology-order.ris.hl7'), moment(0))
  const said = saidBy(ris, 40).filter(({ type, version }) => version === '2.3' && type !== '')
  assert.deepEqual([...new Set(said.map(({ type }) => type))], ['ORR^O02', 'ORM^O01', 'ORU^R01'])
  assert.equal(said.at(-1)?.text('OBR-25'), 'F')
  assert.equal(said[0]?.text('MSA-2'), 'EPJ00000003')
  assert.match(said.at(-1)?.toString() ?? '', /[æøå]/)
})

test('the pharmacy hands out what was prescribed', () => {
  const pharmacy = createPharmacy(createRandom(1), numbers)
  pharmacy.receive(message('admission.pharmacy.hl7'), moment(0))
  pharmacy.receive(message('prescription.pharmacy.hl7'), moment(0))
  const [dispense, ...more] = saidBy(pharmacy, 20)
  assert.equal(more.length, 0)
  assert.deepEqual(
    [dispense?.type, dispense?.text('RXD-2.1'), dispense?.text('ORC-2.1')],
    ['RDS^O13', 'A-10344', 'R0000003'],
  )
})

test('billing keeps a charge for somebody unknown in suspense until the admission arrives', () => {
  const billing = createBilling(numbers)
  assert.equal(billing.receive(message('dispense.charge.hl7'), moment(0)).code, 'AA')
  assert.equal(billing.counts()['suspense'], 1)
  assert.equal(billing.account('7000001'), undefined)
  billing.receive(message('admission.billing.hl7'), moment(1))
  assert.equal(billing.counts()['suspense'], 0)
  assert.deepEqual(billing.account('7000001')?.totalNok, 96)
})

test('billing moves an account when patients are merged by A34, and refuses A40', () => {
  const billing = createBilling(numbers)
  const prior = message('admission.billing.hl7').set('PID-3', '7000099')
  billing.receive(prior, moment(0))
  billing.receive(message('dispense.charge.hl7').set('PID-3', '7000099'), moment(1))
  assert.equal(billing.receive(message('merge.billing.hl7'), moment(2)).code, 'AA')
  assert.equal(billing.account('7000002')?.totalNok, 96)
  assert.equal(billing.account('7000099'), undefined)
  assert.equal(billing.receive(message('merge.ris.hl7'), moment(3)).code, 'AR')
})

test('a merged patient is known under both numbers', () => {
  const lis = createLis(createRandom(1), numbers)
  lis.receive(message('admission.lis.hl7').set('PID-3.1', '7000099'), moment(0))
  lis.receive(message('merge.lis.hl7'), moment(1))
  assert.equal(lis.receive(message('lab-order.lis.hl7').set('PID-3.1', '7000099'), moment(2)).code, 'AA')
})

test('what comes about a merged record after the merge changes nothing, in whichever order they come', () => {
  const [lis, billing] = [createLis(createRandom(1), numbers), createBilling(numbers)]
  lis.receive(message('merge.lis.hl7'), moment(0))
  lis.receive(message('admission.lis.hl7').set('PID-3.1', '7000099'), moment(1))
  assert.equal(lis.counts()['patients'], 1)
  billing.receive(message('dispense.charge.hl7').set('PID-3', '7000099'), moment(0))
  billing.receive(message('merge.billing.hl7'), moment(1))
  billing.receive(message('admission.billing.hl7').set('PID-3', '7000099'), moment(2))
  assert.deepEqual([billing.account('7000002')?.totalNok, billing.counts()['suspense']], [96, 0])
})

test('a message that a department does not handle is rejected as unsupported', () => {
  for (const system of [
    createLis(createRandom(1), numbers),
    createRis(createRandom(1), numbers),
    createPharmacy(createRandom(1), numbers),
    createBilling(numbers),
  ]) {
    const verdict = system.receive(message('staff-update.hl7'), moment(0))
    assert.deepEqual(verdict.code === 'AR' ? verdict.condition : verdict.code, '200')
  }
})
