import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import fc from 'fast-check'
import { IntakeGate } from './intake-gate.ts'

const gateOf = (bytesMax: number, waitMs = 1_000): IntakeGate => new IntakeGate({ bytesMax, waitMs })

test('what fits is let in at once, what does not waits until enough has left', async () => {
  const gate = gateOf(10)
  assert.equal(gate.enter(6), undefined)
  assert.equal(gate.enter(4), undefined)
  let entered = false
  const turn = gate.enter(5)?.then(() => {
    entered = true
  })
  gate.leave(4)
  await delay(1)
  assert.equal(entered, false)
  gate.leave(6)
  await turn
  assert.deepEqual([gate.heldBytes, gate.waiting], [5, 0])
})

test('nobody overtakes: a small message waits behind a large one', async () => {
  const gate = gateOf(10)
  void gate.enter(8)
  const order: string[] = []
  const large = gate.enter(9)?.then(() => order.push('large'))
  const small = gate.enter(1)?.then(() => order.push('small'))
  assert.equal(gate.waiting, 2)
  gate.leave(8)
  await Promise.all([large, small])
  assert.deepEqual(order, ['large', 'small'])
})

test('a message larger than the whole bound is let in when it is alone', async () => {
  const gate = gateOf(10)
  assert.equal(gate.enter(50), undefined)
  const next = gate.enter(50)
  assert.equal(gate.waiting, 1)
  gate.leave(50)
  await next
  assert.equal(gate.heldBytes, 50)
})

test('what waits for too long is refused with busy, and those behind it go on', async () => {
  const gate = gateOf(10, 40)
  void gate.enter(8)
  const large = gate.enter(9)
  await delay(20)
  const small = gate.enter(2)
  await assert.rejects(large ?? Promise.resolve(), { code: 'intake-full', category: 'busy' })
  await small
  assert.deepEqual([gate.heldBytes, gate.waiting], [10, 0])
})

test('what is in memory already is counted even when there is no room', async () => {
  const gate = gateOf(10)
  gate.hold(30)
  const turn = gate.enter(1)
  gate.leave(25)
  await turn
  assert.equal(gate.heldBytes, 6)
})

test('whatever comes and goes, no more is held than the bound, or one message', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 25 }), { maxLength: 40 }), async sizes => {
      const gate = gateOf(20)
      const order: number[] = []
      let inside = 0
      const work = sizes.map(async (bytes, index) => {
        await gate.enter(bytes)
        order.push(index)
        inside += 1
        assert.ok(gate.heldBytes <= 20 || inside === 1)
        await delay(0)
        inside -= 1
        gate.leave(bytes)
      })
      await Promise.all(work)
      assert.deepEqual([gate.heldBytes, gate.waiting], [0, 0])
      assert.deepEqual(
        order,
        [...order].toSorted((a, b) => a - b),
      )
    }),
    { numRuns: 30 },
  )
})
