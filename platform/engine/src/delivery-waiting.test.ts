import assert from 'node:assert/strict'
import { test } from 'node:test'
import { calendar } from '@samband/route'
import type { Delivery } from './delivery.ts'
import { error, gated, queueOf } from './queue-on-trial.ts'

test('of the keys that wait the urgent go first; the order within a key stays', async () => {
  const { send, open, sent } = gated()
  const q = queueOf({ window: 1, send })
  q.add(0, 0)
  q.add(1, 1, -1)
  q.add(2, 2)
  q.add(3, 3, 1)
  q.add(4, 2, 1)
  open()
  await q.logged(log => log.length === 5)
  assert.deepEqual(sent, [0, 3, 2, 4, 1])
  await q.queue.stop(100)
})

test('urgent deliveries on disk are read back before routine ones', async () => {
  const { send, open, sent } = gated()
  const q = queueOf({ window: 1, inMemory: 1, send })
  for (let n = 0; n < 2_000; n += 1) q.add(n, n, n % 100 === 99 ? 1 : 0)
  await new Promise(resolve => setTimeout(resolve, 20))
  open()
  await q.logged(log => log.length === 2_000)
  const lastUrgent = sent.findLastIndex(n => n % 100 === 99)
  assert.ok(lastUrgent < 1_200, `the last urgent one was number ${lastUrgent}`)
  await q.queue.stop(100)
})

test('a throttled destination is not offered more than it takes, and no attempt is lost', async () => {
  const attempts: number[] = []
  const begun = performance.now()
  const q = queueOf({ window: 10, throttle: { messages: 5, perMs: 50 }, send: async (_, n) => void attempts.push(n) })
  for (let n = 0; n < 15; n += 1) q.add(n, n)
  // A slow machine may see a token or two come back already.
  assert.ok(attempts.length >= 5 && attempts.length < 10, `${attempts.length} at once`)
  assert.equal(q.queue.state().gate, 'throttled')
  await q.logged(log => log.length === 15)
  assert.ok(performance.now() - begun >= 99)
  assert.ok(attempts.every(attempt => attempt === 1))
  await q.queue.stop(100)
})

test('outside its hours a destination is offered nothing, and uses up nothing', async () => {
  const hours = calendar({ timeZone: 'UTC', from: '07:00', to: '16:00' })
  let now = Date.parse('2026-01-13T06:59:59.950Z')
  const q = queueOf({ now: () => now, hours, send: async (_, attempt) => assert.equal(attempt, 1) })
  for (let n = 0; n < 5; n += 1) q.add(n, n)
  await new Promise(resolve => setTimeout(resolve, 20))
  assert.deepEqual([q.queue.state().gate, q.log], ['closed', []])
  now = Date.parse('2026-01-13T07:00:00Z')
  await q.logged(log => log.length === 5)
  assert.ok(q.log.every(line => line.startsWith('delivered')))
  await q.queue.stop(100)
})

test('what expires while it waits is given up then, wherever it stands; what is being sent is not', async () => {
  const { send, open } = gated()
  const start = Date.now()
  let late = 0
  const q = queueOf({
    window: 1,
    expiryMs: 1_000,
    inMemory: 2,
    now: () => start + late,
    monotonic: () => late,
    receivedAt: id => start + (id < 10 ? 0 : 10_000),
    send,
  })
  for (const [id, key] of [
    [1, 1],
    [2, 1],
    [3, 2],
    [11, 1],
    [12, 2],
  ] as const)
    q.add(id, key)
  late = 1_001
  await q.logged(log => log.length === 2)
  assert.deepEqual(q.log, ['dead 2.0 delivery-expired', 'dead 3.0 delivery-expired'])
  assert.equal(q.queue.state().waiting, 3)
  open()
  await q.logged(log => log.length === 5)
  assert.deepEqual(q.log.slice(2).toSorted(), ['delivered 1.0', 'delivered 11.0', 'delivered 12.0'])
  assert.equal(q.queue.state().waiting, 0)
  await q.queue.stop(100)
})

