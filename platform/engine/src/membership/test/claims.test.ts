import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { TestDatabase } from '@samband/store'
import { claimLanes, releaseLanes, withFencedClient } from '../lane-table.ts'
import { type Identity, markEnded } from '../registration.ts'
import { laneCount, membershipDatabase, openMember, owners, tenant } from './members.ts'

describe('the rows of the lanes', () => {
  let t: TestDatabase
  let a: Identity
  let b: Identity
  const leave: (() => Promise<void>)[] = []
  before(async () => {
    t = await membershipDatabase()
    // Registered and not started: nobody else touches the rows.
    const register = async (): Promise<Identity> => {
      const { membership } = await openMember(t.db)
      leave.push(() => membership.leave(500))
      return { tenant, node: membership.node, epoch: membership.epoch }
    }
    a = await register()
    b = await register()
  })
  after(async () => {
    for (const end of leave) await end()
    await t.close()
  })

  const claim = (identity: Identity, token: number, lanes: readonly number[]): Promise<readonly number[]> =>
    withFencedClient(t.db, identity, async client => {
      const wanted = lanes.map(lane => ({ lane, token }))
      const won = await claimLanes(client, identity, wanted, async () => {})
      return won.map(({ lane }) => lane)
    })
  const all = Array.from({ length: laneCount }, (_, lane) => lane)

  test('of two that claim the same lanes at once, one gets each', async () => {
    const [first, second] = await Promise.all([claim(a, 0, all), claim(b, 0, [...all].reverse())])
    assert.deepEqual(
      [...first, ...second].sort((x, y) => x - y),
      all,
    )
    assert.ok((await owners(t.db)).every(({ token }) => token === 1))
    await withFencedClient(t.db, a, client => releaseLanes(client, a, all))
    await withFencedClient(t.db, b, client => releaseLanes(client, b, all))
  })

  test('a lane that changed since it was looked at is not claimed', async () => {
    assert.deepEqual(await claim(a, 1, [3]), [])
    assert.deepEqual(await claim(a, 2, [3]), [3])
  })

  test('a lane of a process that lives is not claimed, one of a dead one is', async () => {
    assert.deepEqual(await claim(b, 3, [3]), [])
    const released = await withFencedClient(t.db, b, client => releaseLanes(client, b, [3]))
    assert.deepEqual(released, [], 'only the owner gives a lane up')
    assert.equal((await owners(t.db))[3]?.epoch, a.epoch)
    const client = await t.db.dedicated('taker')
    assert.equal(await markEnded(client, a, 'dead', -1), false, 'it has beaten since')
    assert.equal(await markEnded(client, a, 'dead'), true)
    await client.end()
    assert.deepEqual(await claim(b, 3, [3]), [3])
    await assert.rejects(claim(a, 4, [3]), { code: 'engine-deposed' })
    const row = (await owners(t.db))[3]
    assert.deepEqual(row, { lane: 3, epoch: b.epoch, previous: a.epoch, token: 4 })
  })
})
