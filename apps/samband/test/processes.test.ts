import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { createOperationsClient, type OperationsClient } from '@samband/operations/client'
import type { EngineProcess } from '@samband/operations/contract'
import { isAlive, testDatabase } from '@samband/store'
import { deployment, type RunningCli, samband, startSamband } from './cli.ts'
import { type Receiver, receiver, type Sender, sender } from './patients.ts'

const routes = join(import.meta.dirname, 'routes')
const companion = join(import.meta.dirname, 'companion.ts')
const patients = 6

describe('several engine processes', { concurrency: true }, () => {
  test('two processes on a fresh folder: a kill -9 loses nothing, order is kept, and the process comes back', async () => {
    const place = await deployment({ routes })
    const data = join(place.folder, '.samband')
    const lab = await receiver()
    const starts = join(place.folder, 'companion-starts')
    await configure(place.config, { out: lab.port, companions: [{ file: companion, args: [starts] }] })
    const server = await startSamband(['--config', place.config, '--processes', '2'])
    try {
      assert.equal(server.facts.database.kind, 'embedded')
      assert.equal(server.facts.firstLogin?.user, 'admin')
      assert.deepEqual(
        server.facts.processes.map(({ number }) => number),
        [1, 2],
      )
      assert.equal((await stat(join(data, 'peers'))).mode & 0o777, 0o700)
      const client = await clientOf(server, data)
      const before = await shared(client)
      const senders = sendersTo(server)
      await until(() => lab.total() > 100)
      const victim = server.facts.processes[1]?.pid ?? 0
      process.kill(victim, 'SIGKILL')
      const after = await shared(client, before)
      assert.ok(after.some(({ epoch }) => !before.some(one => one.epoch === epoch)))
      const reached = acknowledged(senders)
      await until(() => acknowledged(senders) > reached + 100)
      await everythingArrived(senders, lab)
      assert.ok(
        senders.some(one => one.resent() > 0),
        'the kill was not felt',
      )

      const status = await samband(['status', '--json'], { env: { SAMBAND_DATA: data } })
      assert.equal((JSON.parse(status.stdout) as { processes: unknown[] }).processes.length, 2)
      assert.equal(await readFile(starts, 'utf8'), 'started\n')

      // Ctrl-C in a terminal reaches the children too.
      process.kill(server.facts.processes[0]?.pid ?? 0, 'SIGINT')
      const stopped = await server.stop('SIGINT')
      assert.equal(stopped.code, 0, stopped.stderr)
      assert.ok(stopped.ms < 5_000, `took ${Math.round(stopped.ms)} ms`)
      assert.match(stopped.stderr, /process ended another takes its place \(process 2, end SIGKILL\)/)
      assert.ok(server.facts.processes.every(({ pid }) => !isAlive(pid)))
      await assert.rejects(stat(join(data, 'server.json')), { code: 'ENOENT' })
    } finally {
      await server.kill()
      await lab.close()
      await place.remove()
    }
  })

  test('servers with folders of their own share a database over TLS, and one takes over from one that is gone', async () => {
    const database = await testDatabase()
    const lab = await receiver()
    const env = {
      SAMBAND_DATABASE_URL: database.url,
      SAMBAND_MASTER_KEY: Buffer.alloc(32, 5).toString('base64'),
      SAMBAND_PEERS_LISTEN: 'tls://127.0.0.1:0',
    }
    const places = [await deployment({ routes }), await deployment({ routes })]
    const servers: RunningCli[] = []
    try {
      for (const { config } of places) await configure(config, { out: lab.port })
      servers.push(...(await Promise.all(places.map(({ config }) => startSamband(['--config', config], { env })))))
      const [stays, goes] = servers
      assert.ok(stays !== undefined && goes !== undefined)
      const client = await clientOf(stays, join(places[0]?.folder ?? '', '.samband'))
      const both = await shared(client)
      assert.ok(both.every(({ address }) => address?.startsWith('tls://127.0.0.1:')))
      const senders = sendersTo(stays)
      await until(() => acknowledged(senders) > 100)
      await goes.kill()
      const begun = performance.now()
      await until(async () => (await client.processes()).some(({ self, lanesOwned }) => self && lanesOwned === 64))
      assert.ok(performance.now() - begun < 10_000)
      const reached = acknowledged(senders)
      await until(() => acknowledged(senders) > reached + 100)
      await everythingArrived(senders, lab)
      assert.equal((await stays.stop()).code, 0)
    } finally {
      for (const server of servers) await server.kill()
      for (const place of places) await place.remove()
      await lab.close()
      await database.close()
    }
  })

  test('a port that is taken ends the start with one line, and nothing is left running', async () => {
    const database = await testDatabase()
    const taken = createServer()
    taken.listen(0, '127.0.0.1')
    await once(taken, 'listening')
    const { port } = taken.address() as AddressInfo // a TCP server's
    const place = await deployment({ routes, processes: 3 })
    try {
      await configure(place.config, { out: 1, in: port, processes: 3 })
      const { code, stderr } = await samband(['start', '--no-console', '--port', '0', '--config', place.config], {
        env: { SAMBAND_DATABASE_URL: database.url },
      })
      assert.equal(
        stderr,
        `samband: cannot listen on 127.0.0.1:${port}: port taken: choose another "port", or stop what listens there\n`,
      )
      assert.equal(code, 3)
    } finally {
      taken.close()
      await place.remove()
      await database.close()
    }
  })
})

