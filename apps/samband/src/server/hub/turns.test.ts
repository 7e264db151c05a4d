import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Turns } from './turns.ts'

test('so many run at once, the others in the order in which they came, also past one that fails', async () => {
  const turns = new Turns(2)
  const begun: number[] = []
  let atOnce = 0
  let most = 0
  const work = (number: number): Promise<number> =>
    turns.run(async () => {
      begun.push(number)
      atOnce += 1
      most = Math.max(most, atOnce)
      await new Promise(resolve => setImmediate(resolve))
      atOnce -= 1
      if (number === 1) throw new Error('one fails')
      return number
    })
  const results = await Promise.allSettled([0, 1, 2, 3, 4, 5].map(work))
  assert.deepEqual(begun, [0, 1, 2, 3, 4, 5])
  assert.equal(most, 2)
  assert.deepEqual(
    results.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled', 'fulfilled', 'fulfilled', 'fulfilled'],
  )
})
