import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type RouteDefinition, route } from '@samband/route'
import { ensureDailyPartitions, idFromTime, listPartitions, monthOf, openKeyRing } from '@samband/store'
import { bodyParts, PackBuilder } from '../src/body-pack.ts'
import { packBody } from '../src/stored-body.ts'
import { eventually, failure, masterKey, memory, notes, world, type World } from './harness.ts'

const forward: RouteDefinition = route('forward', { version: '1.0.0', owner: 'team', purpose: 'test' })
  .from(memory('in'))
  .parse(notes)
  .to('out', memory('out'), { map: note => note.text })
  .onError({ deadLetter: 'forward' })
const dayMs = 86_400_000
const tables = ['engine.message_c0', 'engine.event_c0', 'engine.body_c0', 'engine.refusal']
const twoDays = { retention: { default: { bodyDays: 2, metadataDays: 2 } } }

describe('pruning', () => {
  let w: World
  before(async () => {
    w = await world()
  })
  after(() => w.close())

  /** Puts a message that came today into the past, with or without its events. */
  async function age(messageId: number, days: number, withEvents: boolean): Promise<void> {
    const from = new Date(Date.now() - days * dayMs)
    for (const table of tables) await ensureDailyPartitions(w.db, table, { from, days: 1 })
    const id = idFromTime(from.getTime())
    const keys = await openKeyRing({ db: w.db, masterKey, tenant: 1 })
    await keys.prepare([monthOf(from.getTime())])
    const pack = new PackBuilder(id)
    const at = pack.add(id, bodyParts.content, packBody({ bytes: Buffer.from('a|2|x'), attributes: {} }))
    await w.db.pool.query('insert into engine.body (tenant, id, part, class, content) values (1, $1, 0, 0, $2)', [
      id,
      pack.seal(keys),
    ])
    await w.db.pool.query(
      `with m as (delete from engine.message where id = $1 returning *)
       insert into engine.message (tenant, id, pack, body_at, class, revision, size, type, peer)
       select tenant, $2, $2, $3, class, revision, size, type, peer from m`,
      [messageId, id, at],
    )
    const events = await w.db.pool.query<{ kind: number; owed: number }>(
      'delete from engine.event where message_id = $1 returning kind, owed',
      [messageId],
    )
    if (!withEvents) return
    for (const [n, { kind, owed }] of events.rows.entries()) {
      await w.db.pool.query(
        `insert into engine.event (tenant, message_id, id, class, part, owed, attempt, kind, destination)
         values (1, $1, $2, 0, 0, $3, 1, $4, 'out')`,
        [id, id + n + 1, owed, kind],
      )
    }
  }

  test('drops whole days, and never one that still holds an unsettled message', async () => {
    const first = await w.start([forward])
    const out = w.peers.receiver('out')
    const settled = await w.peers.send('in', 'a|1|x')
    const owing = await w.peers.send('in', 'a|2|x')
    await eventually(
      () => first.message(owing),
      message => message?.status === 'delivered',
    )
    await first.stop()
    await age(settled, 9, true)
    await age(owing, 5, false)
    await w.db.pool.query('delete from engine.checkpoint')
    out.answer = async () => {
      throw failure('unavailable')
    }
    const second = await w.start([forward], twoDays)
    const pruned = await second.prune()
    assert.deepEqual(
      pruned.dropped.map(name => name.replace(/_\d+$/, '')),
      ['body_c0', 'event_c0', 'message_c0', 'refusal', 'refusal'],
      'the day of the settled message; refusals of both days',
    )
    assert.equal(pruned.kept.length, 1)
    assert.ok(
      (await listPartitions(w.db, 'engine.message_c0')).some(({ from }) => from.getTime() < Date.now() - 4 * dayMs),
    )
    await second.stop()
  })

  test('a message whose body does not open becomes a dead letter, and everything else starts', async () => {
    const first = await w.start([forward])
    const id = await w.peers.send('in', 'a|3|x')
    await first.stop()
    await w.db.pool.query('update engine.body set content = overlay(content placing $1 from 20) where id = $2', [
      Buffer.from('damaged'),
      id,
    ])
    const second = await w.start([forward])
    const damaged = await second.message(id)
    assert.equal(damaged?.status, 'dead')
    assert.equal(damaged?.timeline.at(-1)?.code, 'sealed-unreadable')
    await second.stop()
  })

  test('a route to which nothing comes does not hold old days', async () => {
    await w.db.pool.query('delete from engine.message; delete from engine.checkpoint')
    const engine = await w.start([forward], twoDays)
    const pruned = await engine.prune()
    assert.equal(pruned.dropped.length, 3)
    assert.deepEqual(pruned.kept, [])
    await engine.stop()
  })
})
