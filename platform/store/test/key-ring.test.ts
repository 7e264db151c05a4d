import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { createMasterKey, idFromTime, monthOf, openKeyRing, type TestDatabase, testDatabase } from '../src/index.ts'
import { testServers } from './servers.ts'

const november = idFromTime(Date.UTC(2026, 10, 22, 12))
const nextDay = idFromTime(Date.UTC(2026, 10, 23, 12))
const body = Buffer.from('MSH|^~\\&|LIS|')

test('months are counted in UTC across a year', () => {
  assert.equal(monthOf(Date.UTC(2026, 11, 31, 23, 59)), 202612)
  assert.equal(monthOf(Date.UTC(2026, 11, 31), 1), 202701)
})

for (const server of testServers) {
  describe(`the key ring on ${server.name}`, { skip: server.skip }, () => {
    let t: TestDatabase
    const masterKey = createMasterKey(randomBytes(32), 'test')
    before(async () => {
      t = await testDatabase(server.options)
    })
    after(() => t.close())

    test('what one process seals, another opens', async () => {
      const [writer, reader] = await Promise.all([1, 2].map(() => openKeyRing({ db: t.db, masterKey, tenant: 1 })))
      assert.ok(writer && reader)
      await Promise.all([writer.prepare([202611, 202612]), reader.prepare([202611])])
      const sealed = writer.sealFor(november, body)
      assert.deepEqual(reader.open(november, sealed), body)
      assert.ok(!sealed.includes('LIS'))
    })

    test('a month that is not loaded is refused, and openAsync loads it', async () => {
      const writer = await openKeyRing({ db: t.db, masterKey, tenant: 2 })
      await writer.prepare([202611])
      const sealed = writer.sealFor(november, body, 3)
      const reader = await openKeyRing({ db: t.db, masterKey, tenant: 2 })
      assert.throws(() => reader.open(november, sealed, 3), { code: 'data-key-not-loaded' })
      assert.throws(() => reader.sealFor(november, body), { code: 'data-key-not-loaded' })
      assert.deepEqual(await reader.openAsync(november, sealed, 3), body)
      const other = idFromTime(Date.UTC(2026, 5, 1))
      await assert.rejects(reader.openAsync(other, sealed), { code: 'data-key-not-loaded' })
    })

    test('a body does not open for another tenant, id, part or day', async () => {
      const ring = await openKeyRing({ db: t.db, masterKey, tenant: 3 })
      const neighbour = await openKeyRing({ db: t.db, masterKey, tenant: 4 })
      await Promise.all([ring.prepare([202611]), neighbour.prepare([202611])])
      const sealed = ring.sealFor(november, body)
      for (const open of [
        () => neighbour.open(november, sealed),
        () => ring.open(november + 1, sealed),
        () => ring.open(november, sealed, 1),
        () => ring.open(nextDay, sealed),
      ]) {
        assert.throws(open, { code: 'sealed-unreadable' })
      }
    })

    test('erasing a month erases its content for good, in every process, and no other month', async () => {
      const ring = await openKeyRing({ db: t.db, masterKey, tenant: 5 })
      const other = await openKeyRing({ db: t.db, masterKey, tenant: 5 })
      await Promise.all([ring.prepare([202611, 202612]), other.prepare([202611])])
      const sealed = ring.sealFor(november, body)
      const december = idFromTime(Date.UTC(2026, 11, 1))
      const kept = ring.sealFor(december, body)
      assert.equal(await ring.erase(202611), true)
      assert.equal(await ring.erase(202611), false)
      assert.throws(() => ring.open(november, sealed), { code: 'content-erased', category: 'not-found' })
      assert.throws(() => ring.sealFor(november, body), { code: 'content-erased' })
      await other.refresh()
      assert.throws(() => other.open(november, sealed), { code: 'content-erased' })
      const late = await openKeyRing({ db: t.db, masterKey, tenant: 5 })
      await late.prepare([202611])
      await assert.rejects(late.openAsync(november, sealed), { code: 'content-erased' })
      assert.deepEqual(ring.open(december, kept), body)
      const { rows } = await t.db.pool.query('select wrapped from store.data_key where tenant = 5 and month = 202611')
      assert.deepEqual(rows, [{ wrapped: null }])
    })

    test('another master key is refused by name', async () => {
      const ring = await openKeyRing({ db: t.db, masterKey, tenant: 6 })
      await ring.prepare([202611])
      const wrong = createMasterKey(randomBytes(32), '/etc/samband/master.key')
      const other = await openKeyRing({ db: t.db, masterKey: wrong, tenant: 6 })
      await assert.rejects(other.prepare([202611]), {
        code: 'master-key-wrong',
        message: new RegExp(`${masterKey.fingerprint}.*${wrong.source}.*${wrong.fingerprint}.*SAMBAND_MASTER_KEY`),
      })
    })

    test('a wrapped key that was moved to another tenant does not open', async () => {
      const ring = await openKeyRing({ db: t.db, masterKey, tenant: 7 })
      await ring.prepare([202611])
      await t.db.pool.query(
        `insert into store.data_key select 8, month, master_key, wrapped from store.data_key where tenant = 7`,
      )
      const thief = await openKeyRing({ db: t.db, masterKey, tenant: 8 })
      await assert.rejects(thief.prepare([202611]), { code: 'sealed-unreadable' })
    })
  })
}
