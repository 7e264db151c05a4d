import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { openDatabase } from '@samband/store'
import { type DatabaseProxy, databaseProxy } from './database-proxy.ts'
import { eventually, world, type World } from './harness.ts'
import { numbered, Senders } from './senders.ts'

describe('a database that is there and says no', () => {
  let w: World
  let name: string
  const role = `samband_refused_${randomBytes(4).toString('hex')}`
  const password = randomBytes(12).toString('hex')
  before(async () => {
    w = await world()
    name = new URL(w.db.url).pathname.slice(1)
    await w.db.pool.query(`create role ${role} login password '${password}'`)
    await w.db.pool.query(`alter database ${name} owner to ${role}`)
  })
  after(async () => {
    await w.db.pool.query(`reassign owned by ${role} to current_user`)
    await w.db.pool.query(`drop owned by ${role}`)
    await w.db.pool.query(`drop role ${role}`)
    await w.close()
  })

  const refusals: readonly { readonly state: string; readonly begin: string; readonly end: string }[] = [
    {
      state: '53300',
      begin: `alter role ${role} connection limit 0`,
      end: `alter role ${role} connection limit -1`,
    },
    {
      state: '25006',
      begin: `alter role ${role} set default_transaction_read_only = on`,
      end: `alter role ${role} reset default_transaction_read_only`,
    },
    {
      state: '55000',
      // The database takes no connections.
      begin: 'no connections',
      end: 'connections',
    },
  ]
  for (const { state, begin, end } of refusals) {
    test(`${state} is waited out: senders are refused, none of their messages is given up as a bad one`, async t => {
      const admin = await openDatabase({ url: serverUrl(w.db.url) })
      t.after(() => admin.close())
      const run = (statement: string): Promise<unknown> =>
        admin.pool.query(
          state === '55000' ? `alter database ${name} allow_connections ${statement === 'connections'}` : statement,
        )
      const url = new URL(w.db.url)
      Object.assign(url, { username: role, password })
      const db = await openDatabase({ url: url.href })
      t.after(() => db.close())
      const engine = await w.start([numbered], { db, limits: { journalDeadlineMs: 300 } })
      const out = w.peers.receiver('out')
      out.received.length = 0
      const senders = new Senders(w, 4)
      await senders.more(20)
      await run(begin)
      await admin.pool.query('select pg_terminate_backend(pid) from pg_stat_activity where usename = $1', [role])
      await senders.refusals(8)
      assert.deepEqual(new Set(senders.refused.map(({ code }) => code)), new Set(['journal-unavailable']))
      await run(end)
      await admin.pool.query('select pg_terminate_backend(pid) from pg_stat_activity where usename = $1', [role])
      await senders.more(20)
      await senders.stop()
      await senders.checkDelivered()
      await engine.stop()
    })
  }
})

function serverUrl(databaseUrl: string): string {
  const url = new URL(databaseUrl)
  url.pathname = '/postgres'
  return url.href
}

describe('a connection to the database that is cut', () => {
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

  for (const part of [0, 0.1, 0.5, 0.9, 1]) {
    test(`after ${part * 100} % of a write: everything is stored once, delivered once and in order`, async () => {
      const db = await openDatabase({ url: proxy.url })
      const engine = await w.start([numbered], { db })
      const out = w.peers.receiver('out')
      out.received.length = 0
      const senders = new Senders(w, 8)
      for (let cut = 0; cut < 3; cut += 1) {
        await senders.more(20)
        proxy.cutNextWrite(part)
      }
      await senders.more(20)
      await senders.stop()
      assert.deepEqual(senders.refused, [])
      await senders.checkDelivered()
      await engine.stop()
      await db.close()
    })
  }

  test('the answers to several commits in a row are lost: everything is stored once', async () => {
    const db = await openDatabase({ url: proxy.url })
    const engine = await w.start([numbered], { db })
    const out = w.peers.receiver('out')
    out.received.length = 0
    const senders = new Senders(w, 8)
    for (let lost = 0; lost < 3; lost += 1) {
      await senders.more(20)
      proxy.loseNextAnswer()
    }
    await senders.more(20)
    await senders.stop()
    assert.deepEqual(senders.refused, [])
    await senders.checkDelivered()
    await engine.stop()
    await db.close()
  })

  test('silence: senders are told no at their deadline, and the connection is given up and made again', async () => {
    const db = await openDatabase({ url: proxy.url, connectTimeoutMs: 500 })
    const engine = await w.start([numbered], { db, limits: { journalDeadlineMs: 300, journalWriteMs: 1_000 } })
    const out = w.peers.receiver('out')
    out.received.length = 0
    const senders = new Senders(w, 8)
    await senders.more(20)
    const begun = performance.now()
    proxy.silence()
    await senders.refusals(8)
    assert.ok(performance.now() - begun < 900, 'refused at the deadline, not when the connection was given up')
    proxy.down()
    proxy.up()
    await senders.more(20)
    await senders.stop()
    await senders.checkDelivered()
    await engine.stop()
    await db.close()
  })

  test('a write that the server goes on with after its connection is lost is found, not refused and not doubled', async () => {
    const db = await openDatabase({ url: proxy.url, connectTimeoutMs: 500 })
    const engine = await w.start([numbered], { db, limits: { journalWriteMs: 500 } })
    const out = w.peers.receiver('out')
    out.received.length = 0
    // The write waits in the server for this lock, longer than the engine waits for the server.
    const locker = await w.db.dedicated('locker')
    await locker.query('begin')
    await locker.query('lock table engine.message in share mode')
    const sent = w.peers.send('in', 'k|1|x')
    await new Promise(resolve => setTimeout(resolve, 1_200))
    await locker.query('commit')
    const id = await sent
    await eventually(
      () => engine.message(id).catch(() => undefined),
      message => message?.status === 'delivered',
    )
    assert.deepEqual(
      out.received.map(({ text }) => text),
      ['k|1'],
    )
    await locker.end()
    await engine.stop()
    await db.close()
  })
})
