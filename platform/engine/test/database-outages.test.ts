import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmod, chown, mkdir, mkdtemp, open, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test, type TestContext } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { type EmbeddedPostgres, openDatabase, startEmbeddedPostgres } from '@samband/store'
import type { Log } from '../src/index.ts'
import { world } from './harness.ts'
import { numbered, Senders } from './senders.ts'

/** A server of this file's own, to be stopped, killed and filled up. What is committed outlives the process, not the machine. */
class OwnServer {
  readonly folder: string
  #server: EmbeddedPostgres

  private constructor(folder: string, server: EmbeddedPostgres) {
    this.folder = folder
    this.#server = server
  }

  static async start(folder?: string): Promise<OwnServer> {
    const own = folder ?? (await mkdtemp(join(tmpdir(), 'samband-outage-')))
    await chmod(own, 0o755)
    return new OwnServer(own, await startIn(own, 0))
  }

  get url(): string {
    return this.#server.url
  }

  async stop(): Promise<void> {
    await this.#server.stop()
  }

  /** kill -9 of the postmaster: its workers notice and end. */
  async kill(): Promise<void> {
    process.kill(this.#server.pid, 'SIGKILL')
    await delay(100)
    await this.#server.stop()
  }

  async startAgain(): Promise<void> {
    this.#server = await startIn(this.folder, this.#server.port)
  }

  async close(): Promise<void> {
    await this.stop()
    await rm(this.folder, { recursive: true, force: true })
  }
}

function startIn(folder: string, port: number): Promise<EmbeddedPostgres> {
  return startEmbeddedPostgres({
    dataDir: join(folder, 'data'),
    fallbackDir: join(folder, 'binaries'),
    port,
    settings: { fsync: 'off', full_page_writes: 'off', shared_buffers: '64MB' },
  })
}

describe('a database of which the server goes away', () => {
  let server: OwnServer
  before(async () => {
    server = await OwnServer.start()
  })
  after(() => server.close())

  const outages: readonly { readonly name: string; readonly begin: () => Promise<void> }[] = [
    { name: 'stopped for a while', begin: () => server.stop() },
    { name: 'killed with kill -9', begin: () => server.kill() },
  ]
  for (const { name, begin } of outages) {
    test(`${name} under load: no false answer, and all that was acknowledged is delivered once and in order`, async () => {
      const w = await world({ serverUrl: server.url })
      // An outage of a minute with a deadline of ten seconds, twenty times as fast.
      const engine = await w.start([numbered], { limits: { journalDeadlineMs: 500 } })
      const senders = new Senders(w, 16)
      await senders.more(200)
      await begin()
      await senders.refusals(16)
      await delay(2_000)
      const acknowledgedBefore = senders.acknowledged.length
      assert.deepEqual(new Set(senders.refused.map(({ category }) => category)), new Set(['unavailable']))
      await delay(100)
      assert.equal(senders.acknowledged.length, acknowledgedBefore, 'acknowledged without a database')
      await server.startAgain()
      await senders.more(200)
      await senders.stop()
      await senders.checkDelivered()
      await engine.stop()
      await w.close()
    })
  }
})

/** A file system so small that it can be filled; undefined where it is not allowed to make one. */
async function smallFileSystem(t: TestContext, megabytes: number): Promise<string | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'samband-small-'))
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder])
  t.after(async () => {
    if (status === 0) spawnSync('umount', ['-l', folder])
    await rm(folder, { recursive: true, force: true })
  })
  if (status !== 0) t.skip('no small file system may be mounted here: it takes root on Linux')
  return status === 0 ? folder : undefined
}

/** Takes all the space there is, and answers how to give it back. */
async function fill(folder: string): Promise<() => Promise<void>> {
  const file = join(folder, 'filler')
  const handle = await open(file, 'w')
  const block = Buffer.alloc(64 * 1024)
  try {
    for (;;) await handle.write(block)
  } catch (error) {
    assert.ok(error instanceof Error && 'code' in error && error.code === 'ENOSPC', String(error))
  } finally {
    await handle.close()
  }
  return () => rm(file)
}

/** Codes and texts of what the engine said of its database. */
function troubleLog(): { readonly said: Set<string>; readonly log: Log } {
  const said = new Set<string>()
  const error: Log['error'] = (event, facts = {}) => {
    if (event === 'database-trouble') said.add(String(facts['text']))
  }
  return { said, log: { info: () => {}, warn: () => {}, error } }
}

test('tables on a full disk: senders are told no, the operator why, and all goes on when there is space', async t => {
  const folder = await smallFileSystem(t, 64)
  if (folder === undefined) return
  const server = await OwnServer.start()
  const w = await world({ serverUrl: server.url })
  const { uid, gid } = await stat(join(server.folder, 'data', 'cluster'))
  const tables = join(folder, 'tables')
  await mkdir(tables)
  await chmod(folder, 0o755)
  await chown(tables, uid, gid)
  await w.db.pool.query(`create tablespace small location '${tables}'`)
  await w.db.pool.query(`alter database ${new URL(w.db.url).pathname.slice(1)} set default_tablespace = 'small'`)
  const db = await openDatabase({ url: w.db.url })
  const { said, log } = troubleLog()
  const engine = await w.start([numbered], { db, log, limits: { journalDeadlineMs: 500 } })
  const senders = new Senders(w, 8, 'x'.repeat(8_000))
  await senders.more(50)
  const empty = await fill(folder)
  await senders.refusals(50)
  assert.deepEqual(new Set(senders.refused.map(({ category }) => category)), new Set(['unavailable']))
  assert.deepEqual([...said], ['the database failed while writing the journal (53100: its disk is full)'])
  await empty()
  await senders.more(50)
  await senders.stop()
  await senders.checkDelivered()
  await engine.stop()
  await db.close()
  await w.close()
  await server.close()
})

test('a disk that is full for the log as well ends the server: nothing acknowledged is lost', async t => {
  const folder = await smallFileSystem(t, 192)
  if (folder === undefined) return
  const server = await OwnServer.start(folder)
  const w = await world({ serverUrl: server.url })
  const engine = await w.start([numbered], { limits: { journalDeadlineMs: 500 } })
  const senders = new Senders(w, 8, 'x'.repeat(8_000))
  await senders.more(50)
  const empty = await fill(folder)
  await senders.refusals(50)
  assert.deepEqual(new Set(senders.refused.map(({ category }) => category)), new Set(['unavailable']))
  await empty()
  await server.stop()
  await server.startAgain()
  await senders.more(50)
  await senders.stop()
  await senders.checkDelivered()
  await engine.stop()
  await w.close()
  await server.stop()
})
