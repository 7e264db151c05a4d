import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import {
  asTenant,
  ensureDailyPartitions,
  idFromTime,
  migrate,
  openDatabase,
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

    test('a database user who may not make roles is told what the administrator must do, and then it works', async () => {
      const user = `samband_test_${randomBytes(6).toString('hex')}`
      const url = new URL(t.url)
      url.username = user
      url.password = 'synthetic'
      await t.db.pool.query(`create role ${user} login password 'synthetic'`)
      await t.db.pool.query(
        `do $$ begin execute format('grant create on database %I to ${user}', current_database()); end $$`,
      )
      const db = await openDatabase({ url: url.href })
      try {
        const sql = `create table kept (tenant int primary key); ${tenantPolicySql('limited.kept')}`
        const options = { schema: 'limited', migrations: [{ id: 1, name: 'kept', sql }] }
        await t.db.pool.query(`create schema if not exists store; grant usage, create on schema store to ${user}`)
        await t.db.pool.query(`grant select, insert on store.migration to ${user}`)
        await assert.rejects(migrate(db, options), {
          code: 'database-role-missing',
          message: /grant samband_tenant to/,
        })
        await t.db.pool.query(`grant samband_tenant to ${user}`)
        assert.deepEqual(await migrate(db, options), { applied: [1] })
        await db.pool.query('insert into limited.kept values (1), (2)')
        const { rows } = await asTenant(db, 2, client => client.query('select tenant from limited.kept'))
        assert.deepEqual(rows, [{ tenant: 2 }])
      } finally {
        await db.close()
        await t.db.pool.query(`drop owned by ${user} cascade; drop role ${user}`)
      }
    })

    test('the connection goes back as the owner, who sees all', async () => {
      await asTenant(t.db, 1, async () => {})
      const { rows } = await t.db.pool.query('select count(*) as rows from engine.message')
      assert.deepEqual(rows, [{ rows: 2 }])
    })
  })
}
