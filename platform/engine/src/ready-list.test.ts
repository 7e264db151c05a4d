import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ReadyList } from './ready-list.ts'

test('a ready list does what an array does', () => {
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.constant('push' as const) },
    { weight: 3, arbitrary: fc.constant('shift' as const) },
    { weight: 1, arbitrary: fc.constant('unshift' as const) },
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), steps => {
      const list = new ReadyList<number>()
      const array: number[] = []
      for (const [n, what] of steps.entries()) {
        if (what === 'shift') assert.equal(list.shift(), array.shift())
        else {
          list[what](n)
          array[what](n)
        }
        assert.equal(list.peek(), array[0])
        assert.equal(list.length, array.length)
      }
      assert.deepEqual([...list], array)
      list.keep(n => n % 2 === 0)
      assert.deepEqual(
        [...list],
        array.filter(n => n % 2 === 0),
      )
      assert.equal(list.length, [...list].length)
    }),
  )
})

test('both ends of a long list are cheap', () => {
  const list = new ReadyList<number>()
  for (let n = 0; n < 200_000; n += 1) list.push(n)
  const begun = performance.now()
  for (let n = 0; n < 20_000; n += 1) list.unshift(list.shift() ?? -1)
  for (let n = 0; n < 20_000; n += 1) list.unshift(n)
  assert.ok(performance.now() - begun < 1_000)
})
