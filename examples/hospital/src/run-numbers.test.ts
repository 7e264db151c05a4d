import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RunNumbers } from './run-numbers.ts'

const first = new RunNumbers(new Date('2026-03-01T10:00:00Z'))
const second = new RunNumbers(new Date('2026-03-01T10:00:05Z'))

test('a run that starts later has higher numbers, and recognises those of the earlier one', () => {
  const [before, after] = [first.controls('EPJ')(), second.controls('EPJ')()]
  assert.ok(after > before)
  assert.ok(after.length <= 18, 'room for -1 within the 20 characters of MSH-10')
  assert.ok(second.isEarlierPatient(first.nextPatient()))
  assert.ok(!second.isEarlierPatient(second.nextPatient()))
  assert.notEqual(first.nextOrder(), second.nextOrder())
})

test('an order has the same place in the story in every run', () => {
  const [a, b] = [new RunNumbers(new Date('2026-01-01')), new RunNumbers(new Date('2027-01-01'))]
  assert.equal(a.placeOf(`${a.nextOrder()}-2`), b.placeOf(`${b.nextOrder()}-2`))
})

test('what is no number of this hospital is not from an earlier run', () => {
  assert.deepEqual([first.isEarlierPatient(''), first.isEarlierPatient('1')], [false, false])
})
