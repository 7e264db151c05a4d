import assert from 'node:assert/strict'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { createMllpClient, createMllpServer, type MllpClient, type MllpServer } from '@samband/connectors'
import { buildAck, parse } from '@samband/hl7v2'
import { createOperationsClient, type OperationsClient } from '@samband/operations/client'
import type { DeploymentPlanView } from '@samband/operations/contract'
import { testDatabase, type TestDatabase } from '@samband/store'
import { type CliRun, type Deployment, deployment, type RunningCli, samband, startSamband } from './cli.ts'

/** A route outside of the repository: what it imports by name it finds with Samband. */
const route = (version: string): string => `import { hl7v2, mllp } from '@samband/connectors'
import { route } from '@samband/route'
import { named } from '../mappings/names.ts'

export default route('adt', { version: '${version}', owner: 'team-integration', purpose: 'treatment' })
  .from(mllp({ endpoint: 'in' }))
  .parse(hl7v2())
  .orderBy(m => m.text('PID-3.1'))
  .map('named', named)
  .to('lis', mllp({ endpoint: 'lis' }))
  .onError({ deadLetter: 'adt' })
`
const mapping = (value: string): string => `import type { Message } from '@samband/hl7v2'

export const named = (message: Message): Message => message.set('MSH-5', '${value}')
`

type Received = { readonly patient: string; readonly number: number; readonly receiver: string }

let database: TestDatabase
let place: Deployment
let server: RunningCli
let client: MllpClient
let lis: MllpServer
const received: Received[] = []
let sent = 0
let token = ''

async function write(version: string, value: string): Promise<void> {
  await writeFile(join(place.folder, 'routes', 'adt.ts'), route(version))
  await writeFile(join(place.folder, 'mappings', 'names.ts'), mapping(value))
}

async function start(environment = 'prod', args: readonly string[] = []): Promise<void> {
  const env = { SAMBAND_DATABASE_URL: database.url }
  server = await startSamband(['--config', place.config, '--environment', environment, ...args], { env })
  const file = await readFile(join(place.folder, '.samband', 'server.json'), 'utf8')
  token = (JSON.parse(file) as { token: string }).token
  const port = Number(new URL(server.facts.sources[0]?.address ?? '').port)
  client = createMllpClient({ host: '127.0.0.1', port, connections: 4 })
}

async function stop(): Promise<void> {
  await client.close()
  assert.equal((await server.stop()).code, 0)
}

function operations(): OperationsClient {
  return createOperationsClient({ url: server.facts.url, token })
}

async function ask(...args: readonly string[]): Promise<CliRun> {
  return await samband(args, { env: { SAMBAND_DATA: join(place.folder, '.samband') } })
}

async function send(): Promise<void> {
  sent += 1
  const number = sent
  const patient = `P${number % 5}`
  const segments = [
    `MSH|^~\\&|EHR|HOSP|LIS|HOSP|20260101120000||ADT^A08|${number}|P|2.5.1`,
    `PID|1||${patient}||Nordmann`,
  ]
  const answer = await client.send(Buffer.from(`${segments.join('\r')}\r`))
  assert.equal(answer.code, 'AA')
}

async function until(holds: () => boolean, what: string): Promise<void> {
  for (const end = Date.now() + 10_000; !holds(); await delay(20)) assert.ok(Date.now() < end, what)
}

before(async () => {
  database = await testDatabase()
  lis = await createMllpServer({
    port: 0,
    onMessage: bytes => {
      const parsed = parse(bytes)
      assert.ok(parsed.ok)
      const { message } = parsed
      const number = Number(message.text('MSH-10'))
      received.push({ patient: message.text('PID-3.1') ?? '', number, receiver: message.text('MSH-5') ?? '' })
      return buildAck(message, { code: 'AA', controlId: `A${number}`, now: new Date() }).format()
    },
  })
  const endpoints = {
    in: { connector: 'mllp', port: 0 },
    lis: { connector: 'mllp', host: '127.0.0.1', port: lis.port },
  }
  place = await deployment({ routes: 'routes', endpoints })
  await mkdir(join(place.folder, 'routes'))
  await mkdir(join(place.folder, 'mappings'))
  await write('1.0.0', 'LIS-ONE')
  await start()
})
after(async () => {
  // What `before` did not get to is not there to close.
  await client?.close()
  await server?.kill()
  await lis?.close()
  await place.remove()
  await database.close()
})

