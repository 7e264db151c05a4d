import assert from 'node:assert/strict'
import { after, afterEach, before, describe, test } from 'node:test'
import { Crowd } from './crowd.ts'
import { eventually, laneCount, openMember, owned, tenant } from './members.ts'

describe('a process that dies in the middle of a change of owners', () => {
  let crowd: Crowd
  before(async () => {
    crowd = await Crowd.open()
  })
  afterEach(() => crowd.clear())
  after(() => crowd.t.close())

  test('an owner that dies while it drains: its lanes are taken over', async () => {
    const c = await crowd.soleOwner({ hangIn: 'onLosing' })
    const a = await crowd.start()
    await eventually('the child drains', () => c.heard('onLosing'))
    c.process.kill('SIGKILL')
    await eventually('takeover', () => owned(a).length === laneCount)
    assert.ok(a.claims.every(({ from, reason }) => from?.epoch === c.epoch && reason === 'taken-over'))
  })

  test('a new process that dies in its claim: the lanes go back, from the owner that had drained them', async () => {
    const a = await crowd.start()
    const c = await crowd.child({ hangIn: 'claimWith' })
    await eventually('the child claims', () => c.heard('claimWith'))
    assert.equal(owned(a).length, laneCount / 2)
    c.process.kill('SIGKILL')
    await eventually('back', () => owned(a).length === laneCount)
    const back = a.claims.at(-1)
    assert.deepEqual(back?.from, { epoch: a.membership.epoch, node: 0 })
    assert.equal(back?.reason, 'handed-over')
  })

  test('a new process that dies while it resumes: the lanes are taken over from it', async () => {
    const a = await crowd.start()
    const c = await crowd.child({ hangIn: 'onGained' })
    await eventually('the child resumes', () => c.heard('onGained'))
    c.process.kill('SIGKILL')
    await eventually('taken over', () => owned(a).length === laneCount)
    assert.equal(a.claims.at(-1)?.from?.epoch, c.epoch)
    assert.equal(a.claims.at(-1)?.reason, 'taken-over')
  })

  test('a taker that dies after it has declared another dead: the next one carries on', async () => {
    const c = await crowd.soleOwner()
    await crowd.db.pool.query(`update engine.process set state = 'dead' where tenant = $1 and epoch = $2`, [
      tenant,
      c.epoch,
    ])
    const a = await crowd.start()
    assert.equal(owned(a).length, laneCount)
    assert.equal(a.claims[0]?.from?.epoch, c.epoch)
    await eventually('the child knows', () => c.heard('deposed'))
    const count = await crowd.written(c.epoch)
    await new Promise(resolve => setTimeout(resolve, 50))
    assert.equal(await crowd.written(c.epoch), count)
  })

  test('a process asked to end leaves by itself', async () => {
    const c = await crowd.soleOwner()
    const a = await crowd.start()
    c.process.kill('SIGTERM')
    await eventually('all handed over', () => owned(a).length === laneCount)
    assert.ok(a.claims.every(({ reason }) => reason === 'handed-over'))
    await eventually('exit', () => c.process.exitCode === 0)
  })

  test('a node number is not given to another while its process still writes', async () => {
    const a = await crowd.start()
    const writer = await crowd.db.dedicated('writer')
    await a.membership.fence(writer)
    await crowd.db.pool.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and application_name like '%engine-lease'`,
    )
    const b = crowd.add(await openMember(crowd.db))
    assert.equal(b.membership.node, 1)
    await eventually('a is valid again', () => a.membership.valid)
    assert.equal(a.deposed, 0)
    await writer.end()
  })
})