test('a jump of the wall clock gives nothing up', async () => {
  const { send, open } = gated()
  let now = Date.now()
  const start = now
  const q = queueOf({ window: 1, expiryMs: 60_000, now: () => now, receivedAt: () => start, send })
  q.add(1, 1)
  q.add(2, 1)
  now += 86_400_000
  open()
  await q.logged(log => log.length === 2)
  assert.deepEqual(q.log, ['delivered 1.0', 'delivered 2.0'])
  await q.queue.stop(100)
})

test('a receiver that comes back is met by a few at first', async () => {
  let down = true
  let underWay = 0
  const most: number[] = []
  const q = queueOf({
    window: 16,
    send: async () => {
      underWay += 1
      if (!down) most.push(underWay)
      await new Promise(resolve => setTimeout(resolve, 2))
      underWay -= 1
      if (down) throw error('unavailable')
    },
  })
  for (let n = 0; n < 200; n += 1) q.add(n, n)
  await q.logged(log => log.some(line => line.endsWith('unavailable false')))
  await new Promise(resolve => setTimeout(resolve, 5))
  down = false
  await q.logged(log => log.filter(line => line.startsWith('delivered')).length === 200)
  assert.ok(Math.max(...most.slice(0, 3)) <= 2, most.slice(0, 10).join())
  assert.equal(Math.max(...most), 16)
  await q.queue.stop(100)
})

test('every waiting delivery of many is found, however often it is asked for', async () => {
  const { send, open } = gated()
  const q = queueOf({ window: 1, inMemory: 10, send })
  const base = 2 ** 50
  for (let n = 0; n < 3_000; n += 1) q.add(base + n * 4_096, n % 300)
  assert.equal(q.queue.find(base, 0, 'out')?.sending, true)
  for (let n = 1; n < 3_000; n += 1) {
    const found = q.queue.find(base + n * 4_096, 0, 'out')
    assert.equal(found?.delivery.messageId, base + n * 4_096)
    if (n % 2 === 1) q.queue.remove(found.delivery)
    if (n % 2 === 1) assert.equal(q.queue.find(base + n * 4_096, 0, 'out'), undefined)
  }
  assert.equal(q.queue.find(base, 1, 'out'), undefined)
  assert.equal(q.queue.find(base, 0, 'other'), undefined)
  assert.deepEqual(
    q.queue.waitingOf(new Set([base + 4_096, base + 8_192, 5])).map(({ messageId }) => messageId),
    [base + 8_192],
  )
  assert.equal(q.queue.state().waiting, 1_500)
  assert.equal(q.queue.state().oldestMessageId, base)
  open()
  await q.logged(log => log.length === 1_500)
  await q.queue.stop(100)
})

test('of large outputs only as many bytes stay in memory as may, and no more are read back at once', async () => {
  for (const keys of [1, 300]) {
    const { send, open, sent } = gated()
    const waiting: Delivery[] = []
    const inMemory = (): number => waiting.filter(({ output }) => output !== undefined).length
    let most = 0
    const q = queueOf({
      window: 2,
      inMemory: 1_000,
      inMemoryBytes: 10_000,
      outputBytes: 1_000,
      send: async (text, attempt) => {
        most = Math.max(most, inMemory())
        await send(text, attempt)
      },
    })
    for (let n = 0; n < 300; n += 1) waiting.push(q.add(n, n % keys))
    await new Promise(resolve => setTimeout(resolve, 20))
    assert.equal(inMemory(), 10)
    open()
    await q.logged(log => log.length === 300)
    if (keys === 1)
      assert.deepEqual(
        sent,
        [...sent].toSorted((a, b) => a - b),
      )
    assert.equal(new Set(sent).size, 300)
    // Two of them are being sent, and a receiver that has nothing to do may have one read for it.
    assert.ok(most <= 13, `${most} outputs in memory`)
    assert.ok(Math.max(...q.batches) <= 10, `${Math.max(...q.batches)} outputs were read at once`)
    await q.queue.stop(100)
  }
})

test('an output that is larger than all that may stay in memory is delivered all the same', async () => {
  const q = queueOf({ window: 1, inMemoryBytes: 10, outputBytes: 1_000, send: async () => {} })
  for (let n = 0; n < 20; n += 1) q.add(n, n % 3)
  await q.logged(log => log.length === 20)
  assert.ok(q.log.every(line => line.startsWith('delivered')))
  await q.queue.stop(100)
})
