import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { migrate, type Migration, type TestDatabase, testDatabase } from '../src/index.ts'
import { testServers } from './servers.ts'

const first: Migration = {
  id: 1,
  name: 'patient',
  sql: 'create table patient (tenant int, id int, primary key (tenant, id))',
}
const second: Migration = { id: 2, name: 'name', sql: `alter table patient add column name text not null default ''` }

for (const server of testServers) {
  describe(`migrate on ${server.name}`, { skip: server.skip }, () => {
    let t: TestDatabase
    before(async () => {
      t = await testDatabase(server.options)
    })
    after(() => t.close())

    test('migrations run once, in order, in their schema', async () => {
      const schema = 'once'
      assert.deepEqual(await migrate(t.db, { schema, migrations: [first] }), { applied: [1] })
      await t.db.pool.query('insert into once.patient values (1, 1)')
      assert.deepEqual(await migrate(t.db, { schema, migrations: [first, second] }), { applied: [2] })
      assert.deepEqual(await migrate(t.db, { schema, migrations: [first, second] }), { applied: [] })
      const { rows } = await t.db.pool.query('select * from once.patient')
      assert.deepEqual(rows, [{ tenant: 1, id: 1, name: '' }])
    })

    test('processes that start at once migrate once', async () => {
      const runs = await Promise.all(
        Array.from({ length: 5 }, () => migrate(t.db, { schema: 'together', migrations: [first, second] })),
      )
      assert.deepEqual(
        runs.flatMap(run => run.applied),
        [1, 2],
      )
    })

    test('a migration that was changed after it was applied is refused', async () => {
      const schema = 'changed'
      await migrate(t.db, { schema, migrations: [first] })
      const changed = { ...first, sql: `${first.sql} partition by range (id)` }
      await assert.rejects(migrate(t.db, { schema, migrations: [changed] }), {
        code: 'migration-changed',
        message: /changed 1 \(patient\)/,
      })
    })

    test('line endings do not count as a change', async () => {
      const schema = 'endings'
      const sql = 'create table a (b int);\ncreate table c (d int);\n'
      await migrate(t.db, { schema, migrations: [{ id: 1, name: 'a', sql }] })
      const again = { id: 1, name: 'a', sql: sql.replaceAll('\n', '\r\n') }
      assert.deepEqual(await migrate(t.db, { schema, migrations: [again] }), { applied: [] })
    })

    test('a database that is newer than the program is refused', async () => {
      const schema = 'newer'
      await migrate(t.db, { schema, migrations: [first, second] })
      await assert.rejects(migrate(t.db, { schema, migrations: [first] }), {
        code: 'migration-database-newer',
        category: 'conflict',
      })
    })

    test('a gap in the list or in the database is refused', async () => {
      const third = { ...second, id: 3 }
      await assert.rejects(migrate(t.db, { schema: 'gap', migrations: [first, third] }), {
        code: 'migration-list-invalid',
      })
      await migrate(t.db, { schema: 'gap', migrations: [first, second] })
      await t.db.pool.query(`delete from store.migration where schema_name = 'gap' and id = 1`)
      await assert.rejects(migrate(t.db, { schema: 'gap', migrations: [first, second] }), { code: 'migration-gap' })
    })

    test('a migration that fails leaves nothing of itself and everything before it', async () => {
      const broken: Migration = { id: 2, name: 'broken', sql: 'create table half (a int); select 1/0' }
      await assert.rejects(migrate(t.db, { schema: 'failing', migrations: [first, broken] }), {
        code: 'migration-failed',
        message: /failing 2 \(broken\) failed \(22012\)/,
      })
      const { rows } = await t.db.pool.query(
        `select to_regclass('failing.patient') is not null as kept, to_regclass('failing.half') is not null as half`,
      )
      assert.deepEqual(rows, [{ kept: true, half: false }])
      assert.deepEqual(await migrate(t.db, { schema: 'failing', migrations: [first, second] }), { applied: [2] })
    })

    test('a schema name that is not a plain name is refused', async () => {
      await assert.rejects(migrate(t.db, { schema: 'a; drop schema b', migrations: [] }), { code: 'sql-name-invalid' })
    })
  })
}
