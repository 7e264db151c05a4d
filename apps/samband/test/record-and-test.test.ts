import assert from 'node:assert/strict'
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { testDatabase, type TestDatabase } from '@samband/store'
import { type CliRun, type Deployment, deployment, projectRoot, type RunningCli, samband, startSamband } from './cli.ts'

const admission = [
  'MSH|^~\\&|EHR|HOSP|LIS|HOSP|20260101120000||ADT^A01^ADT_A01|MSG00001|P|2.5.1|||||NOR|UNICODE UTF-8',
  'PID|1||13916900216^^^FNR&2.16.578.1.12.4.1.4.1&ISO^NNNOR||Nordmann^Kåre||19690119|F',
  'ZPI|1|Nordmann, Kåre',
  '',
].join('\r')
const ofPatient = /Nordmann|Kåre|13916900216|19690119|20260101120000/

const packages = join(projectRoot, 'platform')
function routeText(receiver: string): string {
  return `
import { file, hl7v2, mllp } from ${JSON.stringify(join(packages, 'connectors', 'src', 'index.ts'))}
import { route } from ${JSON.stringify(join(packages, 'route', 'src', 'index.ts'))}
export default route('store', { version: '1.0.0', owner: 'team', purpose: 'treatment' })
  .from(mllp({ endpoint: 'in' }))
  .parse(hl7v2())
  .map('address', message => { message.set('MSH-5', '${receiver}'); return message })
  .to('archive', file({ endpoint: 'archive' }))
  .onError({ deadLetter: 'store' })
`
}

let database: TestDatabase
let place: Deployment
let server: RunningCli
let fixtures: string
before(async () => {
  database = await testDatabase()
  place = await deployment({ routes: './routes', environments: { dev: { name: 'Development' } } })
  await mkdir(join(place.folder, 'routes'))
  await writeFile(join(place.folder, 'routes', 'store.ts'), routeText('ARCHIVE'))
  await writeFile(
    join(place.folder, 'routes', 'store.test.ts'),
    `import { test } from 'node:test'\ntest('a fact of this route', () => {})\n`,
  )
  fixtures = join(place.folder, 'routes', 'fixtures', 'store')
  server = await startSamband(['--config', place.config], { env: { SAMBAND_DATABASE_URL: database.url } })
  await writeFile(join(place.folder, 'admission.hl7'), admission)
  const to = server.facts.sources[0]?.address ?? ''
  const sent = await samband(['send', join(place.folder, 'admission.hl7'), '--to', to])
  assert.equal(sent.code, 0, sent.stderr)
  // Until it has gone out, so that there is something to compare with; the test's own time limit bounds it.
  while (!(await run('messages', 'list', '--json')).stdout.includes('"status":"delivered"'));
})
after(async () => {
  await server.stop()
  await place.remove()
  await database.close()
})

async function run(...args: string[]): Promise<CliRun> {
  return await samband(args, { env: { SAMBAND_DATA: join(place.folder, '.samband'), SAMBAND_CONFIG: place.config } })
}

async function everythingIn(folder: string): Promise<string> {
  const names = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = names.filter(entry => entry.isFile())
  const texts = files.map(({ parentPath, name }) => readFile(join(parentPath, name), 'utf8'))
  return [...names.map(({ name }) => name), ...(await Promise.all(texts))].join('\n')
}

test('what would keep identifiers, or says not which messages, is refused before anything is read', async () => {
  const none = await run('record', 'store')
  assert.deepEqual([none.code, /--last/.test(none.stderr)], [2, true])
  const kept = ['record', 'store', '--last', '1', '--keep-identifiers']
  assert.equal((await run(...kept)).code, 2, 'no reason')
  const elsewhere = await run(...kept, '--reason', 'a test')
  assert.deepEqual([elsewhere.code, /environment dev/.test(elsewhere.stderr)], [6, true])
  assert.equal((await run(...kept, '--reason', 'a test', '--environment', 'prod')).code, 6)
  assert.equal((await run('record', 'store', '--last', '1', '--force')).code, 2)
  const unknown = await run('record', 'stroe', '--last', '1')
  assert.deepEqual([unknown.code, /did you mean 'store'/.test(unknown.stderr)], [7, true])
  await assert.rejects(stat(fixtures), { code: 'ENOENT' })
})

