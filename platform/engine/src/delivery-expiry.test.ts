import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Delivery } from './delivery.ts'
import { DeliveryExpiry } from './delivery-expiry.ts'

const minute = 60_000
const hour = 60 * minute

/** Message ids are the times at which they were received. */
function deliveryOf(messageId: number): Delivery {
  const facts = { part: 0, as: 'out', owed: 1, key: 1, attempts: 0, stored: true, resumed: false, gone: false }
  return { messageId, output: undefined, ...facts }
}

function expiryOf(expiryMs: number) {
  const clock = { wall: 10 * hour, monotonic: 0 }
  const expiry = new DeliveryExpiry({
    expiryMs,
    now: () => clock.wall,
    monotonic: () => clock.monotonic,
    receivedAt: messageId => messageId,
  })
  return {
    clock,
    expiry,
    pass: (ms: number) => {
      clock.wall += ms
      clock.monotonic += ms
    },
  }
}

test('a delivery expires when its message is older than it may be, also one from before the start', () => {
  const { clock, expiry, pass } = expiryOf(hour)
  const fresh = deliveryOf(clock.wall)
  assert.equal(expiry.expired(deliveryOf(clock.wall - hour - 1)), true)
  pass(hour)
  assert.equal(expiry.expired(fresh), false)
  pass(1)
  assert.equal(expiry.expired(fresh), true)
})

test('a wall clock that jumps forward expires nothing that came before, and counts for what comes after', () => {
  const { clock, expiry, pass } = expiryOf(hour)
  const before = deliveryOf(clock.wall)
  clock.wall += 24 * hour
  assert.equal(expiry.expired(before), false)
  const after = deliveryOf(clock.wall)
  pass(hour + 1)
  assert.equal(expiry.expired(before), true)
  assert.equal(expiry.expired(after), true)
})

test('a wall clock that is set back lets messages live longer, never shorter', () => {
  const { clock, expiry, pass } = expiryOf(hour)
  const before = deliveryOf(clock.wall)
  pass(30 * minute)
  clock.wall -= 2 * hour
  assert.equal(expiry.expired(before), false)
  const after = deliveryOf(clock.wall)
  pass(hour)
  assert.equal(expiry.expired(after), false)
  pass(1)
  assert.equal(expiry.expired(after), true)
})

test('a sweep takes out what has expired and still waits, and says when to look again', () => {
  const { clock, expiry, pass } = expiryOf(hour)
  const deliveries = [0, 1, 2, 3].map(n => deliveryOf(clock.wall + n * minute))
  for (const delivery of deliveries) expiry.add(delivery, 4)
  const taken: Delivery[] = []
  const sweep = () =>
    expiry.sweep(
      ({ gone }) => !gone,
      delivery => taken.push(delivery),
    )
  assert.equal(sweep(), minute)
  const [first, second, third] = deliveries
  assert.ok(first !== undefined && second !== undefined && third !== undefined)
  first.gone = true
  pass(hour + 2 * minute)
  assert.equal(sweep(), 100)
  assert.deepEqual(taken, [second])
  pass(1)
  assert.equal(sweep(), minute)
  assert.deepEqual(taken, [second, third])
  pass(hour)
  assert.equal(sweep(), undefined)
  assert.equal(taken.length, 3)
})
