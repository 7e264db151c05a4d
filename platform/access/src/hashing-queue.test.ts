import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HashingQueue } from './hashing-queue.ts'

test('no more run at once than allowed, in the order they came, and all get their turn', async () => {
  const queue = new HashingQueue(2, 100)
  const order: number[] = []
  let running = 0
  let most = 0
  await Promise.all(
    Array.from({ length: 20 }, (_, n) =>
      queue.run(async () => {
        running += 1
        most = Math.max(most, running)
        order.push(n)
        await new Promise(setImmediate)
        running -= 1
      }),
    ),
  )
  assert.equal(most, 2)
  assert.deepEqual(
    order,
    order.toSorted((a, b) => a - b),
  )
})

test('a task that fails frees its place', async () => {
  const queue = new HashingQueue(1, 1)
  await assert.rejects(
    queue.run(() => Promise.reject(new Error('no'))),
    /no/,
  )
  assert.equal(await queue.run(() => Promise.resolve(1)), 1)
})

test('more than may wait are refused as busy', async () => {
  const queue = new HashingQueue(1, 1)
  const tasks = [1, 2, 3].map(n => queue.run(() => Promise.resolve(n)))
  const results = await Promise.allSettled(tasks)
  assert.deepEqual(
    results.map(result => result.status),
    ['fulfilled', 'fulfilled', 'rejected'],
  )
  const [, , refused] = results
  assert.ok(refused?.status === 'rejected')
  assert.equal(refused.reason.code, 'sign-in-busy')
})
