import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { after, before, describe, test } from 'node:test'
import {
  type DatabaseClient,
  type DatabasePoolClient,
  openDatabase,
  type TestDatabase,
  testDatabase,
  toDatabaseError,
} from '../src/index.ts'
import { testServers } from './servers.ts'

for (const server of testServers) {
  describe(`the database on ${server.name}`, { skip: server.skip }, () => {
    let t: TestDatabase
    before(async () => {
      t = await testDatabase(server.options)
      await t.db.pool.query('create table pair (a int8 primary key, b int8[])')
    })
    after(() => t.close())

    test('int8 is a number when it is safe and a bigint when it is not, in arrays too', async () => {
      const big = 2n ** 62n
      await t.db.pool.query('insert into pair values (1, $1)', [[1, null, big]])
      const { rows } = await t.db.pool.query('select a, b, $1::int8 as c from pair where a = 1', [big])
      assert.deepEqual(rows, [{ a: 1, b: [1, null, big], c: big }])
    })

    test('a transaction commits what resolves and rolls back what throws', async () => {
      const result = await t.db.transaction(async client => {
        await client.query('insert into pair (a) values (10)')
        return 'done'
      })
      assert.equal(result, 'done')
      const failing = t.db.transaction(async client => {
        await client.query('insert into pair (a) values (11)')
        throw new Error('second thoughts')
      })
      await assert.rejects(failing, /second thoughts/)
      const { rows } = await t.db.pool.query('select a from pair where a >= 10')
      assert.deepEqual(rows, [{ a: 10 }])
    })

    test('a connection that is lost within a transaction rejects it and leaves the pool usable', async () => {
      const lost = t.db.transaction(async client => {
        const { rows } = await client.query('select pg_backend_pid() as pid')
        const ended = endOf(client)
        await t.db.pool.query('select pg_terminate_backend($1)', [rows[0]?.pid])
        await ended
        await client.query('select 1')
      })
      await assert.rejects(lost, /not queryable|Connection terminated/)
      const { rows } = await t.db.pool.query('select 1 as one')
      assert.deepEqual(rows, [{ one: 1 }])
    })

    test('a dedicated connection that is lost rejects its queries and nothing else', async () => {
      const client = await t.db.dedicated('journal')
      const { rows } = await client.query(`select pg_backend_pid() as pid, current_setting('application_name') as name`)
      assert.equal(rows[0]?.name, 'samband-test:journal')
      const ended = endOf(client)
      await t.db.pool.query('select pg_terminate_backend($1)', [rows[0]?.pid])
      await ended
      await assert.rejects(client.query('select 1'))
    })

    test('a statement of the pool that runs too long is cancelled', async () => {
      const db = await openDatabase({ url: t.url, statementTimeoutMs: 20 })
      const error = await db.pool.query('select pg_sleep(10)').then(
        () => assert.fail('was not cancelled'),
        (thrown: unknown) => toDatabaseError(thrown, 'waiting'),
      )
      assert.equal(error.category, 'busy')
      await db.close()
    })

    test('close ends every connection, also twice', async () => {
      const db = await openDatabase({ url: t.url, applicationName: 'closing' })
      await db.dedicated('journal')
      await Promise.all([db.close(), db.close()])
      // The server takes a moment to notice that a client has gone.
      let left = 1
      for (let look = 0; look < 100 && left > 0; look += 1) {
        const { rows } = await t.db.pool.query<{ left: number }>(
          `select count(*) as left from pg_stat_activity
            where application_name like 'closing%' and datname = current_database()`,
        )
        left = rows[0]?.left ?? 0
        if (left > 0) await new Promise(resolve => setTimeout(resolve, 20))
      }
      assert.equal(left, 0)
    })

    test('a failed statement becomes a category, and its values stay out of the text', async () => {
      await t.db.pool.query('insert into pair (a) values (20)')
      const cases: readonly [string, string][] = [
        ['insert into pair (a) values (20)', 'conflict'],
        ['select 1/0', 'incorrect'],
        ['select * from nothing_here', 'fault'],
        [`do $$ begin raise exception using errcode = '40001'; end $$`, 'busy'],
        [`do $$ begin raise exception using errcode = '53300'; end $$`, 'busy'],
        [`do $$ begin raise exception using errcode = '57P01'; end $$`, 'unavailable'],
        [`do $$ begin raise exception using errcode = '42501'; end $$`, 'forbidden'],
      ]
      for (const [statement, category] of cases) {
        const thrown: unknown = await t.db.pool.query(statement).catch((error: unknown) => error)
        const error = toDatabaseError(thrown, 'testing')
        assert.equal(error.category, category, statement)
        assert.match(error.message, /^the database failed while testing \(\w{5}(?:: [a-z ]+)?\)$/)
        assert.equal(error.cause, thrown)
      }
    })
  })
}

