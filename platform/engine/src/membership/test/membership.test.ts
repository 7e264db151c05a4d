import assert from 'node:assert/strict'
import { after, afterEach, before, describe, test } from 'node:test'
import type { TestDatabase } from '@samband/store'
import type { Claim } from '../membership-types.ts'
import { eventually, laneCount, openMember, owned, owners, startMember, type TestMember, tenant } from './members.ts'
import { membershipDatabase } from './members.ts'

describe('membership', () => {
  let t: TestDatabase
  const opened: TestMember[] = []
  const track = async (member: Promise<TestMember>): Promise<TestMember> => {
    opened.push(await member)
    return await member
  }

  before(async () => {
    t = await membershipDatabase()
  })
  afterEach(async () => {
    await Promise.all(opened.splice(0).map(({ membership }) => membership.leave(1_000)))
    await t.db.pool.query('truncate engine.lane, engine.process')
  })
  after(() => t.close())

  const balanced = (members: readonly TestMember[]): boolean => {
    const counts = members.map(member => owned(member).length)
    return counts.reduce((sum, n) => sum + n, 0) === laneCount && Math.max(...counts) - Math.min(...counts) <= 1
  }

  test('one process alone owns every lane as soon as it has started', async () => {
    const begun = performance.now()
    const a = await track(startMember(t.db))
    assert.ok(performance.now() - begun < 500)
    assert.equal(owned(a).length, laneCount)
    assert.deepEqual(
      a.claims.map(({ lanes, from, reason }) => [lanes.length, from, reason]),
      [[laneCount, undefined, 'first']],
    )
    assert.equal(a.membership.node, 0)
    assert.equal(a.membership.valid, true)
    assert.equal(a.membership.ownerOf(5)?.epoch, a.membership.epoch)
  })

  test('a process that has not started takes no lanes, and keeps none from the others', async () => {
    const a = await track(startMember(t.db))
    const b = await track(openMember(t.db))
    await eventually('a sees b', () => a.membership.members().length === 2)
    assert.equal(owned(a).length, laneCount)
    assert.deepEqual(b.claims, [])
    assert.equal(b.membership.node, 1)
  })

  test('a process that joins gets its share, each lane drained by its owner first and without a second owner', async () => {
    const a = await track(startMember(t.db))
    const b = await track(startMember(t.db))
    await eventually('balance', () => balanced([a, b]))
    const c = await track(startMember(t.db))
    await eventually('balance', () => balanced([a, b, c]))
    assert.deepEqual(
      [...a.lost, ...b.lost].flat().sort((x, y) => x - y),
      [...b.claims, ...c.claims].flatMap(({ lanes }) => lanes).sort((x, y) => x - y),
    )
    assert.ok(c.claims.every(({ reason }) => reason === 'handed-over'))
    const fromA = c.claims.find(({ from }) => from?.epoch === a.membership.epoch)
    assert.equal(fromA?.from?.node, 0)
    const rows = await owners(t.db)
    assert.deepEqual(
      new Set(rows.map(({ epoch }) => epoch)),
      new Set([a, b, c].map(({ membership }) => membership.epoch)),
    )
    await eventually('everybody knows every owner', () =>
      [a, b, c].every(({ membership }) => rows.every(({ lane, epoch }) => membership.ownerOf(lane)?.epoch === epoch)),
    )
  })

  test('while a lane drains it admits nothing, and it is not claimed before the drain has ended', async () => {
    let finish: (() => void) | undefined
    const draining: number[][] = []
    const a = await track(
      startMember(t.db, {
        onLosing: async lanes => {
          draining.push([...lanes])
          if (draining.length > 1) return
          await new Promise<void>(resolve => {
            finish = resolve
          })
        },
      }),
    )
    const b = await track(startMember(t.db))
    await eventually('a drains', () => draining.length === 1)
    const going = draining[0] ?? []
    assert.equal(going.length, laneCount / 2)
    assert.ok(going.every(lane => a.membership.owns(lane) && !a.membership.admits(lane)))
    await new Promise(resolve => setTimeout(resolve, 250))
    assert.deepEqual(b.claims, [])
    finish?.()
    await eventually('b has them', () => balanced([a, b]))
    assert.ok(going.every(lane => !a.membership.owns(lane)))
  })

  test('a drain that fails leaves the lanes where they are, and is tried again', async () => {
    let attempts = 0
    const a = await track(
      startMember(t.db, {
        onLosing: async () => {
          attempts += 1
          if (attempts === 1) throw new Error('disk is slow')
        },
      }),
    )
    const b = await track(startMember(t.db))
    await eventually('balance', () => balanced([a, b]))
    assert.equal(attempts, 2)
    assert.ok(a.events.includes('lanes-not-released'))
  })

  test('a process that leaves hands everything over, and nobody waits for a limit', async () => {
    const a = await track(startMember(t.db))
    const b = await track(startMember(t.db))
    await eventually('balance', () => balanced([a, b]))
    const begun = performance.now()
    await a.membership.leave()
    await eventually('b has all', () => owned(b).length === laneCount)
    assert.ok(performance.now() - begun < 600, `took ${performance.now() - begun} ms`)
    assert.equal(a.deposed, 0)
    assert.equal(a.lost.flat().length, laneCount, 'every lane was drained once, on the way out at the latest')
    assert.ok(b.claims.every(({ reason }) => reason === 'handed-over'))
    assert.deepEqual(
      b.membership.members().map(({ epoch }) => epoch),
      [b.membership.epoch],
    )
  })

  test('when the last one leaves the lanes have no owner, and who starts next gets them at once', async () => {
    const a = await track(startMember(t.db))
    await a.membership.leave()
    assert.ok((await owners(t.db)).every(({ epoch }) => epoch === null))
    const begun = performance.now()
    const b = await track(startMember(t.db))
    assert.ok(performance.now() - begun < 500)
    assert.equal(owned(b).length, laneCount)
    assert.equal(b.membership.node, 0)
    assert.deepEqual(b.claims[0]?.from, { epoch: a.membership.epoch, node: 0 })
    assert.equal(b.claims[0]?.reason, 'handed-over')
  })

  test('claimWith runs in the transaction of the claim: when it fails no lane is taken, and it is tried again', async () => {
    await t.db.pool.query('create table if not exists engine.mark (epoch int8, lanes int4)')
    let fail = true
    const a = await track(
      startMember(t.db, {
        claimWith: async (client, { lanes }: Claim) => {
          await client.query('insert into engine.mark values ($1, $2)', [1, lanes.length])
          if (!fail) return
          fail = false
          throw new Error('no')
        },
      }),
    )
    await eventually('a has all', () => owned(a).length === laneCount)
    const { rows } = await t.db.pool.query('select lanes from engine.mark')
    assert.deepEqual(rows, [{ lanes: laneCount }])
    assert.ok((await owners(t.db)).every(({ token }) => token === 1))
  })

  test('lanes whose resumption fails admit nothing until it succeeds', async () => {
    let attempts = 0
    const a = await track(
      openMember(t.db, {
        onGained: async () => {
          attempts += 1
          assert.equal(a.membership.admits(0), false)
          assert.equal(a.membership.owns(0), true)
          if (attempts < 3) throw new Error('journal away')
        },
      }),
    )
    await a.membership.start()
    assert.equal(attempts, 3)
    assert.equal(owned(a).length, laneCount)
  })

  test('processes that start at the same moment share the lanes', async () => {
    const members = await Promise.all(Array.from({ length: 4 }, () => track(startMember(t.db))))
    await eventually('balance', () => balanced(members))
    assert.deepEqual(
      members.map(({ membership }) => membership.node).sort((x, y) => x - y),
      [0, 1, 2, 3],
    )
    const rows = await owners(t.db)
    for (const member of members) {
      const mine = rows.filter(({ epoch }) => epoch === member.membership.epoch).map(({ lane }) => lane)
      assert.deepEqual(owned(member), mine)
    }
  })

  test('a waiting submit is called when a lane finds its owner', async () => {
    const a = await track(startMember(t.db))
    const b = await track(openMember(t.db))
    let calls = 0
    const stop = b.membership.onChange(() => {
      calls += 1
    })
    await b.membership.start()
    await eventually('b admits', () => owned(b).length === laneCount / 2)
    assert.ok(calls > 0)
    stop()
    const before = calls
    await a.membership.leave()
    await eventually('b has all', () => owned(b).length === laneCount)
    assert.equal(calls, before)
  })

  test('two tenants of one database know nothing of each other', async () => {
    const a = await track(startMember(t.db))
    const b = await track(startMember(t.db, { tenant: tenant + 1 }))
    assert.equal(owned(a).length, laneCount)
    assert.equal(owned(b).length, laneCount)
    assert.equal(b.membership.node, 0)
  })

  test('another number of lanes than the tenant has is refused by name', async () => {
    await track(startMember(t.db))
    await assert.rejects(openMember(t.db, { laneCount: 32 }), { code: 'lane-count-changed', category: 'conflict' })
  })

  test('limits that would let two processes act at once are refused', async () => {
    const limits = { beatEveryMs: 100, selfFenceAfterMs: 700, deadAfterMs: 700 }
    await assert.rejects(openMember(t.db, { limits }), { code: 'membership-limits-invalid' })
  })

  test('a process that is told to leave while it starts leaves', async () => {
    const member = await openMember(t.db, { onGained: () => new Promise(resolve => setTimeout(resolve, 60)) })
    const starting = member.membership.start()
    await eventually('it claims', () => member.membership.owns(0))
    const leaving = member.membership.leave()
    await assert.rejects(starting, { code: 'membership-left', category: 'conflict' })
    await leaving
    assert.ok((await owners(t.db)).every(({ epoch }) => epoch === null))
    assert.equal(member.lost.flat().length, laneCount)
  })
})