type Settings = {
  readonly out: number
  readonly in?: number
  readonly processes?: number
  readonly companions?: object[]
}

async function configure(file: string, { out, in: port = 0, ...rest }: Settings): Promise<void> {
  const endpoints = { in: { connector: 'mllp', port }, out: { connector: 'mllp', host: '127.0.0.1', port: out } }
  await writeFile(file, `export default ${JSON.stringify({ routes, endpoints, ...rest })}\n`)
}

async function clientOf(server: RunningCli, data: string): Promise<OperationsClient> {
  const { token } = JSON.parse(await readFile(join(data, 'server.json'), 'utf8')) as { token: string }
  return createOperationsClient({ url: server.facts.url, token })
}

/** Two processes, others than before, with half of the lanes each. */
async function shared(
  client: OperationsClient,
  before: readonly EngineProcess[] = [],
): Promise<readonly EngineProcess[]> {
  let processes: readonly EngineProcess[] = []
  await until(async () => {
    processes = await client.processes().catch(() => [])
    const same = processes.filter(({ epoch }) => before.some(one => one.epoch === epoch))
    return same.length < 2 && processes.length === 2 && processes.every(({ lanesOwned }) => lanesOwned === 32)
  })
  return processes
}

function sendersTo({ facts }: RunningCli): readonly Sender[] {
  const address = facts.sources[0]?.address
  assert.ok(address)
  return Array.from({ length: patients }, (_, index) => sender(address, `P${index + 1}`))
}

function acknowledged(senders: readonly Sender[]): number {
  return senders.reduce((sum, one) => sum + one.acknowledged(), 0)
}

/** What was acknowledged comes out, each patient's messages in the order in which they were sent. */
async function everythingArrived(senders: readonly Sender[], lab: Receiver): Promise<void> {
  await Promise.all(senders.map(one => one.close()))
  await until(() => lab.total() >= acknowledged(senders))
  for (const [index, one] of senders.entries()) {
    const numbers = lab.byPatient.get(`P${index + 1}`) ?? []
    assert.deepEqual(
      numbers.slice(0, one.acknowledged()),
      Array.from({ length: one.acknowledged() }, (_, at) => at + 1),
    )
  }
}

/** By asking; the test's own time limit bounds it. */
async function until(right: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await right())) await new Promise(resolve => setTimeout(resolve, 20))
}
