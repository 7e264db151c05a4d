import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { endpoints } from '@samband/operations'
import { testDatabase, type TestDatabase } from '@samband/store'
import { type CliRun, type Deployment, deployment, type RunningCli, samband, startSamband } from './cli.ts'

const patientId = '13916900216'
const admission = [
  'MSH|^~\\&|EHR|HOSP|LIS|HOSP|20260101120000||ADT^A01^ADT_A01|MSG00001|P|2.5.1',
  `PID|1||${patientId}^^^FNR&2.16.578.1.12.4.1.4.1&ISO^NN||Nordmann^Kari||19690119|F`,
  '',
].join('\r')

let database: TestDatabase
let place: Deployment
let server: RunningCli
let env: Record<string, string>
before(async () => {
  database = await testDatabase()
  place = await deployment()
  server = await startSamband(['--config', place.config], { env: { SAMBAND_DATABASE_URL: database.url } })
  env = { SAMBAND_DATA: join(place.folder, '.samband') }
  await writeFile(join(place.folder, 'admission.hl7'), admission)
  const to = server.facts.sources[0]?.address ?? ''
  const sent = await samband(['send', join(place.folder, 'admission.hl7'), '--to', to])
  assert.equal(sent.code, 0, sent.stderr)
})
after(async () => {
  await server.stop()
  await place.remove()
  await database.close()
})

async function run(...args: string[]): Promise<CliRun> {
  return await samband(args, { env })
}

function rowsOf({ stdout }: CliRun): Record<string, unknown>[] {
  return stdout
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as Record<string, unknown>)
}

async function theMessage(): Promise<string> {
  return String(rowsOf(await run('messages', 'list', '--json')).at(-1)?.['id'])
}

test('a message is found by what is known of it, also by a patient id that is read from standard input', async () => {
  for (const conditions of [
    ['--control-id', 'MSG00001'],
    ['--type', 'ADT^A01'],
    ['--from', '1h'],
    ['--patient', patientId],
  ]) {
    const found = await run('messages', 'search', '--json', ...conditions)
    assert.equal(rowsOf(found).length > 0, true, conditions.join(' '))
  }
  const piped = await samband(['messages', 'search', '--patient', '-', '--json'], { env, input: `${patientId}\n` })
  assert.equal(rowsOf(piped).length > 0, true)
  assert.equal(rowsOf(await run('messages', 'search', '--json', '--patient', '13916900135')).length, 0)
})

test('a message is shown as bytes, as text, as a tree and as what the steps made of it', async () => {
  const id = await theMessage()
  assert.equal((await run('messages', 'show', id, '--raw')).stdout, admission)
  assert.match((await run('messages', 'show', id, '--body')).stdout, /^PID\|1\|\|13916900216/m)
  assert.match((await run('messages', 'show', id, '--tree')).stdout, /PID-5\.1 Family Name {2}Nordmann/)
  assert.match((await run('messages', 'show', id, '--trace')).stdout, /to archive: output/)
  assert.match((await run('messages', 'show', id)).stdout, /control id MSG00001/)
})

test('what is exported can be sent again', async () => {
  const file = join(place.folder, 'export.jsonl')
  assert.equal((await run('messages', 'export', '--control-id', 'MSG00001', '--limit', '1', '--out', file)).code, 0)
  assert.equal((await stat(file)).mode & 0o777, 0o600)
  const row = JSON.parse(await readFile(file, 'utf8')) as { bodyBase64: string }
  assert.equal(Buffer.from(row.bodyBase64, 'base64').toString(), admission)
  const again = await samband(['send', file, '--to', server.facts.sources[0]?.address ?? '', '--json'])
  assert.deepEqual([again.code, rowsOf(again)[0]?.['code']], [0, 'AA'])
})

test('a replay makes a new message, linked to the old, with the reason', async () => {
  const id = await theMessage()
  const [result] = rowsOf(await run('replay', id, '--reason', 'ticket 4711', '--json'))
  assert.ok(Number(result?.['newMessageId']) > 0)
  assert.match(
    (await run('messages', 'show', String(result?.['newMessageId']))).stdout,
    new RegExp(`reinject of ${id}`),
  )
})

test('a bulk replay needs to be confirmed, and a dry run only counts', async () => {
  const args = ['replay', '--route', 'store', '--control-id', 'MSG00001', '--verb', 'resend', '--reason', 'x']
  const refused = await run(...args)
  assert.equal(refused.code, 2)
  assert.match(refused.stderr, /--yes/)
  const [preview] = rowsOf(await run(...args, '--dry-run', '--json'))
  assert.ok(Number(preview?.['count']) > 0)
  const done = await run(...args, '--yes', '--json')
  assert.equal(done.code, 0, done.stderr)
  assert.equal(rowsOf(done)[0]?.['state'], 'done')
})

