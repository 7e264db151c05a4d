import assert from 'node:assert/strict'
import { test } from 'node:test'
import { calendar } from '@samband/route'
import { DeliveryGate } from './delivery-gate.ts'

const hours = calendar({ timeZone: 'Europe/Oslo', from: '07:00', to: '16:00' })

test('without throttle and hours nothing waits', () => {
  const gate = new DeliveryGate({}, Date.now, () => 0)
  gate.passed()
  assert.deepEqual([gate.waitMs(), gate.state], [0, 'open'])
})

test('a closed destination waits until its calendar opens, and looks at the clock meanwhile', () => {
  let now = Date.parse('2026-01-13T05:00:00Z')
  const gate = new DeliveryGate(
    { hours },
    () => now,
    () => 0,
  )
  assert.deepEqual([gate.waitMs(), gate.state], [60_000, 'closed'])
  now = Date.parse('2026-01-13T05:59:59.500Z')
  assert.equal(gate.waitMs(), 500)
  now = Date.parse('2026-01-13T06:00:00Z')
  assert.deepEqual([gate.waitMs(), gate.state], [0, 'open'])
  now = Date.parse('2026-01-13T15:00:00Z')
  assert.equal(gate.state, 'closed')
  // The clock is set back: it is open again.
  now = Date.parse('2026-01-13T10:00:00Z')
  assert.equal(gate.state, 'open')
})

test('the throttle goes by a clock that is never set', () => {
  let monotonic = 0
  let now = 0
  const gate = new DeliveryGate(
    { throttle: { messages: 1, perMs: 1_000 } },
    () => now,
    () => monotonic,
  )
  gate.passed()
  now = 1e12
  assert.deepEqual([gate.waitMs(), gate.state], [1_000, 'throttled'])
  monotonic = 1_000
  assert.equal(gate.waitMs(), 0)
})