/** `once` would reject on the error that comes before the end. */
function endOf(client: DatabaseClient | DatabasePoolClient): Promise<void> {
  return new Promise(resolve => {
    client.once('end', () => resolve())
  })
}

describe('opening a database', () => {
  let t: TestDatabase
  before(async () => {
    t = await testDatabase()
  })
  after(() => t.close())

  const withUrl = (change: (url: URL) => void): string => {
    const url = new URL(t.url)
    change(url)
    return url.href
  }

  test('an address that is none is refused without being shown', async () => {
    for (const url of ['secret-word', 'mysql://u:secret-word@h/d', '']) {
      await assert.rejects(openDatabase({ url }), (error: Error & { code?: string }) => {
        assert.equal(error.code, 'database-url-invalid')
        assert.match(error.message, /SAMBAND_DATABASE_URL/)
        assert.ok(!error.message.includes('secret-word'))
        return true
      })
    }
  })

  test('a server that is not there is named with its reason', async () => {
    const url = 'postgres://samband:secret-word@127.0.0.1:1/samband'
    await assert.rejects(openDatabase({ url }), (error: Error & { code?: string; category?: string }) => {
      assert.equal(error.code, 'database-unreachable')
      assert.equal(error.category, 'unavailable')
      assert.match(error.message, /127\.0\.0\.1:1\/samband .*ECONNREFUSED.*SAMBAND_DATABASE_URL/)
      assert.ok(!error.message.includes('secret-word'))
      return true
    })
  })

  test('a server that does not answer is given up', async () => {
    const sockets = new Set<Socket>()
    const silent = createServer(socket => sockets.add(socket)).listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const address = silent.address()
    assert.ok(typeof address === 'object' && address !== null)
    const url = `postgres://samband@127.0.0.1:${address.port}/samband`
    await assert.rejects(openDatabase({ url, connectTimeoutMs: 50 }), { code: 'database-unreachable' })
    for (const socket of sockets) socket.destroy()
    silent.close()
  })

  test('a wrong password is refused without being shown', async t2 => {
    if (new URL(t.url).password === '') return t2.skip('this server takes any password')
    const url = withUrl(changed => {
      changed.password = 'secret-word'
    })
    await assert.rejects(openDatabase({ url }), (error: Error & { code?: string }) => {
      assert.equal(error.code, 'database-refused')
      assert.match(error.message, /28P01.*SAMBAND_DATABASE_URL/)
      assert.ok(!error.message.includes('secret-word'))
      return true
    })
  })

  test('a database that does not exist is named', async () => {
    const url = withUrl(changed => {
      changed.pathname = '/not_there'
    })
    await assert.rejects(openDatabase({ url }), { code: 'database-missing', message: /not_there/ })
  })

  test('a server that is too old is refused with its version', async () => {
    const old = await fakeServer('140012')
    await assert.rejects(openDatabase({ url: `postgres://samband@127.0.0.1:${old.port}/samband` }), {
      code: 'database-too-old',
      category: 'unsupported',
      message: /^PostgreSQL 14 at .* is too old: set SAMBAND_DATABASE_URL to PostgreSQL 15 or newer$/,
    })
    old.close()
  })
})

/** Speaks just enough of the protocol (PostgreSQL manual, "Message Formats") to state a version. */
async function fakeServer(version: string): Promise<{ port: number; close(): void }> {
  const message = (type: string, ...parts: readonly (string | Buffer)[]): Buffer => {
    const body = Buffer.concat(parts.map(part => Buffer.from(part as string)))
    const head = Buffer.alloc(5)
    head.write(type)
    head.writeInt32BE(body.length + 4, 1)
    return Buffer.concat([head, body])
  }
  const int16 = (value: number): Buffer => Buffer.from([value >> 8, value & 255])
  const int32 = (value: number): Buffer => Buffer.concat([int16(value >>> 16), int16(value & 0xffff)])
  const ready = message('Z', 'I')
  const column = Buffer.concat([
    Buffer.from('version\0'),
    int32(0),
    int16(0),
    int32(25),
    int16(-1 & 0xffff),
    int32(-1),
    int16(0),
  ])
  const answer = [
    message('T', int16(1), column),
    message('D', int16(1), int32(version.length), version),
    message('C', 'SELECT 1\0'),
    ready,
  ]
  const server = createServer(socket => {
    socket.once('data', () => {
      socket.write(Buffer.concat([message('R', int32(0)), ready]))
      socket.on('data', data => data[0] === 0x51 && socket.write(Buffer.concat(answer)))
    })
    socket.on('error', () => {})
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  assert.ok(typeof address === 'object' && address !== null)
  return { port: address.port, close: () => server.close() }
}
