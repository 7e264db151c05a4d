import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { route, type RouteDefinition } from '@samband/route'
import type { DatabasePoolClient } from '@samband/store'
import type { Connector, Reply, Settlement } from '../src/index.ts'
import { eventually, failure, memory, notes, type World, world } from './harness.ts'

/** What a test does in the destination's transaction, between its effect and the commit, or behind it. */
type Play = {
  onMap?: () => void
  beforeCommit?: (client: DatabasePoolClient, attempt: number) => Promise<void>
  afterCommit?: (attempt: number) => Promise<void>
  settle?: (settlement: Settlement, client: DatabasePoolClient, reply: Reply) => Promise<void>
}

let w: World
let play: Play = {}

before(async () => {
  w = await world()
  await w.db.pool.query(
    'create table effect (delivery text not null, at timestamptz not null default clock_timestamp())',
  )
})
after(() => w.close())

/** A receiver in the engine's own database: a row for each message that it took. */
function tableConnector(): Connector {
  let attempts = 0
  return {
    ...w.peers.connector,
    destination: {
      parseConfig: () => ({ ok: true, config: {} }),
      open: async () => ({
        address: 'table effect',
        window: 4,
        send: async () => await Promise.reject(new Error('it delivers within')),
        sendWithin: async (outgoing, settlement) => {
          attempts += 1
          const reply = { code: '201', bytes: Buffer.from(`effect of ${outgoing.idempotencyKey}`) }
          await w.db.transaction(async client => {
            await settlement.begin(client)
            await client.query('insert into effect (delivery) values ($1)', [outgoing.idempotencyKey])
            await (play.settle === undefined
              ? settlement.settle(client, reply)
              : play.settle(settlement, client, reply))
            await play.beforeCommit?.(client, attempts)
          })
          await play.afterCommit?.(attempts)
          return reply
        },
        state: () => ({ status: 'up', connections: 0, counters: {} }),
        close: async () => {},
      }),
    },
  }
}

function definition(): RouteDefinition {
  return route('to-table', { version: '1.0.0', owner: 'team', purpose: 'test' })
    .from(memory('in'))
    .parse(notes)
    .orderBy(note => note.key)
    .to('table', memory('out'), {
      map: note => {
        play.onMap?.()
        return note.text
      },
      retry: { attempts: 4, backoff: '5ms', max: '20ms' },
    })
    .onError({ deadLetter: 'to-table' })
}

async function effects(): Promise<number> {
  const { rows } = await w.db.pool.query<{ count: number }>('select count(*)::int4 as count from effect')
  return rows[0]?.count ?? 0
}

async function deliveredEvents(messageId: number): Promise<number> {
  const { rows } = await w.db.pool.query<{ count: number }>(
    'select count(*)::int4 as count from engine.event where message_id = $1 and kind = 1',
    [messageId],
  )
  return rows[0]?.count ?? 0
}

/** One message through a new engine; answers what became of it and how many effects it had. */
async function deliver(
  plays: Play,
  extra: Parameters<World['start']>[1] = {},
): Promise<{ readonly status: string; readonly effects: number; readonly events: number; readonly messageId: number }> {
  play = plays
  const engine = await w.start([definition()], { connector: tableConnector(), ...extra })
  const had = await effects()
  const messageId = await w.peers.send('in', `k|${Math.random()}|hello`)
  const detail = await eventually(
    () => engine.message(messageId),
    message => message !== undefined && message.status !== 'waiting',
  )
  await engine.stop()
  play = {}
  // What the journal alone says: nothing is left for another start.
  const again = await w.start([definition()], { connector: tableConnector() })
  await again.stop()
  return {
    status: detail?.status ?? '',
    effects: (await effects()) - had,
    events: await deliveredEvents(messageId),
    messageId,
  }
}

test('a message is carried out and settled in one transaction, with what went out and what was answered', async () => {
  const engine = await w.start([definition()], { connector: tableConnector() })
  const messageId = await w.peers.send('in', 'k|1|hello')
  const detail = await eventually(
    () => engine.message(messageId),
    message => message?.status === 'delivered',
  )
  const event = detail?.timeline.find(({ kind }) => kind === 'delivered')
  assert.equal(event?.code, '201')
  const bodies = await engine.eventBodies(messageId, event?.eventId ?? 0)
  assert.equal(Buffer.from(bodies?.output?.bytes ?? []).toString(), 'hello')
  assert.equal(Buffer.from(bodies?.reply ?? []).toString(), `effect of ${messageId}/table/0`)
  await engine.stop()
  assert.equal(await deliveredEvents(messageId), 1)
})

test('a commit whose answer is lost is found out, and nothing happens again', async () => {
  const outcome = await deliver({
    afterCommit: async () => {
      throw failure('unavailable')
    },
  })
  assert.deepEqual([outcome.status, outcome.effects, outcome.events], ['delivered', 1, 1])
})

test('what is rolled back after it was settled is tried again, and happens once', async () => {
  const outcome = await deliver({
    beforeCommit: async (_client, attempt) => {
      if (attempt < 3) throw failure('busy')
    },
  })
  assert.deepEqual([outcome.status, outcome.effects, outcome.events], ['delivered', 1, 1])
})

test('a session that the database ends before the commit leaves nothing, and the next attempt delivers', async () => {
  const outcome = await deliver({
    beforeCommit: async (client, attempt) => {
      if (attempt === 1) await client.query('select pg_terminate_backend(pg_backend_pid())')
    },
  })
  assert.deepEqual([outcome.status, outcome.effects, outcome.events], ['delivered', 1, 1])
})

test('a refusal is a dead letter without any effect', async () => {
  const outcome = await deliver({
    beforeCommit: async () => {
      throw failure('incorrect')
    },
  })
  assert.deepEqual([outcome.status, outcome.effects, outcome.events], ['dead', 0, 0])
})

test('a destination that does not settle, or settles what it has not begun, is told so', async () => {
  const never = await deliver({ settle: async () => {} })
  assert.equal(never.status, 'dead')
  const elsewhere = await deliver({
    settle: async (settlement, _client, reply) => {
      await w.db.transaction(other => settlement.settle(other, reply))
    },
  })
  assert.deepEqual([elsewhere.status, elsewhere.effects, elsewhere.events], ['dead', 0, 0])
})

test('a day that has no partition yet is made, and the message happens once', async () => {
  let ahead = 0
  const outcome = await deliver(
    {
      onMap: () => {
        // The message is stored; what is written of its delivery belongs to another month.
        ahead = 40 * 86_400_000
      },
    },
    { clock: () => Date.now() + ahead },
  )
  assert.deepEqual([outcome.status, outcome.effects, outcome.events], ['delivered', 1, 1])
})

test('a process that others took for dead can settle nothing', async () => {
  const engine = await w.start([definition()], { connector: tableConnector() })
  const had = await effects()
  await w.db.pool.query(`update engine.process set state = 'dead' where state = 'alive'`)
  await w.peers.send('in', 'k|late|hello').catch(() => {})
  await new Promise(resolve => setTimeout(resolve, 200))
  assert.equal(await effects(), had)
  await engine.stop()
})
