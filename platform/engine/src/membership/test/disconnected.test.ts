import assert from 'node:assert/strict'
import { after, afterEach, before, describe, test } from 'node:test'
import { type Database, openDatabase } from '@samband/store'
import { type DatabaseProxy, databaseProxy } from '../../../test/database-proxy.ts'
import { Crowd } from './crowd.ts'
import { eventually, fastLimits, laneCount, owned, owners } from './members.ts'

describe('a process that loses the database', () => {
  let crowd: Crowd
  let proxy: DatabaseProxy
  let behindProxy: Database
  before(async () => {
    crowd = await Crowd.open()
    proxy = await databaseProxy(crowd.t.url)
    behindProxy = await openDatabase({ url: proxy.url })
  })
  afterEach(async () => {
    proxy.up()
    await crowd.clear()
  })
  after(async () => {
    await behindProxy.close()
    await proxy.close()
    await crowd.t.close()
  })

  const pause = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))

  test('is not valid from the moment it knows, and is again when the database is back in time', async () => {
    const a = await crowd.start({}, behindProxy)
    const b = await crowd.start()
    await eventually('balance', () => owned(a).length === laneCount / 2 && owned(b).length === laneCount / 2)
    const before = await owners(crowd.db)
    proxy.down()
    await eventually('a is not valid', () => !a.membership.valid, fastLimits.selfFenceAfterMs)
    await pause(fastLimits.sessionGoneMs / 3)
    proxy.up()
    await eventually('a is valid again', () => a.membership.valid)
    await pause(fastLimits.sessionGoneMs)
    assert.equal(a.deposed, 0)
    assert.deepEqual(await owners(crowd.db), before)
  })

  test('is deposed once when it stays away: the others have its lanes, and it may not write again', async () => {
    const a = await crowd.start({}, behindProxy)
    const b = await crowd.start()
    await eventually('balance', () => owned(a).length === laneCount / 2)
    proxy.down()
    await eventually('takeover', () => owned(b).length === laneCount)
    assert.equal(a.membership.valid, false)
    assert.equal(a.deposed, 0, 'it cannot know yet')
    proxy.up()
    await eventually('a knows', () => a.deposed === 1)
    assert.deepEqual(owned(a), [])
    assert.equal(a.membership.owns(0), false)
    const writer = await behindProxy.dedicated('writer')
    await assert.rejects(a.membership.fence(writer), { code: 'engine-deposed', category: 'conflict' })
    await writer.end()
    assert.equal(a.deposed, 1)
    assert.equal(b.deposed, 0)
  })

  test('with all others at once, as when the database is restarted: nobody is deposed', async () => {
    const members = [await crowd.start(), await crowd.start(), await crowd.start()]
    await eventually('balance', () => members.every(member => owned(member).length >= 21))
    await eventually('settled', async () => (await owners(crowd.db)).every(({ epoch }) => epoch !== null))
    const before = await owners(crowd.db)
    await crowd.db.pool.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
    )
    await pause(fastLimits.sessionGoneMs + fastLimits.deadAfterMs)
    assert.ok(members.every(({ membership, deposed }) => membership.valid && deposed === 0))
    assert.deepEqual(await owners(crowd.db), before)
  })

  test('in the commit of its claim, with the answer lost: the lanes are its own, and claimed once', async () => {
    let lose = true
    const a = await crowd.start(
      {
        claimWith: async client => {
          if (!lose) return
          lose = false
          // The transaction commits on the server; this side never hears of it. A cast, because of the driver's overloads.
          const send = client.query.bind(client) as (text: string, values?: unknown[]) => Promise<unknown>
          Object.assign(client, {
            query: async (text: string, values?: unknown[]) => {
              const result = await send(text, values)
              if (text === 'commit') throw new Error('Connection terminated unexpectedly')
              return result
            },
          })
        },
      },
      behindProxy,
    )
    await eventually('a has all', () => owned(a).length === laneCount)
    assert.ok(a.events.includes('lanes-not-claimed'))
    assert.ok((await owners(crowd.db)).every(({ token }) => token === 1))
    assert.deepEqual(
      a.claims.map(({ lanes, reason }) => [lanes.length, reason]),
      [[laneCount, 'first']],
    )
  })

  test('while it leaves: it ends all the same, within the limit it was given', async () => {
    const a = await crowd.start({}, behindProxy)
    const b = await crowd.start()
    await eventually('balance', () => owned(a).length === laneCount / 2)
    proxy.down()
    const begun = performance.now()
    await a.membership.leave(200)
    assert.ok(performance.now() - begun < 1_500)
    await eventually('takeover', () => owned(b).length === laneCount)
    assert.equal(b.claims.at(-1)?.reason, 'taken-over')
  })
})