test('the running server answers in the shapes that its description promises', async () => {
  const id = await theMessage()
  const paths: Readonly<Record<string, string>> = {
    '/routes/:name': '/routes/store',
    '/messages/:id': `/messages/${id}`,
    '/messages/:id/body': `/messages/${id}/body`,
    '/messages/:id/tree': `/messages/${id}/tree`,
    '/messages/:id/trace': `/messages/${id}/trace`,
  }
  const bodies: Readonly<Record<string, object>> = {
    '/messages/search': {},
    '/dead-letters/groups': {},
    '/dead-letters/search': {},
    '/refusals/search': {},
    '/audit/search': {},
  }
  const file = JSON.parse(await readFile(join(place.folder, '.samband', 'server.json'), 'utf8')) as { token: string }
  let checked = 0
  for (const { method, path, answer } of endpoints) {
    const body = bodies[path]
    const wanted = paths[path] ?? (path.includes(':') ? undefined : path)
    if (wanted === undefined || answer === null || (method === 'GET') === (body !== undefined) || method === 'DELETE')
      continue
    const response = await fetch(`${server.facts.url}/api/v1${wanted}`, {
      method,
      headers: { authorization: `Bearer ${file.token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    assert.equal(response.status, 200, `${method} ${wanted}`)
    assert.deepEqual(answer.safeParse(await response.json()).error?.issues ?? [], [], `${method} ${wanted}`)
    checked += 1
  }
  assert.ok(checked >= 14, `only ${checked} endpoints were checked`)
})

test('status, routes and dead letters are rows of JSON', async () => {
  assert.equal(rowsOf(await run('status', '--json')).length, 1)
  assert.equal(rowsOf(await run('routes', 'list', '--json'))[0]?.['name'], 'store')
  assert.match((await run('routes', 'graph', '--format', 'mermaid')).stdout, /^flowchart LR/)
  assert.equal((await run('dead-letters', 'list', '--json')).stdout, '')
  assert.equal((await run('status', '--check')).code, 0)
})

test('a token opens what its role may, and nothing once it is revoked', async () => {
  const [made] = rowsOf(await run('token', 'create', '--name', 'monitoring', '--json'))
  const own = { SAMBAND_URL: server.facts.url, SAMBAND_TOKEN: String(made?.['token']) }
  assert.equal((await samband(['status', '--json'], { env: own })).code, 0)
  const refused = await samband(['messages', 'list'], { env: own })
  assert.equal(refused.code, 6)
  assert.match(refused.stderr, /^samband: monitoring \(role monitor\) lacks the permission messages:search\n$/)
  assert.equal((await run('token', 'revoke', String(made?.['id']))).code, 0)
  assert.equal((await samband(['status'], { env: own })).code, 6)
})

test('a new password signs in, and the sessions of the old one have ended', async () => {
  const [made] = rowsOf(await run('admin', 'reset-password', '--json'))
  const signIn = async (password: unknown): Promise<Response> =>
    await fetch(`${server.facts.url}/api/v1/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-samband-csrf': '1' },
      body: JSON.stringify({ name: 'admin', password }),
    })
  assert.equal((await signIn(made?.['password'])).status, 200)
  assert.equal((await signIn(server.facts.firstLogin?.password)).status, 401)
})

test('a user is made with a role, found in the list, and what was done is in the audit log', async () => {
  const [made] = rowsOf(await run('user', 'create', 'kari', '--role', 'operator', '--json'))
  assert.match(String(made?.['password']), /^[a-z0-9-]{20,}$/)
  assert.deepEqual(
    rowsOf(await run('user', 'list', '--json')).map(({ name }) => name),
    ['admin', 'kari'],
  )
  assert.equal((await run('user', 'create', 'kari', '--role', 'reader')).code, 8)
  assert.equal((await run('user', 'remove', 'kari')).code, 0)
  assert.match((await run('user', 'remove', 'admin')).stderr, /last administrator/)
  const audit = rowsOf(await run('audit', '--json', '--from', '1h')).map(({ action }) => action)
  for (const action of ['user-create', 'user-remove', 'message-body-read', 'patient-search']) {
    assert.ok(audit.includes(action), action)
  }
})

test('what is not there has an exit code of its own', async () => {
  const missing = await run('messages', 'show', '41')
  assert.deepEqual([missing.code, missing.stderr], [7, 'samband: there is no such message\n'])
  assert.equal((await run('send', '/no/such/file', '--to', 'mllp://127.0.0.1:1')).code, 7)
})

test('a second server on the same folder is refused', async () => {
  const second = await samband(['start', '--config', place.config, '--port', '0'], {
    env: { SAMBAND_DATABASE_URL: database.url },
  })
  assert.equal(second.code, 8)
  assert.match(second.stderr, /^samband: Samband already runs on .*SAMBAND_DATA/m)
})

for (const [what, args, expected] of [
  ['an unknown command', ['strat'], /Did you mean start/],
  ['an unknown option', ['status', '--wach'], /Did you mean --watch/],
  ['a value that cannot be', ['send', 'x', '--to', 'http://x'], /mllp:\/\/host:port/],
  ['a missing argument', ['messages', 'show'], /missing required argument/],
  ['a wrong id', ['messages', 'show', 'abc'], /whole number/],
] as const) {
  test(`${what} is wrong usage`, async () => {
    const { code, stderr, stdout } = await samband(args)
    assert.deepEqual([code, stdout], [2, ''])
    assert.match(stderr, expected)
  })
}

test('help is no error', async () => {
  for (const args of [['--help'], ['help'], ['messages', 'search', '--help'], ['help', 'exit-codes'], ['--version']]) {
    assert.equal((await samband(args)).code, 0, args.join(' '))
  }
})

test('no server at all is unreachable', async () => {
  const nobody = await samband(['status'], { env: { SAMBAND_DATA: join(place.folder, 'nothing') } })
  assert.deepEqual([nobody.code, /no Samband runs on/.test(nobody.stderr)], [4, true])
  const elsewhere = await samband(['status'], { env: { SAMBAND_URL: 'http://127.0.0.1:9', SAMBAND_TOKEN: 'x' } })
  assert.equal(elsewhere.code, 4)
})

test('a server without a token is forbidden', async () => {
  assert.equal((await samband(['status'], { env: { SAMBAND_URL: server.facts.url } })).code, 6)
})

test('a receiver that is not there is unreachable, and what was not sent is told', async () => {
  const { code, stdout, stderr } = await samband([
    'send',
    join(place.folder, 'admission.hl7'),
    '--to',
    'mllp://127.0.0.1:9',
  ])
  assert.equal(code, 4)
  assert.match(stdout, /unsent 1 {2}not sent/)
  assert.match(stderr, /nobody takes messages at 127\.0\.0\.1:9/)
})

test('a receiver that refuses some makes it done in part, and all a failure', async () => {
  const file = join(place.folder, 'mixed.mllp')
  const frame = (text: string): string => `\x0b${text}\x1c\r`
  const to = server.facts.sources[0]?.address ?? ''
  await writeFile(file, frame(admission) + frame('PID|no header\r'))
  const part = await samband(['send', file, '--to', to, '--json'])
  assert.equal(part.code, 5, part.stderr)
  const [, second] = rowsOf(part)
  assert.match(String(second?.['code']), /^A[ER]$/)
  assert.match(String(second?.['text']), /MSH/)
  const [refusal] = rowsOf(await run('refusals', 'list', '--json'))
  assert.match(String(refusal?.['text']), /MSH/)
  assert.equal((await run('refusals', 'show', String(refusal?.['id']), '--raw')).stdout, 'PID|no header\r')
  await writeFile(file, frame('PID|no header\r'))
  assert.equal((await samband(['send', file, '--to', to])).code, 1)
})

test('a port that is taken names the setting, whether it is the console or a listener', async () => {
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  const address = taken.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const own = await deployment()
  const listener = await deployment({
    endpoints: { in: { connector: 'mllp', port }, archive: { connector: 'file', folder: own.folder } },
  })
  const shared = {
    SAMBAND_DATABASE_URL: database.url,
    SAMBAND_MASTER_KEY_FILE: join(place.folder, '.samband', 'master.key'),
    SAMBAND_TENANT: '2',
  }
  const start = async (config: string, http: number): Promise<CliRun> =>
    await samband(['start', '--config', config, '--no-console', '--port', String(http)], { env: shared })
  const [console, mllp] = [await start(own.config, port), await start(listener.config, 0)]
  taken.close()
  await Promise.all([own.remove(), listener.remove()])
  assert.deepEqual([console.code, mllp.code], [3, 3])
  assert.match(console.stderr, /^samband: port \d+ is taken by another program: .*SAMBAND_HTTP_PORT/m)
  assert.match(mllp.stderr, /^samband: cannot listen on 127\.0\.0\.1:\d+: port taken: choose another "port"/m)
})

test('another master key than the data was stored with is a matter of configuration', async () => {
  const own = await deployment()
  const { code, stderr } = await samband(['start', '--config', own.config, '--no-console', '--port', '0'], {
    env: { SAMBAND_DATABASE_URL: database.url },
  })
  await own.remove()
  assert.equal(code, 3)
  assert.match(stderr, /^samband: the data was stored with master key .*SAMBAND_MASTER_KEY/m)
})
