import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import {
  asTenant,
  ensureDailyPartitions,
  idFromTime,
  migrate,
  type TestDatabase,
  tenantPolicySql,
  testDatabase,
} from '../src/index.ts'
import { testServers } from './servers.ts'

const noon = Date.UTC(2026, 10, 22, 12)

for (const server of testServers) {
  describe(`tenants on ${server.name}`, { skip: server.skip }, () => {
    let t: TestDatabase
    before(async () => {
      t = await testDatabase(server.options)
      const sql = `
        create table message (tenant int, id int8, primary key (tenant, id)) partition by range (id);
        ${tenantPolicySql('engine.message', ['select', 'insert'])}`
      await migrate(t.db, { schema: 'engine', migrations: [{ id: 1, name: 'message', sql }] })
      await ensureDailyPartitions(t.db, 'engine.message', { from: new Date(noon), days: 1 })
      await t.db.pool.query('insert into engine.message values (1, $1), (2, $1)', [idFromTime(noon)])
    })
    after(() => t.close())

    test('a tenant sees its own rows only, without a where clause', async () => {
      for (const tenant of [1, 2]) {
        const { rows } = await asTenant(t.db, tenant, client => client.query('select tenant from engine.message'))
        assert.deepEqual(rows, [{ tenant }])
      }
    })

    test('a tenant cannot write a row of another', async () => {
      const write = asTenant(t.db, 1, client =>
        client.query('insert into engine.message values (2, $1)', [idFromTime(noon) + 1]),
      )
      await assert.rejects(write, { code: '42501' })
    })

    test('what was not granted is refused', async () => {
      await assert.rejects(
        asTenant(t.db, 1, client => client.query('delete from engine.message')),
        { code: '42501' },
      )
    })

    test('a partition cannot be read around its table', async () => {
      await assert.rejects(
        asTenant(t.db, 1, client => client.query('select * from engine.message_20261122')),
        { code: '42501' },
      )
    })

    test('the connection goes back as the owner, who sees all', async () => {
      await asTenant(t.db, 1, async () => {})
      const { rows } = await t.db.pool.query('select count(*) as rows from engine.message')
      assert.deepEqual(rows, [{ rows: 2 }])
    })
  })
}
