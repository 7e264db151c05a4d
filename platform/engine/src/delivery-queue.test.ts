import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Delivery } from './delivery.ts'
import { error, queueOf } from './queue-on-trial.ts'

test('one key is serial, keys run in parallel up to the window', async () => {
  let underWay = 0
  let most = 0
  const keys = new Map<string, number>()
  const q = queueOf({
    window: 3,
    send: async text => {
      const key = String(Number(text) % 5)
      keys.set(key, (keys.get(key) ?? 0) + 1)
      assert.equal(keys.get(key), 1, 'two of one key under way')
      underWay += 1
      most = Math.max(most, underWay)
      await new Promise(resolve => setImmediate(resolve))
      underWay -= 1
      keys.set(key, 0)
    },
  })
  for (let n = 0; n < 50; n += 1) q.add(n, n % 5)
  await q.logged(log => log.length === 50)
  assert.equal(most, 3)
  await q.queue.stop(100)
})

test('attempts are counted for a receiver that answers, and used up after as many as the policy says', async () => {
  const attempts: number[] = []
  const q = queueOf({
    send: async (_, attempt) => {
      attempts.push(attempt)
      throw error('busy')
    },
  })
  q.add(1, 1)
  await q.logged(log => log.some(line => line.startsWith('dead')))
  assert.deepEqual(attempts, [1, 2, 3])
  assert.deepEqual(q.log, ['failed 1.0 busy true', 'failed 1.0 busy true', 'dead 1.0 busy'])
  await q.queue.stop(100)
})

test('an unreachable receiver opens the circuit, costs no attempts and is probed by one message', async () => {
  let down = true
  let underWay = 0
  const q = queueOf({
    window: 4,
    send: async (_, attempt) => {
      assert.equal(attempt, 1)
      underWay += 1
      if (q.queue.state().circuit !== 'closed') assert.equal(underWay, 1, 'only one probes')
      await new Promise(resolve => setImmediate(resolve))
      underWay -= 1
      if (down) throw error('unavailable')
    },
  })
  for (let n = 0; n < 20; n += 1) q.add(n, n)
  await q.logged(log => log.some(line => line.endsWith('unavailable false')))
  assert.notEqual(q.queue.state().circuit, 'closed')
  down = false
  await q.logged(log => log.filter(line => line.startsWith('delivered')).length === 20)
  assert.equal(q.queue.state().circuit, 'closed')
  assert.equal(q.log.filter(line => line.startsWith('failed')).length, 1)
  await q.queue.stop(100)
})

test('outputs beyond the limit go to disk and come back in order', async () => {
  const sent: number[] = []
  let open: (() => void) | undefined
  const gate = new Promise<void>(resolve => {
    open = resolve
  })
  const q = queueOf({
    window: 1,
    inMemory: 4,
    send: async text => {
      await gate
      sent.push(Number(text))
    },
  })
  for (let n = 0; n < 1_500; n += 1) q.add(n, 7)
  await new Promise(resolve => setTimeout(resolve, 20))
  assert.ok(q.stored.size >= 1_490, `${q.stored.size} on disk`)
  open?.()
  await q.logged(log => log.length === 1_500)
  assert.deepEqual(
    sent,
    sent.toSorted((a, b) => a - b),
  )
  assert.equal(q.queue.state().waiting, 0)
  await q.queue.stop(100)
})

test('a held head keeps its key and only its key; released it goes first, removed the next one goes', async () => {
  let refuse = true
  const q = queueOf({
    onExhausted: 'hold',
    send: async text => {
      if (text === '1' && refuse) throw error('incorrect')
    },
  })
  const first = q.add(1, 1)
  q.add(2, 1)
  q.add(3, 2)
  await q.logged(log => log.includes('held 1.0') && log.includes('delivered 3.0'))
  assert.equal(q.queue.state().held, 1)
  refuse = false
  q.queue.release(first)
  await q.logged(log => log.includes('delivered 2.0'))
  assert.ok(q.log.indexOf('delivered 1.0') < q.log.indexOf('delivered 2.0'))
  await q.queue.stop(100)
})

test('what was taken out while it waited is not sent, and what waits behind it is', async () => {
  let open: (() => void) | undefined
  const gate = new Promise<void>(resolve => {
    open = resolve
  })
  const q = queueOf({ window: 1, send: async () => await gate })
  q.add(1, 1)
  const second = q.add(2, 1)
  q.add(3, 1)
  assert.deepEqual(q.queue.find(1, 0, 'out')?.sending, true)
  q.queue.remove(second)
  assert.equal(q.queue.find(2, 0, 'out'), undefined)
  assert.equal(q.queue.state().waiting, 2)
  open?.()
  await q.logged(log => log.includes('delivered 3.0'))
  assert.ok(!q.log.includes('delivered 2.0'))
  await q.queue.stop(100)
})

test('a message too old to be of use is given up without being sent', async () => {
  const q = queueOf({ expiryMs: 10, now: () => 1_000, send: async () => assert.fail('sent') })
  q.add(1, 1)
  await q.logged(log => log.length === 1)
  assert.deepEqual(q.log, ['dead 1.0 delivery-expired'])
  await q.queue.stop(100)
})

test('an output that the journal lost is a dead letter, not a silence', async () => {
  const q = queueOf({ send: async () => {} })
  const delivery: Delivery = {
    messageId: 9,
    part: 0,
    as: 'out',
    owed: 1,
    key: 1,
    attempts: 0,
    output: undefined,
    stored: true,
    resumed: true,
    gone: false,
  }
  q.queue.enqueue(delivery)
  await q.logged(log => log.length === 1)
  assert.deepEqual(q.log, ['dead 9.0 output-missing'])
  assert.equal(q.queue.state().waiting, 0)
  await q.queue.stop(100)
})
