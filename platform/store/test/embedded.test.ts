import assert from 'node:assert/strict'
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, afterEach, before, describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { isAlive } from '../src/embedded/process-identity.ts'
import { type EmbeddedPostgres, openDatabase, startEmbeddedPostgres } from '../src/index.ts'

const isRoot = process.getuid?.() === 0

/** One folder for all: each test starts on what the one before left, as a person's does. */
describe('the embedded server', () => {
  let root: string
  let dataDir: string
  let running: EmbeddedPostgres | undefined
  const owners: ChildProcess[] = []

  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'samband-embedded-'))
    await chmod(root, 0o755)
    dataDir = join(root, 'postgres')
    running = await start()
    await query(running, 'create table kept (a int); insert into kept values (1)')
    await running.stop()
  })
  afterEach(async () => {
    await running?.stop()
    running = undefined
  })
  after(async () => {
    await running?.stop()
    for (const owner of owners) owner.kill('SIGKILL')
    await rm(root, { recursive: true, force: true })
  })

  async function start(more: Partial<Parameters<typeof startEmbeddedPostgres>[0]> = {}): Promise<EmbeddedPostgres> {
    running = await startEmbeddedPostgres({ dataDir, fallbackDir: join(root, 'fallback'), ...more })
    return running
  }

  type OwnerReport = { readonly url: string; readonly pid: number }

  /** Another process that runs the server, for tests that kill it. */
  async function startOwner(): Promise<{ owner: ChildProcess; report: OwnerReport }> {
    const script = join(import.meta.dirname, 'embedded-owner.ts')
    const owner = spawn(process.execPath, [script, dataDir], { stdio: ['pipe', 'pipe', 'inherit'] })
    owners.push(owner)
    assert.ok(owner.stdout)
    const [line]: string[] = await once(createInterface(owner.stdout), 'line')
    return { owner, report: JSON.parse(line ?? '') as OwnerReport }
  }

  test('is durable, checked, UTF-8, sorted by code point, reachable from this machine only', async () => {
    const server = await start()
    const wanted = {
      fsync: 'on',
      full_page_writes: 'on',
      synchronous_commit: 'on',
      data_checksums: 'on',
      server_encoding: 'UTF8',
      listen_addresses: '127.0.0.1',
      password_encryption: 'scram-sha-256',
    }
    const rows = await query(server, `select name, setting from pg_settings where name = any($1)`, [
      Object.keys(wanted),
    ])
    assert.deepEqual(Object.fromEntries(rows.map(row => [row['name'], row['setting']])), wanted)
    const order = await query(server, `select string_agg(a, '' order by a) as a from unnest('{b,B,å,a}'::text[]) as a`)
    assert.deepEqual(order, [{ a: 'Babå' }])
    assert.match(server.version, /^\d+\.\d+$/)
  })

  test('keeps its data over a restart, and starts in less than two seconds', async () => {
    const before = performance.now()
    const server = await start()
    const elapsedMs = performance.now() - before
    assert.deepEqual(await query(server, 'select a from kept'), [{ a: 1 }])
    assert.ok(elapsedMs < 2_000, `took ${elapsedMs} ms`)
  })

  test('stops within five seconds although clients are connected', async () => {
    const server = await start()
    const client = new pg.Client({ connectionString: server.url })
    client.on('error', () => {})
    await client.connect()
    const asleep = client.query('select pg_sleep(60)').catch(() => 'cut')
    const before = performance.now()
    await server.stop()
    assert.ok(performance.now() - before < 5_000)
    assert.equal(await asleep, 'cut')
    assert.equal(isAlive(server.pid), false)
  })

  test('asks for a password that only the owner of the folder reads', async () => {
    const server = await start()
    assert.equal((await stat(join(dataDir, 'password'))).mode & 0o777, 0o600)
    assert.ok(new URL(server.url).password.length >= 32)
    const url = new URL(server.url)
    url.password = 'wrong'
    await assert.rejects(openDatabase({ url: url.href }), { code: 'database-refused' })
  })

  test('runs as another user when started by root', { skip: !isRoot && 'only for root' }, async () => {
    const server = await start()
    const uid = Number(execFileSync('ps', ['-o', 'uid=', '-p', String(server.pid)], { encoding: 'utf8' }))
    assert.notEqual(uid, 0)
    assert.equal((await stat(join(dataDir, 'cluster'))).uid, uid)
  })

  test('does not get our environment', async () => {
    process.env['SAMBAND_EMBEDDED_TEST_SECRET'] = 'secret-word'
    const server = await start()
    delete process.env['SAMBAND_EMBEDDED_TEST_SECRET']
    if (process.platform !== 'linux') return
    assert.ok(!(await readFile(`/proc/${server.pid}/environ`, 'utf8')).includes('secret-word'))
  })

  test('writes errors into its log without the values that caused them', async () => {
    const server = await start()
    await query(server, 'create table if not exists person (name text primary key)')
    await query(server, `insert into person values ('secret-word') on conflict do nothing`)
    await assert.rejects(query(server, `insert into person values ('secret-word')`), { code: '23505' })
    const log = await readFile(join(dataDir, 'postgres.log'), 'utf8')
    assert.match(log, /duplicate key value/)
    assert.ok(!log.includes('secret-word'))
  })

  test('is in a session of its own, so that Ctrl-C does not reach it', async () => {
    const server = await start()
    const session = (pid: number): number =>
      Number(execFileSync('ps', ['-o', 'pgid=', '-p', String(pid)], { encoding: 'utf8' }))
    assert.notEqual(session(server.pid), session(process.pid))
  })

  test('says when it ends by itself', async () => {
    const reason = new Promise<string>(resolve => {
      void start({ onExit: resolve }).then(server => process.kill(server.pid, 'SIGQUIT'))
    })
    assert.match(await reason, /the embedded database ended .*postgres\.log/)
  })

  test('a second process is refused while the first lives', async () => {
    const { owner } = await startOwner()
    await assert.rejects(start(), {
      code: 'embedded-in-use',
      message: new RegExp(`process ${owner.pid} already runs the database in .*SAMBAND_DATA`),
    })
    owner.kill('SIGKILL')
    await once(owner, 'exit')
  })

  test('ends soon after its owner was killed', async () => {
    const { owner, report } = await startOwner()
    owner.kill('SIGKILL')
    await untilGone(report.pid)
  })

  test('what is left running by a killed owner is stopped by the next start', async () => {
    const { owner, report } = await startOwner()
    process.kill(guardOf(report.pid), 'SIGKILL')
    owner.kill('SIGKILL')
    await once(owner, 'exit')
    assert.equal(isAlive(report.pid), true)
    const said: string[] = []
    const server = await start({ log: text => said.push(text) })
    assert.equal(isAlive(report.pid), false)
    assert.match(said.join(), new RegExp(`still there \\(process ${report.pid}\\)`))
    assert.deepEqual(await query(server, 'select a from kept'), [{ a: 1 }])
  })

  test('recovers when owner and server were killed', async () => {
    const { owner, report } = await startOwner()
    await queryUrl(report.url, 'create table crash (a int); insert into crash values (2)')
    owner.kill('SIGKILL')
    process.kill(report.pid, 'SIGKILL')
    await untilGone(report.pid)
    const server = await start()
    assert.deepEqual(await query(server, 'select a from crash'), [{ a: 2 }])
  })

  test('recovers when another process has the id of the killed server', async () => {
    const { owner, report } = await startOwner()
    process.kill(report.pid, 'SIGKILL')
    owner.kill('SIGKILL')
    await untilGone(report.pid)
    const file = join(dataDir, 'cluster', 'postmaster.pid')
    const text = await readFile(file, 'utf8')
    await writeFile(file, text.replace(/^\d+/, String(process.ppid)))
    const said: string[] = []
    await start({ log: said.push.bind(said) })
    assert.match(said.join(), new RegExp(`process ${process.ppid} is not it`))
  })

  test('a port that is taken is refused by number', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const address = other.address()
    assert.ok(typeof address === 'object' && address !== null)
    await assert.rejects(start({ port: address.port }), {
      code: 'embedded-port-taken',
      message: new RegExp(`port ${address.port} .*SAMBAND_EMBEDDED_PORT`),
    })
    other.close()
    await once(other, 'close')
    assert.equal((await start({ port: address.port })).port, address.port)
  })

  test('a setting that the server does not know is named', async () => {
    await assert.rejects(start({ settings: { no_such_setting: '1' } }), {
      code: 'embedded-start-failed',
      message: /no_such_setting.*postgres\.log.*SAMBAND_DATABASE_URL/,
    })
  })

  test('a data folder that cannot be written is refused by name', async () => {
    const file = join(root, 'a-file')
    await writeFile(file, '')
    await assert.rejects(start({ dataDir: join(file, 'postgres') }), {
      code: 'embedded-data-unwritable',
      message: /a-file\/postgres cannot be written \(ENOTDIR.*SAMBAND_DATA/,
    })
  })

  test('data of another PostgreSQL is refused with both versions', async () => {
    const file = join(dataDir, 'cluster', 'PG_VERSION')
    const version = await readFile(file, 'utf8')
    await writeFile(file, '9\n')
    await assert.rejects(start(), { code: 'embedded-data-version', message: /of PostgreSQL 9, .* is \d+/ })
    await writeFile(file, version)
  })

  test('a cluster that is gone is not silently replaced by an empty one', async () => {
    await rename(join(dataDir, 'cluster'), join(root, 'aside'))
    await assert.rejects(start(), {
      code: 'embedded-cluster-missing',
      message: /delete .*postgres to start with an empty/,
    })
    await rename(join(root, 'aside'), join(dataDir, 'cluster'))
    await start()
  })

  test('a first start that was cut short after the cluster was made is finished', async () => {
    await rename(join(dataDir, 'password'), join(dataDir, 'password.new'))
    const server = await start()
    assert.deepEqual(await query(server, 'select a from kept'), [{ a: 1 }])
  })

  test('a password file that is gone is named', async () => {
    await rename(join(dataDir, 'password'), join(root, 'password'))
    await assert.rejects(start(), { code: 'embedded-password-missing', message: /postgres\/password/ })
    await rename(join(root, 'password'), join(dataDir, 'password'))
  })
})

/** The process id of the guard of one server. */
function guardOf(pid: number): number {
  const lines = execFileSync('ps', ['-ww', '-e', '-o', 'pid=,args='], { encoding: 'utf8' }).split('\n')
  const guard = lines.find(line => line.endsWith(` samband-postgres-guard ${pid}`))
  assert.ok(guard)
  return Number.parseInt(guard, 10)
}

type Row = Readonly<Record<string, unknown>>

async function queryUrl(url: string, statement: string, values?: readonly unknown[]): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query<Row>(statement, values === undefined ? undefined : [...values])).rows
  } finally {
    await client.end()
  }
}

function query(server: EmbeddedPostgres, statement: string, values?: readonly unknown[]): Promise<Row[]> {
  return queryUrl(server.url, statement, values)
}

/** The process is another's, so its end can only be looked for; the test runner's time limit ends a wait in vain. */
async function untilGone(pid: number): Promise<void> {
  while (isAlive(pid)) await delay(10)
}