test('a message of the server becomes a fixture without the patient, and is one test from then on', async () => {
  const recorded = await run('record', 'store', '--last', '5', '--json')
  assert.equal(recorded.code, 0, recorded.stderr)
  const row = JSON.parse(recorded.stdout) as { name: string; files: string[]; uncovered: string[]; went: string[] }
  assert.deepEqual(
    [row.name, row.files, row.uncovered, row.went],
    ['adt-a01-1', ['input.hl7', 'fixture.json', 'archive-1.hl7', 'expected.json'], ['ZPI-1', 'ZPI-2'], []],
  )
  assert.match(recorded.stderr, /Review them before you commit/)
  const text = await everythingIn(fixtures)
  assert.doesNotMatch(text, ofPatient)
  assert.match(text, /^MSH\|\^~\\&\|EHR\|HOSP\|ARCHIVE\|/m)
  assert.equal((await stat(join(place.folder, '.samband', 'redaction.key'))).mode & 0o777, 0o600)

  const again = await run('record', 'store', '--last', '5')
  assert.deepEqual([again.code, /already there/.test(again.stderr)], [0, true])
  const tested = await run('test')
  assert.equal(tested.code, 0, tested.stderr)
  assert.match(tested.stdout, /✔ store: a fact of this route\n✔ store: recorded adt-a01-1\n1 tests, 1 recorded/)
})

test('a change of the route is told by its path, in text, rows and for CI, until it is accepted', async () => {
  await writeFile(join(place.folder, 'routes', 'store.ts'), routeText('ELSEWHERE'))
  const changed = await run('test', 'store', '--junit', join(place.folder, 'reports', 'junit.xml'))
  assert.equal(changed.code, 1)
  assert.match(
    changed.stdout,
    /✖ store: recorded adt-a01-1\n +other content for archive:\n +~ MSH-5 +ARCHIVE → ELSEWHERE/,
  )
  assert.match(
    await readFile(join(place.folder, 'reports', 'junit.xml'), 'utf8'),
    /failures="1"[^]*ARCHIVE → ELSEWHERE/,
  )
  const rows = (await run('test', '--json')).stdout
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as { kind: string; failed?: number })
  assert.deepEqual(
    rows.map(({ kind }) => kind),
    ['test', 'recorded', 'summary'],
  )
  assert.equal(rows.at(-1)?.failed, 1)

  const other = await run('record', 'store', '--last', '1', '--to', join(place.folder, 'other'))
  assert.match(other.stderr, /would go out otherwise than it did: archive: other content in MSH-5/)
  assert.doesNotMatch(other.stderr, ofPatient)

  const updated = await run('test', '--update')
  assert.deepEqual([updated.code, /review them/.test(updated.stderr)], [0, true])
  assert.equal((await run('test')).code, 0)
})

test('identifiers are kept in dev, for a reason, which is stored', async () => {
  const to = join(place.folder, 'kept')
  const why = ['--keep-identifiers', '--reason', 'synthetic people only']
  const kept = await run('record', 'store', '--last', '1', '--to', to, '--environment', 'dev', ...why)
  assert.equal(kept.code, 0, kept.stderr)
  const text = await everythingIn(to)
  assert.match(text, /Nordmann\^Kåre/)
  assert.match(text, /"identifiers": "kept: synthetic people only"/)
})

test('a test that fails, and a route that is not there, are told', async () => {
  const file = join(place.folder, 'routes', 'failing.test.ts')
  await writeFile(file, `import { test } from 'node:test'\ntest('wrong', () => { throw new Error('as it is') })\n`)
  const failed = await run('test')
  assert.equal(failed.code, 1)
  assert.match(failed.stdout, /✖ failing: wrong\n +Error: as it is/)
  assert.equal((await run('test', 'store')).code, 0, 'only those of the route')
  const unknown = await run('test', 'stores')
  assert.deepEqual([unknown.code, /did you mean 'store'/.test(unknown.stderr)], [7, true])
})

test('the example hospital holds to its tests and to what was recorded of it', async () => {
  const { code, stdout, stderr } = await samband(['test', '--example', 'hospital'])
  assert.equal(code, 0, stdout + stderr)
  assert.match(stdout, /✔ ehr-events: recorded adt-a40-1/)
  assert.match(stdout, /✔ lab-results: recorded oru-r01-1/)
  assert.match(stdout, /: all as expected\n$/)
})