test('what is edited is planned exactly, applied under traffic in order and without loss, kept over a restart, and rolled back', async () => {
  for (let n = 0; n < 20; n += 1) await send()
  await until(() => received.length === sent, 'everything arrives')
  assert.deepEqual(
    (await operations().planDeployment()).routes.map(({ change }) => change),
    ['same'],
  )

  await write('1.1.0', 'LIS-TWO')
  const planned = await ask('plan', '--json', '--messages', '10')
  const plan = JSON.parse(planned.stdout) as DeploymentPlanView
  const [adt] = plan.routes
  assert.deepEqual([adt?.name, adt?.change, adt?.simulated, adt?.same], ['adt', 'changed', 10, 0])
  assert.match(adt?.from ?? '', /^1\.0\.0\+/)
  assert.match(adt?.to ?? '', /^1\.1\.0\+/)
  assert.deepEqual([...new Set(adt?.different.flatMap(({ paths }) => paths))], ['MSH-5'])
  const shown = await ask('plan')
  assert.match(shown.stdout, /20 of 20 messages would go out otherwise/)
  assert.match(shown.stdout, /LIS-ONE.*LIS-TWO/)

  let applied = false
  const traffic = (async () => {
    while (!applied) {
      await Promise.all([send(), send(), send(), send()])
      await delay(20)
    }
    for (let n = 0; n < 20; n += 1) await send()
  })()
  const apply = await ask('apply', '--plan', plan.id, '--reason', 'CHANGE-1: the new receiver')
  applied = true
  await traffic
  assert.equal(apply.code, 0, apply.stderr)
  assert.match(apply.stdout, /Deployment 2 runs in 1 process/)
  await until(() => received.length === sent, 'everything arrives')
  assert.deepEqual(
    received.map(({ number }) => number).toSorted((a, b) => a - b),
    Array.from({ length: sent }, (_, index) => index + 1),
  )
  assert.deepEqual(
    received.slice(-20).map(({ receiver }) => receiver),
    Array.from({ length: 20 }, () => 'LIS-TWO'),
  )
  for (const patient of ['P0', 'P1', 'P2', 'P3', 'P4']) {
    const own = received.filter(one => one.patient === patient)
    // Once the new revision delivered for a patient, the old one does not any more.
    const first = own.findIndex(({ receiver }) => receiver === 'LIS-TWO')
    assert.ok(own.slice(first).every(({ receiver }) => receiver === 'LIS-TWO'))
  }

  await assert.rejects(operations().applyDeployment({ plan: '000000000000', reason: 'an old plan' }), {
    category: 'conflict',
    message: /the routes folders changed since plan 000000000000/,
  })

  // What was applied runs, whatever happened to the files.
  await write('2.0.0', 'LIS-UNAPPLIED')
  await rm(join(place.folder, '.samband', 'revisions'), { recursive: true })
  await stop()
  await start()
  const log = await readFile(join(place.folder, '.samband', 'log', 'samband.log'), 'utf8')
  assert.match(log, /differ from deployment 2, which runs: adt changed/)
  await send()
  await until(() => received.length === sent, 'everything arrives')
  assert.equal(received.at(-1)?.receiver, 'LIS-TWO')

  const rollback = await ask('rollback', '--reason', 'the receiver is not ready')
  assert.equal(rollback.code, 0, rollback.stderr)
  assert.match(rollback.stderr, /1\.1\.0\+\w+ → 1\.0\.0\+/)
  await send()
  await until(() => received.length === sent, 'everything arrives')
  assert.equal(received.at(-1)?.receiver, 'LIS-ONE')

  assert.deepEqual(
    (await operations().deployments()).items.map(({ id, state, rolledBackTo, reason }) => [
      id,
      state,
      rolledBackTo,
      reason,
    ]),
    [
      [3, 'current', 1, 'the receiver is not ready'],
      [2, 'superseded', null, 'CHANGE-1: the new receiver'],
      [1, 'superseded', null, 'the first start'],
    ],
  )
})

test('routes that do not load, or name what is not there, are refused with where and why, and nothing changes', async () => {
  const refused = async (text: string, message: RegExp): Promise<void> => {
    await writeFile(join(place.folder, 'routes', 'adt.ts'), text)
    const applied = operations().applyDeployment({ reason: 'it cannot be' })
    await assert.rejects(applied, { category: 'incorrect', message })
  }
  const good = route('3.0.0')
  await refused(good.replace('names.ts', 'nowhere.ts'), /imports .*nowhere\.ts/)
  await refused(good.replace("endpoint: 'lis'", "endpoint: 'ris'"), /endpoint 'ris'/)
  await refused(good.replace("'3.0.0'", "'3.0.0', dependsOn: ['orders']"), /depends on .*orders/)
  await refused(`throw new Error('at import')\n${good}`, /routes\/adt\.ts:1: Error: at import/)
  await refused(`const broken = (\n${good}`, /routes\/adt\.ts:\d+: /)
  const { items } = await operations().deployments({ limit: 1 })
  assert.deepEqual([items[0]?.id, items[0]?.state], [3, 'current'])
})

test('in dev, what is saved is applied within a second, and what is broken is told with its line while the rest runs', async () => {
  await stop()
  await write('4.0.0', 'LIS-FOUR')
  await start('dev', ['--watch'])
  await send()
  await until(() => received.at(-1)?.receiver === 'LIS-FOUR', 'the folders run')
  const begun = Date.now()
  await write('4.1.0', 'LIS-FIVE')
  while (received.at(-1)?.receiver !== 'LIS-FIVE') {
    assert.ok(Date.now() - begun < 5_000, 'the change is applied')
    await send()
    await delay(20)
  }
  await writeFile(join(place.folder, 'mappings', 'names.ts'), `${mapping('LIS-SIX')}\nconst broken = (\n`)
  const log = join(place.folder, '.samband', 'log', 'samband.log')
  while (!(await readFile(log, 'utf8')).includes('routes-not-applied')) {
    assert.ok(Date.now() - begun < 20_000, 'it is told')
    await delay(50)
  }
  await send()
  await until(() => received.length === sent, 'everything arrives')
  assert.equal(received.at(-1)?.receiver, 'LIS-FIVE')
  await client.close()
  const { stderr } = await server.stop()
  assert.match(stderr, /applied: adt 4\.1\.0/)
  assert.match(stderr, /not applied: .*mappings\/names\.ts:\d+: /)
})
