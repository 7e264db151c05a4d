import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defaultRetry } from '@samband/route'
import { Circuit } from './circuit.ts'

const window = 32

async function openedAndProbed(): Promise<Circuit> {
  const probing = Promise.withResolvers<void>()
  const circuit = new Circuit({ ...defaultRetry, backoffMs: 1, maxMs: 1 }, 2, () => probing.resolve())
  assert.equal(circuit.unreachable(), false)
  assert.equal(circuit.unreachable(), true)
  assert.equal(circuit.allowed(window), 0)
  await probing.promise
  assert.equal(circuit.allowed(window), 1)
  return circuit
}

test('a receiver that has come back is met by more and more messages, not by all at once', async () => {
  const circuit = await openedAndProbed()
  const rounds: number[] = []
  circuit.reached()
  while (circuit.allowed(window) < window) {
    rounds.push(circuit.allowed(window))
    for (let n = circuit.allowed(window); n > 0; n -= 1) circuit.reached()
  }
  assert.deepEqual(rounds, [2, 4, 8, 16])
})

test('an answer busy halves what goes at once, down to one; each answer that is not gives one back', () => {
  const circuit = new Circuit(defaultRetry, 2, () => {})
  circuit.busy(window)
  assert.equal(circuit.allowed(window), 16)
  for (let n = 0; n < 10; n += 1) circuit.busy(window)
  assert.equal(circuit.allowed(window), 1)
  circuit.reached()
  assert.equal(circuit.allowed(window), 2)
})

test('a late answer closes an open circuit for good: the probe that was planned does not open it half', async () => {
  const circuit = new Circuit({ ...defaultRetry, backoffMs: 1, maxMs: 1 }, 1, () => assert.fail('probed'))
  circuit.unreachable()
  circuit.reached()
  await new Promise(resolve => setTimeout(resolve, 10))
  assert.equal(circuit.state, 'closed')
})
