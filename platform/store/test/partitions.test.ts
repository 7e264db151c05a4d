import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import {
  dropPartitionsBefore,
  ensureDailyPartitions,
  idFromTime,
  listPartitions,
  type TestDatabase,
  testDatabase,
} from '../src/index.ts'
import { testServers } from './servers.ts'

const from = new Date('2026-11-22T13:00:00Z')
const day = (text: string): Date => new Date(`${text}T00:00:00Z`)

for (const server of testServers) {
  describe(`daily partitions on ${server.name}`, { skip: server.skip }, () => {
    let t: TestDatabase
    before(async () => {
      t = await testDatabase(server.options)
      await t.db.pool.query('create schema engine')
    })
    after(() => t.close())

    async function makeTable(name: string): Promise<string> {
      await t.db.pool.query(
        `create table engine.${name} (tenant int, id int8, body text, primary key (tenant, id)) partition by range (id)`,
      )
      await t.db.pool.query(`create index on engine.${name} (tenant, body)`)
      return `engine.${name}`
    }

    test('the days from a date are made once and hold the ids of their day', async () => {
      const table = await makeTable('made')
      const names = ['made_20261122', 'made_20261123', 'made_20261124']
      assert.deepEqual(await ensureDailyPartitions(t.db, table, { from, days: 3 }), names)
      assert.deepEqual(await ensureDailyPartitions(t.db, table, { from, days: 3 }), [])
      const listed = await listPartitions(t.db, table)
      assert.deepEqual(
        listed.map(partition => partition.name),
        names,
      )
      assert.deepEqual(listed[0], { name: 'made_20261122', from: day('2026-11-22'), to: day('2026-11-23') })
      const firstOfDay = idFromTime(day('2026-11-23').getTime())
      const { rows } = await t.db.pool.query(
        `with put as (insert into ${table} values (1, $1, 'last'), (1, $2, 'first') returning tableoid::regclass::text as name)
         select name from put order by name`,
        [firstOfDay - 1, firstOfDay],
      )
      assert.deepEqual(
        rows.map(row => row.name),
        ['engine.made_20261122', 'engine.made_20261123'],
      )
    })

    test('a partition has the indexes of its table', async () => {
      const table = await makeTable('indexed')
      await ensureDailyPartitions(t.db, table, { from, days: 1 })
      const { rows } = await t.db.pool.query(
        `select count(*) as indexes from pg_index where indrelid = 'engine.indexed_20261122'::regclass and indisvalid`,
      )
      assert.deepEqual(rows, [{ indexes: 2 }])
    })

    test('processes that start at once make each day once', async () => {
      const table = await makeTable('together')
      const made = await Promise.all(
        Array.from({ length: 5 }, () => ensureDailyPartitions(t.db, table, { from, days: 4 })),
      )
      assert.equal(made.flat().length, 4)
    })

    test('days before a date are dropped, the others stay', async () => {
      const table = await makeTable('dropped')
      await ensureDailyPartitions(t.db, table, { from, days: 3 })
      assert.deepEqual(await dropPartitionsBefore(t.db, table, new Date('2026-11-23T23:59:59Z')), ['dropped_20261122'])
      assert.deepEqual(await dropPartitionsBefore(t.db, table, day('2026-11-23')), [])
      assert.equal((await listPartitions(t.db, table)).length, 2)
      const { rows } = await t.db.pool.query(`select to_regclass('engine.dropped_20261122') as gone`)
      assert.deepEqual(rows, [{ gone: null }])
    })

    test('a partition that was detached but not dropped is dropped by the next run', async () => {
      const table = await makeTable('detached')
      await ensureDailyPartitions(t.db, table, { from, days: 1 })
      await t.db.pool.query(`alter table ${table} detach partition engine.detached_20261122`)
      assert.deepEqual(await dropPartitionsBefore(t.db, table, day('2026-12-01')), ['detached_20261122'])
    })

    test('a reader delays the drop, never a writer', async () => {
      const table = await makeTable('read')
      await ensureDailyPartitions(t.db, table, { from, days: 2 })
      const reader = await t.db.dedicated('reader')
      await reader.query('begin')
      await reader.query(`select * from ${table}`)
      await assert.rejects(
        dropPartitionsBefore(t.db, table, day('2026-11-23'), { lockTimeoutMs: 50, attemptsMax: 2 }),
        { category: 'busy' },
      )
      const dropping = dropPartitionsBefore(t.db, table, day('2026-11-23'), { lockTimeoutMs: 100, attemptsMax: 100 })
      const id = idFromTime(day('2026-11-23').getTime())
      const writer = await t.db.dedicated('writer')
      await writer.query(`set lock_timeout = '20ms'`)
      for (let n = 0; n < 20; n += 1) await writer.query(`insert into ${table} values (1, $1, '')`, [id + n])
      assert.deepEqual(await ensureMissing(table), [])
      await reader.query('commit')
      assert.deepEqual(await dropping, ['read_20261122'])
    })

    /** New days are asked for while a drop waits: nothing is missing, so nobody waits. */
    function ensureMissing(table: string): Promise<string[]> {
      return ensureDailyPartitions(t.db, table, { from: day('2026-11-23'), days: 1 })
    }

    test('a table that does not exist is refused', async () => {
      await assert.rejects(ensureDailyPartitions(t.db, 'engine.nothing', { from, days: 1 }), {
        code: 'partition-table-missing',
      })
      await assert.rejects(dropPartitionsBefore(t.db, 'engine.x;y', from), { code: 'sql-name-invalid' })
    })
  })
}
