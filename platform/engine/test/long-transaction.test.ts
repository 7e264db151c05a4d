import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type DatabaseClient, dropPartitionsBefore, ensureDailyPartitions, listPartitions } from '@samband/store'
import { route } from '@samband/route'
import { memory, world, type World } from './harness.ts'
import { numbered, Senders } from './senders.ts'

const dayMs = 86_400_000

/** Somebody's open session: it has read everything, keeps its snapshot, and does nothing more. */
async function idleInTransaction(w: World): Promise<DatabaseClient> {
  const client = await w.db.dedicated('idle')
  await client.query('begin isolation level repeatable read')
  await client.query(
    'select (select count(*) from engine.message), (select count(*) from engine.event), (select count(*) from engine.body)',
  )
  return client
}

const hotStatements = [
  `select id from engine.event where tenant = 1 and message_id = any('{1,2,3}'::int8[]) and id > 1 order by id`,
  `select id, pack, body_at from engine.message where tenant = 1 and id = any('{1,2,3}'::int8[])`,
  `select id, content from engine.body where tenant = 1 and id = any('{1,2,3}'::int8[]) and part = 0`,
]

async function plans(w: World): Promise<string> {
  const lines: string[] = []
  for (const statement of hotStatements) {
    const { rows } = await w.db.pool.query<{ 'QUERY PLAN': string }>(`explain (costs off) ${statement}`)
    lines.push(...rows.map(row => row['QUERY PLAN']))
  }
  return lines.join('\n')
}

describe('a transaction that somebody left open', () => {
  let w: World
  before(async () => {
    w = await world()
  })
  after(() => w.close())

  test('keeps nobody waiting: messages, plans, partitions of new days and classes go on', async () => {
    const engine = await w.start([numbered])
    const senders = new Senders(w, 8)
    await senders.more(100)
    const before = await plans(w)
    const idle = await idleInTransaction(w)
    const begun = performance.now()
    const made = await ensureDailyPartitions(w.db, 'engine.message_c0', {
      from: new Date(Date.now() + 20 * dayMs),
      days: 2,
    })
    assert.equal(made.length, 2)
    await senders.more(100)
    assert.ok(performance.now() - begun < 5_000, 'something waited for the open transaction')
    // Partitions without rows come and go; how each of them is read must not.
    assert.deepEqual(scans(await plans(w)), scans(before))
    await senders.stop()
    assert.deepEqual(senders.refused, [])
    await senders.checkDelivered()
    await engine.stop()

    const kept = route('kept', { version: '1.0.0', owner: 'team', purpose: 'test', retention: 'years' })
      .from(memory('second'))
      .to('out', memory('other'))
      .onError({ deadLetter: 'kept' })
    const startedAt = performance.now()
    const again = await w.start([numbered, kept])
    assert.ok(performance.now() - startedAt < 10_000, 'a new class of retention waited for the open transaction')
    await w.peers.send('second', 'k|1|x')
    await idle.query('rollback')
    await idle.end()
    await again.stop()
  })

  test('holds back only what it has read: pruning says so and goes on later, writers do not notice', async () => {
    const engine = await w.start([numbered])
    const old = new Date(Date.now() - 200 * dayMs)
    await ensureDailyPartitions(w.db, 'engine.body_c0', { from: old, days: 2 })
    const idle = await idleInTransaction(w)
    w.peers.receiver('out').received.length = 0
    const senders = new Senders(w, 8)
    await senders.more(50)
    const acknowledged = senders.acknowledged.length
    const pruning = dropPartitionsBefore(w.db, 'engine.body_c0', new Date(Date.now() - 100 * dayMs), {
      lockTimeoutMs: 300,
      attemptsMax: 4,
    })
    await assert.rejects(pruning, { code: 'database-55p03', category: 'busy' })
    assert.ok(senders.acknowledged.length - acknowledged > 50, 'writers waited for the pruning')
    await idle.query('rollback')
    await idle.end()
    const { dropped } = await engine.prune()
    assert.equal(dropped.length, 2)
    const left = await listPartitions(w.db, 'engine.body_c0')
    assert.ok(left.every(({ from }) => from.getTime() > Date.now() - 100 * dayMs))
    await senders.stop()
    assert.deepEqual(senders.refused, [])
    await senders.checkDelivered()
    await engine.stop()
  })
})

/** Which kinds of scans there are, of which tables: 'Index Only Scan event'. */
function scans(plan: string): readonly string[] {
  const found = plan.matchAll(/(\w[\w ]* Scan)(?: using \w+)? on (message|event|body)_c/g)
  return [...new Set([...found].map(([, kind, table]) => `${kind} ${table}`))].toSorted()
}
