import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type RouteDefinition, route } from '@samband/route'
import { ensureDailyPartitions, idFromTime, migrate, monthOf, openKeyRing } from '@samband/store'
import { engineMigrations } from '../src/migrations.ts'
import { packBody } from '../src/stored-body.ts'
import { eventually, masterKey, memory, notes, world, type World } from './harness.ts'

const forward: RouteDefinition = route('forward', { version: '1.0.0', owner: 'team', purpose: 'test' })
  .from(memory('in'))
  .parse(notes)
  .to('out', memory('out'), { map: note => note.text })
  .onError({ deadLetter: 'forward' })

describe('a database of the first version', () => {
  let w: World
  before(async () => {
    w = await world()
  })
  after(() => w.close())

  const now = Date.now()
  const delivered = idFromTime(now - 60_000)
  const owing = idFromTime(now - 30_000)
  const queued = idFromTime(now - 20_000)

  /** As the first version stored it: each body and answer sealed by itself. */
  async function populate(): Promise<void> {
    await migrate(w.db, { schema: 'engine', migrations: engineMigrations.slice(0, 1) })
    for (const table of ['engine.message', 'engine.event', 'engine.refusal']) {
      await ensureDailyPartitions(w.db, table, { from: new Date(now - 86_400_000), days: 3 })
    }
    const keys = await openKeyRing({ db: w.db, masterKey, tenant: 1 })
    await keys.prepare([monthOf(now - 86_400_000), monthOf(now)])
    const sealed = (id: number, text: string): Buffer =>
      keys.sealFor(id, packBody({ bytes: Buffer.from(text), attributes: {} }))
    await w.db.pool.query(
      `insert into engine.route_revision (tenant, id, route, revision) values (1, 1, 'forward', '1.0.0+test')`,
    )
    for (const [id, text] of [
      [delivered, 'a|1|first'],
      [owing, 'a|2|second'],
      [queued, 'a|3|third'],
    ] as const) {
      await w.db.pool.query(
        `insert into engine.message (tenant, id, revision, size, type, control_id, peer, terms, body)
         values (1, $1, 1, $2, 'NOTE', 'x', 'before', '{5}', $3)`,
        [id, text.length, sealed(id, text)],
      )
    }
    await w.db.pool.query(
      `insert into engine.event (tenant, message_id, id, part, owed, attempt, kind, destination, code, output, reply)
       values (1, $1, $2, 0, 1, 1, 1, 'out', 'AA', $3, $4)`,
      [delivered, delivered + 1, sealed(delivered + 1, 'first'), keys.sealFor(delivered + 1, Buffer.from('ok'), 1)],
    )
    await w.db.pool.query(
      `insert into engine.event (tenant, message_id, id, key, part, owed, attempt, kind, destination, output)
       values (1, $1, $2, 0, 0, 1, 0, 3, 'out', $3)`,
      [queued, queued + 1, sealed(queued + 1, 'third, as it was made then')],
    )
    await w.db.pool.query(`insert into engine.checkpoint (tenant, route, low_id) values (1, 'forward', $1)`, [
      delivered,
    ])
  }

  test('is moved with everything in it, and what was under way goes on in order', async () => {
    await populate()
    const engine = await w.start([forward])
    const out = w.peers.receiver('out')
    await out.count(2)
    assert.deepEqual(
      out.received.map(({ text }) => text),
      ['second', 'third, as it was made then'],
    )
    const old = await engine.message(delivered)
    assert.equal(old?.status, 'delivered')
    assert.equal(Buffer.from((await engine.body(delivered))?.bytes ?? []).toString(), 'a|1|first')
    const bodies = await engine.eventBodies(delivered, delivered + 1)
    assert.equal(Buffer.from(bodies?.output?.bytes ?? []).toString(), 'first')
    assert.equal(Buffer.from(bodies?.reply ?? []).toString(), 'ok')
    await eventually(
      () => engine.message(queued),
      message => message?.status === 'delivered',
    )
    const fresh = await w.peers.send('in', 'b|4|fresh')
    await out.count(3)
    assert.equal(Buffer.from((await engine.body(fresh))?.bytes ?? []).toString(), 'b|4|fresh')
    await engine.stop()
  })
})
