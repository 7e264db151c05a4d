import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ReadyList } from './ready-list.ts'
import { Rate } from './rates.ts'
import { Unsettled } from './unsettled.ts'

test('the low mark is the oldest message that still owes something', () => {
  const unsettled = new Unsettled(0)
  for (const id of [10, 20, 30]) unsettled.open(id)
  unsettled.open(20)
  unsettled.close(10)
  unsettled.close(20)
  assert.equal(unsettled.low(), 20)
  unsettled.close(20)
  assert.equal(unsettled.low(), 30)
  unsettled.close(30)
  assert.equal(unsettled.low(), 30)
  assert.equal(unsettled.low(500), 500, 'nothing is open, and nothing older can still come')
  unsettled.open(10)
  assert.equal(unsettled.low(500), 10)
})

test('the low mark agrees with the plain definition, whatever the order of settling', () => {
  fc.assert(
    fc.property(fc.array(fc.record({ id: fc.integer({ min: 0, max: 20 }), close: fc.boolean() })), steps => {
      const unsettled = new Unsettled(0)
      const open = new Map<number, number>()
      let next = 0
      const ids: number[] = []
      for (const { id, close } of steps) {
        const known = ids[id % Math.max(ids.length, 1)]
        if (close && known !== undefined) {
          unsettled.close(known)
          const left = (open.get(known) ?? 0) - 1
          if (left > 0) open.set(known, left)
          else open.delete(known)
        } else {
          next += 1
          ids.push(next)
          unsettled.open(next)
          open.set(next, 1)
        }
      }
      assert.equal(unsettled.low(), open.size === 0 ? next : Math.min(...open.keys()))
    }),
  )
})

test('a ready list behaves like an array', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.constant('shift'), fc.constant('unshift'), fc.constant('push')), { maxLength: 200 }),
      ops => {
        const list = new ReadyList<number>()
        const array: number[] = []
        for (const [n, op] of ops.entries()) {
          if (op === 'shift') assert.equal(list.shift(), array.shift())
          else if (op === 'push') {
            list.push(n)
            array.push(n)
          } else {
            list.unshift(n)
            array.unshift(n)
          }
          assert.equal(list.length, array.length)
          assert.equal(list.peek(), array[0])
        }
      },
    ),
  )
})

test('a rate is the mean of the last full seconds, also after a pause and a clock that steps back', () => {
  let now = 1_000_000
  const rate = new Rate(() => now)
  for (let second = 0; second < 10; second += 1) {
    rate.count(5)
    now += 1_000
  }
  assert.equal(rate.perSecond(10), 5)
  now += 5_000
  assert.equal(rate.perSecond(10), 2.5)
  now -= 60_000
  rate.count()
  now += 3_600_000
  assert.equal(rate.perSecond(10), 0)
  assert.equal(rate.total, 51)
})
