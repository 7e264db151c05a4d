import assert from 'node:assert/strict'
import { after, afterEach, before, describe, test } from 'node:test'
import { Crowd } from './crowd.ts'
import { eventually, fastLimits, laneCount, owned, owners } from './members.ts'

describe('takeover', () => {
  let crowd: Crowd
  before(async () => {
    crowd = await Crowd.open()
  })
  afterEach(() => crowd.clear())
  after(() => crowd.t.close())

  test('after kill -9 the others take the lanes: each once, by one of them, from the process that died', async () => {
    const c = await crowd.soleOwner()
    const [a, b] = await Promise.all([crowd.start(), crowd.start()])
    await eventually('balance', () => [a, b].every(member => owned(member).length >= 21))
    await eventually('the child writes', async () => (await crowd.written(c.epoch)) > 0)
    await eventually('settled', async () => (await owners(crowd.db)).every(({ epoch }) => epoch !== null))
    const before = await owners(crowd.db)
    c.process.kill('SIGKILL')
    await eventually('takeover', () => owned(a).length + owned(b).length === laneCount)
    const now = await owners(crowd.db)
    const taken = [...a.claims, ...b.claims].filter(({ reason }) => reason === 'taken-over')
    assert.ok(taken.every(({ from }) => from?.epoch === c.epoch))
    assert.deepEqual(
      taken.flatMap(({ lanes }) => lanes).sort((x, y) => x - y),
      before.filter(({ epoch }) => epoch === c.epoch).map(({ lane }) => lane),
    )
    for (const { lane, epoch, token } of before) {
      assert.equal(now[lane]?.token, epoch === c.epoch ? token + 1 : token)
    }
  })

  test('a single process that is killed and started again has everything at once, without waiting for a limit', async () => {
    const c = await crowd.soleOwner()
    c.process.kill('SIGKILL')
    await new Promise(resolve => c.process.once('exit', resolve))
    await eventually('the server has noticed', async () => {
      const { rows } = await crowd.db.pool.query(
        `select from pg_locks join pg_database d on d.oid = database
          where locktype = 'advisory' and datname = current_database()`,
      )
      return rows.length === 0
    })
    const begun = performance.now()
    const a = await crowd.start()
    assert.equal(owned(a).length, laneCount)
    assert.ok(performance.now() - begun < fastLimits.deadAfterMs, `took ${performance.now() - begun} ms`)
    assert.equal(a.membership.node, 0)
    assert.deepEqual(a.claims[0]?.from, { epoch: c.epoch, node: 0 })
    assert.equal(a.claims[0]?.reason, 'taken-over')
  })

  test('a process that hangs loses its lanes, and after it wakes nothing of it can be committed', async () => {
    const c = await crowd.soleOwner()
    let atClaim: number | undefined
    const a = await crowd.start({
      claimWith: async (_, { reason }) => {
        if (reason === 'taken-over') atClaim = await crowd.written(c.epoch)
      },
    })
    await eventually('balance', () => owned(a).length === laneCount / 2)
    c.process.kill('SIGSTOP')
    const begun = performance.now()
    await eventually('takeover', () => owned(a).length === laneCount)
    const tookMs = performance.now() - begun
    assert.ok(tookMs > fastLimits.deadAfterMs - 2 * fastLimits.beatEveryMs, `a living one was taken after ${tookMs} ms`)
    c.process.kill('SIGCONT')
    await eventually(
      'the child knows',
      () => c.heard('deposed') && c.said.some(({ code }) => code === 'engine-deposed'),
    )
    assert.ok(atClaim !== undefined && atClaim > 0)
    assert.equal(await crowd.written(c.epoch), atClaim)
    assert.equal(c.said.filter(({ is }) => is === 'deposed').length, 1)
    assert.deepEqual(
      c.said.filter(({ is }) => is === 'woken').map(({ valid }) => valid),
      [false],
    )
    assert.equal(a.deposed, 0)
  })

  test('a process that stops for less than the limit goes on, but wakes as one that may not act until it has beaten again', async () => {
    const c = await crowd.soleOwner()
    const a = await crowd.start()
    await eventually('balance', () => owned(a).length === laneCount / 2)
    c.process.kill('SIGSTOP')
    await new Promise(resolve => setTimeout(resolve, fastLimits.selfFenceAfterMs * 1.5))
    c.process.kill('SIGCONT')
    const before = await crowd.written(c.epoch)
    await eventually('it writes on', async () => (await crowd.written(c.epoch)) > before)
    assert.ok(!c.heard('deposed') && !c.heard('writer-lost'))
    assert.deepEqual(
      c.said.filter(({ is }) => is === 'woken').map(({ valid }) => valid),
      [false],
    )
    assert.equal(owned(a).length, laneCount / 2)
  })
})
