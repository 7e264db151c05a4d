import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { listPartitions, timeOfId } from '@samband/store'
import { eventually, failure, world, type World } from './harness.ts'
import { numbered, Senders } from './senders.ts'

const dayMs = 86_400_000

describe('a clock that is set while messages flow', () => {
  let w: World
  let offsetMs = 0
  const clock = (): number => Date.now() + offsetMs
  before(async () => {
    w = await world()
  })
  after(() => w.close())
  beforeEach(() => {
    offsetMs = 0
    w.peers.receiver('out').received.length = 0
    w.peers.receiver('out').answer = () => undefined
  })

  for (const days of [1, -1]) {
    test(`by ${days} day: ids go on rising, and everything is delivered once and in order`, async () => {
      const engine = await w.start([numbered], { clock })
      const senders = new Senders(w, 8)
      await senders.more(50)
      const before = await w.peers.send('in', 'before|1|x')
      offsetMs = days * dayMs
      const behind = await w.peers.send('in', 'behind|1|x')
      assert.ok(behind > before)
      await senders.more(50)
      offsetMs = 0
      await senders.more(50)
      assert.ok((await w.peers.send('in', 'after|1|x')) > behind)
      await senders.stop()
      assert.deepEqual(senders.refused, [])
      const others = new Set(['before|1', 'behind|1', 'after|1'])
      const out = w.peers.receiver('out')
      await eventually(
        async () => out.received.filter(({ text }) => others.has(text)).length,
        count => count === 3,
      )
      out.received.splice(0, Infinity, ...out.received.filter(({ text }) => !others.has(text)))
      await senders.checkDelivered()
      await engine.stop()
    })
  }

  test('to a day without partitions and a month without a key: both are made when the first message needs them', async () => {
    const engine = await w.start([numbered], { clock })
    const senders = new Senders(w, 4)
    await senders.more(20)
    offsetMs = 70 * dayMs
    const begun = performance.now()
    const id = await w.peers.send('in', 'k|1|x')
    assert.ok(performance.now() - begun < 4_000, 'it waited for the timer')
    assert.ok(timeOfId(id) > Date.now() + 69 * dayMs)
    await senders.more(20)
    await senders.stop()
    assert.deepEqual(senders.refused, [])
    const at = timeOfId(id)
    const partitions = await listPartitions(w.db, 'engine.message_c0')
    assert.ok(partitions.some(({ from, to }) => from.getTime() <= at && at < to.getTime()))
    assert.equal(Buffer.from((await engine.body(id))?.bytes ?? []).toString(), 'k|1|x')
    await engine.stop()
  })

  test('what fails is tried again as if nothing had happened, whichever way the clock is set', async () => {
    const engine = await w.start([numbered], { clock, limits: { circuitFailures: 2 } })
    const out = w.peers.receiver('out')
    let down = true
    let asked = 0
    out.answer = () => {
      asked += 1
      return down ? Promise.reject(failure('unavailable')) : undefined
    }
    await w.peers.send('in', 'k|1|x')
    await eventually(
      async () => asked,
      count => count >= 2,
    )
    offsetMs = -dayMs
    const before = asked
    await eventually(
      async () => asked,
      count => count > before,
    )
    down = false
    await eventually(
      async () => out.received.length,
      count => count === 1,
    )
    await engine.stop()
  })

  test('ahead, and back before anything came: what comes then does not lie below the mark of a recovery', async () => {
    const first = await w.start([numbered], { clock })
    offsetMs = 90 * dayMs
    const low = async (): Promise<number> => {
      const { rows } = await w.db.pool.query<{ low: number }>('select max(low_id) as low from engine.checkpoint')
      return rows[0]?.low ?? 0
    }
    // The mark is saved every two seconds.
    await eventually(low, mark => timeOfId(mark) > Date.now() + 80 * dayMs)
    offsetMs = 0
    assert.ok((await w.peers.send('in', 'k|1|x')) > (await low()))
    await first.stop()
    await w.db.pool.query('update engine.checkpoint set low_id = low_id + $1', [4096 * dayMs])
    const second = await w.start([numbered], { clock })
    assert.ok((await w.peers.send('in', 'k|2|x')) > (await low()))
    await second.stop()
  })

  test('ahead by a year: retention deletes nothing for it', async () => {
    const engine = await w.start([numbered], { clock })
    await w.peers.send('in', 'k|1|x')
    const before = await listPartitions(w.db, 'engine.body_c0')
    offsetMs = 365 * dayMs
    const { dropped } = await engine.prune()
    assert.deepEqual(dropped, [])
    assert.deepEqual(await listPartitions(w.db, 'engine.body_c0'), before)
    await engine.stop()
  })
})
