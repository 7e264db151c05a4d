import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SambandError } from '@samband/errors'
import fc from 'fast-check'
import { createIdGenerator, idEpochMs, idFromTime, timeOfId } from './ids.ts'

const noon = Date.UTC(2026, 10, 22, 12)

test('an id holds its millisecond', () => {
  const ids = createIdGenerator({ node: 31, now: () => noon })
  const id = ids.next()
  assert.equal(timeOfId(id), noon)
  assert.equal(id, idFromTime(noon) + 31 * 128)
})

test('the first id of a millisecond is not greater than any id of it, and greater than those before', () => {
  const before = createIdGenerator({ node: 31, now: () => noon - 1 })
  const at = createIdGenerator({ node: 0, now: () => noon })
  assert.ok(before.next() < idFromTime(noon))
  assert.ok(at.next() >= idFromTime(noon))
})

test('ids stay safe integers until 2089', () => {
  const ids = createIdGenerator({ node: 31, now: () => Date.UTC(2089, 0, 1) })
  assert.ok(Number.isSafeInteger(ids.next()))
})

test('a burst borrows from the milliseconds to come', () => {
  const ids = createIdGenerator({ node: 3, now: () => noon })
  const burst = Array.from({ length: 1000 }, () => ids.next())
  assert.equal(new Set(burst).size, 1000)
  assert.deepEqual(
    burst,
    burst.toSorted((a, b) => a - b),
  )
  assert.equal(timeOfId(burst.at(-1) ?? 0), noon + 7)
})

test('after an id is said to have passed, no smaller one comes, although the clock is set back', () => {
  let now = noon + 86_400_000
  const ids = createIdGenerator({ node: 3, now: () => now })
  const said = idFromTime(now)
  ids.passed(said)
  now = noon
  const next = ids.next()
  assert.ok(next > said)
  ids.passed(said)
  assert.equal(ids.next(), next + 1)
})

test('ids grow whatever the clock does', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -5_000, max: 5_000 }), { minLength: 2 }), jumps => {
      let clock = noon
      const ids = createIdGenerator({ node: 0, now: () => clock })
      let last = 0
      for (const jump of jumps) {
        clock += jump
        const id = ids.next()
        assert.ok(id > last)
        last = id
      }
    }),
  )
})

test('ids continue after the newest one in use although the clock stepped back', () => {
  const used = idFromTime(noon + 60_000) + 5
  const ids = createIdGenerator({ node: 0, now: () => noon, after: used })
  assert.ok(ids.next() > used)
})

test('two nodes never make the same id', () => {
  const [a, b] = [4, 5].map(node => createIdGenerator({ node, now: () => noon }))
  const made = Array.from({ length: 500 }, () => [a?.next(), b?.next()]).flat()
  assert.equal(new Set(made).size, 1000)
})

test('the epoch is 2020', () => {
  assert.equal(idFromTime(idEpochMs), 0)
  assert.equal(timeOfId(0), Date.UTC(2020, 0, 1))
})

test('a node number outside 0..31 is refused', () => {
  for (const node of [-1, 32, 1.5]) {
    assert.throws(() => createIdGenerator({ node, now: () => noon }), SambandError)
  }
})
