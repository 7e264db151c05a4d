import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { toSambandError } from '@samband/errors'
import { type RouteDefinition, route } from '@samband/route'
import { openDatabase } from '@samband/store'
import { type DatabaseProxy, databaseProxy } from './database-proxy.ts'
import { eventually, memory, notes, world, type World } from './harness.ts'

const forward: RouteDefinition = route('forward', { version: '1.0.0', owner: 'team', purpose: 'test' })
  .from(memory('in'))
  .parse(notes)
  .orderBy(note => note.key)
  .to('out', memory('out'), { map: note => `${note.key}|${note.controlId}` })
  .onError({ deadLetter: 'forward' })

describe('when the database goes away', () => {
  let w: World
  let proxy: DatabaseProxy
  before(async () => {
    w = await world()
    proxy = await databaseProxy(w.db.url)
  })
  after(async () => {
    await w.close()
    await proxy.close()
  })

  test('nobody gets a false answer, and every message that was acknowledged is delivered once it is back', async () => {
    const db = await openDatabase({ url: proxy.url })
    const engine = await w.start([forward], { db, limits: { journalDeadlineMs: 300 } })
    const acknowledged: number[] = []
    const refused: string[] = []
    const send = async (n: number): Promise<void> => {
      await w.peers.send('in', `k${n % 5}|${n}|x`).then(
        () => acknowledged.push(n),
        (thrown: unknown) => refused.push(toSambandError(thrown).category),
      )
    }
    await Promise.all(Array.from({ length: 20 }, (_, n) => send(n)))
    proxy.down()
    await Promise.all(Array.from({ length: 20 }, (_, n) => send(100 + n)))
    assert.deepEqual(new Set(refused), new Set(['unavailable']))
    assert.equal(refused.length, 20)
    proxy.up()
    await eventually(
      async () => {
        await send(200)
        return acknowledged.includes(200)
      },
      done => done,
    )
    const received = (): string[] => w.peers.receiver('out').received.map(({ text }) => text.split('|')[1] ?? '')
    await eventually(
      async () => received(),
      list => acknowledged.every(n => list.includes(String(n))),
    )
    assert.ok(!received().some(n => n.startsWith('1') && n.length === 3), 'a refused message was delivered')
    await engine.stop()
    await db.close()
  })

  test('a commit whose answer was lost is found again, and the message is stored and delivered once', async () => {
    const db = await openDatabase({ url: proxy.url })
    const engine = await w.start([forward], { db })
    const out = w.peers.receiver('out')
    out.received.length = 0
    proxy.loseNextAnswer()
    const id = await w.peers.send('in', 'lost|300|x')
    await eventually(
      () => engine.message(id).catch(() => undefined),
      message => message?.status === 'delivered',
    )
    assert.deepEqual(
      out.received.map(({ text }) => text),
      ['lost|300'],
    )
    const { rows } = await w.db.pool.query<{ count: number }>(
      'select count(*)::int4 as count from engine.message where control_id = $1',
      ['300'],
    )
    assert.equal(rows[0]?.count, 1)
    await engine.stop()
    await db.close()
  })
})

describe('two engines on one database', () => {
  let w: World
  before(async () => {
    w = await world()
  })
  after(() => w.close())

  test('the second is refused while the first runs, and may start when it has stopped', async () => {
    const first = await w.start([forward])
    await assert.rejects(w.start([forward]), { code: 'engine-already-running' })
    await first.stop()
    const second = await w.start([forward])
    await second.stop()
  })
})

describe('hostile header values', () => {
  let w: World
  before(async () => {
    w = await world()
  })
  after(() => w.close())

  test('quotes, backslashes, NUL and unpaired surrogates in a control id are stored without harm', async () => {
    const engine = await w.start([forward])
    for (const controlId of ['a"b', 'a\\b', '{x,y}', 'NULL', 'null', `a${'\0'}b`, 'æ🙂']) {
      const id = await w.peers.send('in', `k|${controlId}|x`)
      const found = await engine.searchMessages({ controlId })
      assert.deepEqual(
        found.items.map(item => item.id),
        [id],
        JSON.stringify(controlId),
      )
    }
    await engine.stop()
  })

  test('a message beyond the limit is refused and not stored', async () => {
    const engine = await w.start([forward], { limits: { messageBytesMax: 100 } })
    await assert.rejects(w.peers.send('in', `k|1|${'x'.repeat(200)}`), {
      code: 'message-too-large',
      category: 'incorrect',
    })
    await engine.stop()
  })

  test('refusals are listed with their bytes, and a flood of them is bounded', async () => {
    const engine = await w.start([forward], { limits: { refusalsPerMinuteMax: 3, refusalBytesMax: 4 } })
    for (let n = 0; n < 10; n += 1) {
      w.peers.intakes.get('in')?.refuse({ code: 'junk', text: 'no frame', peer: 'p', bytes: Buffer.from('garbage') })
    }
    const page = await eventually(
      () => engine.refusals({}),
      list => list.items.length === 3,
    )
    assert.equal(page.items[0]?.bytes, 7)
    assert.equal(Buffer.from((await engine.refusalBody(page.items[0]?.id ?? 0)) ?? []).toString(), 'garb')
    await engine.stop()
  })
})
