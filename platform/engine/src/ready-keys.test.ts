import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Delivery } from './delivery.ts'
import { KeyQueue } from './key-queue.ts'
import { ReadyKeys } from './ready-keys.ts'

function keyOf(key: number, priority: number): KeyQueue {
  const delivery: Delivery = {
    messageId: key,
    part: 0,
    as: 'out',
    owed: 1,
    key,
    attempts: 0,
    output: undefined,
    stored: true,
    resumed: false,
    gone: false,
    priority,
  }
  return new KeyQueue(delivery)
}

/** `counts`: how many keys wait of urgent, routine and low. Answers in what order they go. */
function order(counts: readonly [number, number, number]): readonly number[] {
  const ready = new ReadyKeys()
  for (const [at, priority] of [1, 0, -1].entries()) {
    for (let n = 0; n < (counts[at] ?? 0); n += 1) ready.push(keyOf(n, priority))
  }
  const went: number[] = []
  for (let next = ready.shift(); next !== undefined; next = ready.shift()) went.push(next.peek()?.priority ?? 0)
  return went
}

test('urgent goes before routine, routine before low', () => {
  assert.deepEqual(order([2, 2, 2]), [1, 1, 0, 0, -1, -1])
})

test('what waits has a turn after ten others at the latest, so nothing starves', () => {
  const went = order([100, 100, 100])
  assert.equal(went.length, 300)
  for (const priority of [0, -1]) {
    const turns = went.slice(0, 100).flatMap((of, at) => (of === priority ? [at] : []))
    assert.ok(turns.length >= 8, `${priority}: ${turns.join()}`)
    for (const [n, at] of turns.entries()) assert.ok(at - (turns[n - 1] ?? -1) <= 11, `${priority}: ${turns.join()}`)
  }
  assert.ok(went.slice(0, 100).filter(of => of === 1).length >= 75)
})

test('what failed goes before others of its priority, not before those above', () => {
  const ready = new ReadyKeys()
  ready.push(keyOf(1, 0))
  ready.push(keyOf(2, 1))
  ready.unshift(keyOf(3, 0))
  assert.deepEqual(
    [ready.shift(), ready.shift(), ready.shift(), ready.shift()].map(queue => queue?.key),
    [2, 3, 1, undefined],
  )
})
