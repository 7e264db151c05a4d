import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Message, parse } from '@samband/hl7v2'
import { isSyntheticNationalId } from '../../people/national-id.ts'
import { createRandom } from '../../random.ts'
import { RunNumbers } from '../../run-numbers.ts'
import type { Moment } from '../system.ts'
import { createEhr, type Ehr } from './ehr.ts'
import { bedCount } from './wards.ts'

const at = new Date('2026-01-15T10:00:00Z')
const moment = (beat: number): Moment => ({ beat, at })

const open = (seed = 1): Ehr => {
  const numbers = new RunNumbers(new Date('2026-01-01'))
  return createEhr({ random: createRandom(seed), numbers, today: at, inpatientsAtStart: 20 })
}

/** What the EHR says from its opening on, with nobody answering. */
function story(ehr: Ehr, turns: number): readonly Message[] {
  const opening = ehr.opening(moment(0))
  const said = Array.from({ length: turns }, (_, beat) => ehr.act(moment(beat)))
  return [...opening, ...said.filter(message => message !== undefined)]
}

test('the hospital opens with its inpatients admitted', () => {
  const admissions = open().opening(moment(0))
  assert.equal(admissions.length, 20)
  assert.deepEqual([...new Set(admissions.map(({ type }) => type))], ['ADT^A01'])
})

test('the same seed tells the same story, another seed another', () => {
  const tell = (seed: number): string => story(open(seed), 200).map(String).join('\n')
  assert.equal(tell(1), tell(1))
  assert.notEqual(tell(1), tell(2))
})

test('over a long time everything happens that happens in a hospital, and the beds are well used', () => {
  const ehr = open()
  const types = new Map<string, number>()
  for (const { type } of ehr.opening(moment(0))) types.set(type, (types.get(type) ?? 0) + 1)
  const occupied: number[] = []
  for (let beat = 0; beat < 10_000; beat += 1) {
    const type = ehr.act(moment(beat))?.type ?? 'nothing'
    types.set(type, (types.get(type) ?? 0) + 1)
    if (beat > 500) occupied.push(ehr.counts()['bedsOccupied'] ?? 0)
  }
  const adt = ['A01', 'A02', 'A03', 'A04', 'A08', 'A11', 'A40'].map(event => `ADT^${event}`)
  for (const type of [...adt, 'OML^O21', 'ORM^O01', 'RDE^O11']) assert.ok((types.get(type) ?? 0) > 0, type)
  assert.ok(Math.max(...occupied) <= bedCount)
  assert.ok(Math.min(...occupied) >= 12, `at least ${Math.min(...occupied)} beds were in use`)
})

test('every national number that leaves the EHR is synthetic', () => {
  for (const message of story(open(), 500)) {
    const numbers = message.repetitions('PID-3').filter(repetition => repetition.text('5') === 'NNNOR')
    for (const number of numbers) assert.ok(isSyntheticNationalId(number.text('1') ?? ''))
  }
})

test('control ids rise, and no bed is given to two patients at once', () => {
  const beds = new Map<string, string>()
  let last = ''
  for (const message of story(open(), 3_000)) {
    assert.ok(message.controlId > last)
    last = message.controlId
    const bed = ['PV1-3.1', 'PV1-3.2', 'PV1-3.3'].map(path => message.text(path as 'PV1-3.1')).join()
    const visit = message.text('PV1-19.1') ?? ''
    if (message.type === 'ADT^A01' || message.type === 'ADT^A02') {
      for (const [taken, by] of beds) if (by === visit) beds.delete(taken)
      assert.equal(beds.get(bed), undefined, 'the bed is free')
      beds.set(bed, visit)
    }
    if (message.type === 'ADT^A03' || message.type === 'ADT^A11') beds.delete(bed)
  }
})

test('a preliminary result goes to the chart, a final one to the inbox too, and nothing goes back', () => {
  const ehr = open()
  const order = story(ehr, 100).find(({ type }) => type === 'OML^O21')
  assert.ok(order)
  const mrn = order.text('PID-3.1') ?? ''
  const placer = order.text('OBR-2.1') ?? ''
  const report = (status: string, value: string): Message =>
    hl7(
      `ORU^R01|LAB1|T|2.5.1`,
      `PID|1||${mrn}`,
      `OBR|1|${placer}`,
      `OBX|1|NM|NPU19748^CRP^NPU||${value}|mg/L|<5|H`,
    ).set('OBR-25', status)
  const filed = (): string | undefined =>
    ehr.ordersOf(mrn).find(known => known.placer === placer)?.observations[0]?.value

  assert.equal(ehr.receive(report('P', '80'), moment(1)).code, 'AA')
  assert.deepEqual([filed(), ehr.inbox().length], ['80', 0])
  assert.equal(ehr.receive(report('F', '92'), moment(2)).code, 'AA')
  assert.deepEqual([filed(), ehr.inbox().length, ehr.inbox()[0]?.abnormal], ['92', 1, true])
  assert.equal(ehr.receive(report('P', '80'), moment(3)).code, 'AA')
  assert.deepEqual([filed(), ehr.inbox().length, ehr.counts()['overtaken']], ['92', 1, 1])
})

test('a result for an unknown patient or order is refused', () => {
  const ehr = open()
  const mrn = story(ehr, 10)[0]?.text('PID-3.1') ?? ''
  const report = (patient: string): Message => hl7('ORU^R01|LAB1|T|2.5.1', `PID|1||${patient}`, 'OBR|1|R9999999-1')
  assert.deepEqual([ehr.receive(report('1'), moment(1)).code, ehr.receive(report(mrn), moment(1)).code], ['AE', 'AE'])
})

function hl7(header: string, ...segments: readonly string[]): Message {
  const parsed = parse([`MSH|^~\\&|||||20260115||${header}`, ...segments].join('\r'))
  assert.ok(parsed.ok)
  return parsed.message
}
