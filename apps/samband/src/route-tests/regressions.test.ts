import assert from 'node:assert/strict'
import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { file, hl7v2, mllp } from '@samband/connectors'
import type { LoadedRoute } from '@samband/engine'
import { SambandError } from '@samband/errors'
import { drop, route, type RouteDefinition } from '@samband/route'
import { type Fixture, fixturePlaces, readFixture, writeFixture } from './fixture.ts'
import { junitReport } from './junit-report.ts'
import { runMessage } from './run-message.ts'
import { type RegressionResult, runRegressions } from './run-regressions.ts'

const facts = { version: '1.0.0', owner: 'team', purpose: 'treatment' }
const now = new Date('2026-01-15T10:00:00Z')

/** A route with a way to change each thing that a fixture expects. */
function adt(
  change: { readonly name?: string; readonly only?: string; readonly fail?: boolean } = {},
): RouteDefinition {
  return route('adt', facts)
    .from(mllp({ endpoint: 'in' }))
    .parse(hl7v2())
    .orderBy(m => m.text('PID-3.1'))
    .filter('admissions', m => (m.type === (change.only ?? 'ADT^A01') ? true : drop('no admission')))
    .map('rename', m => {
      if (change.fail === true) throw new SambandError({ code: 'broken', category: 'incorrect', message: 'x' })
      m.set('PID-5.1', change.name ?? 'Hansen')
      return m
    })
    .to('lis', mllp({ endpoint: 'lis' }))
    .to('archive', file({ endpoint: 'archive', fileName: m => `${m.text('MSH-10') ?? ''}.hl7` }))
    .onError({ deadLetter: 'adt' })
}

const bytes = new Uint8Array(Buffer.from('MSH|^~\\&|A|B|C|D|20260101||ADT^A01|M1|P|2.5\rPID|1||100||Nordmann^Kari\r'))

let folder: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'samband-fixtures-'))
})
after(() => rm(folder, { recursive: true }))

async function fixtureIn(fixtures: string, name = 'adt-a01-1'): Promise<Fixture> {
  const input = { bytes, attributes: { 'http.path': '/' } }
  const fixture: Fixture = {
    route: 'adt',
    name,
    folder: join(fixtures, 'adt', name),
    input,
    facts: {
      recorded: { on: '2026-01-15', revision: '1.0.0+a', identifiers: 'pseudonyms' },
      now: now.toISOString(),
      attributes: input.attributes,
      answers: [],
    },
    expected: await runMessage({ definition: adt(), input, capabilities: {}, now }),
  }
  await writeFixture(fixture)
  return fixture
}

async function run(fixtures: string, definition: RouteDefinition, update = false): Promise<RegressionResult> {
  const routes: readonly LoadedRoute[] = [{ definition, revision: 'r' }]
  const places = await fixturePlaces(fixtures)
  const onResult = (): Promise<void> => Promise.resolve()
  const [result] = await runRegressions({ places, routes, known: {}, update, live: undefined, onResult })
  assert.ok(result)
  return result
}

test('a fixture is files that people read, and comes back as it was', async () => {
  const fixture = await fixtureIn(join(folder, 'read'))
  assert.deepEqual(await readdir(fixture.folder), [
    'archive-1.hl7',
    'expected.json',
    'fixture.json',
    'input.hl7',
    'lis-1.hl7',
  ])
  assert.match(await readFile(join(fixture.folder, 'lis-1.hl7'), 'utf8'), /^MSH.*\nPID\|1\|\|100\|\|Hansen\^Kari\n$/)
  const [place] = await fixturePlaces(join(folder, 'read'))
  assert.ok(place)
  assert.deepEqual(plain(await readFixture(place)), plain(fixture))
})

/** Bytes compare as bytes, whichever kind of array holds them. */
function plain(fixture: Fixture): unknown {
  return JSON.parse(
    JSON.stringify(fixture, (_, value: unknown) =>
      value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value,
    ),
  )
}

test('a route that did not change passes, and one that did is told by output and path', async () => {
  const fixtures = join(folder, 'changed')
  await fixtureIn(fixtures)
  assert.deepEqual((await run(fixtures, adt())).differences, [])
  const { ok, differences } = await run(fixtures, adt({ name: 'Jensen' }))
  assert.equal(ok, false)
  assert.deepEqual(
    differences.map(({ kind, output }) => [kind, output]),
    [
      ['output', 'lis'],
      ['output', 'archive'],
    ],
  )
  assert.match(differences[0]?.lines[0] ?? '', /^~ PID-5\.1 +Hansen → Jensen/)
})

test('a drop and a failure where there was none are differences, and so is what goes out no more', async () => {
  const fixtures = join(folder, 'ends')
  await fixtureIn(fixtures)
  const dropped = await run(fixtures, adt({ only: 'ADT^A02' }))
  assert.deepEqual(
    dropped.differences.map(({ kind, output, lines }) => [kind, output, lines[0]]),
    [
      ['drop', null, '+ admissions: no admission'],
      ['missing', 'lis', 'nothing goes out any more'],
      ['missing', 'archive', 'nothing goes out any more'],
    ],
  )
  const failed = await run(fixtures, adt({ fail: true }))
  assert.deepEqual(failed.differences[0], {
    kind: 'failure',
    output: null,
    lines: ['no failure → rename fails with broken (incorrect)'],
  })
})

test('an update writes what comes out as what is expected, and removes what goes out no more', async () => {
  const fixtures = join(folder, 'update')
  const { folder: own } = await fixtureIn(fixtures)
  const updated = await run(fixtures, adt({ only: 'ADT^A02' }), true)
  assert.deepEqual([updated.ok, updated.updated], [true, true])
  assert.deepEqual(await readdir(own), ['expected.json', 'fixture.json', 'input.hl7'])
  assert.deepEqual((await run(fixtures, adt({ only: 'ADT^A02' }))).differences, [])
})

test('a message that waits in a group goes on alone, so that its output is held, too', async () => {
  const collect = route('adt', facts)
    .from(mllp({ endpoint: 'in' }))
    .parse(hl7v2())
    .aggregate('by-patient', { key: m => m.text('PID-3.1'), count: 2, timeout: '1h', combine: ([first]) => first })
    .map('text', m => m?.text('PID-5.1') ?? 'none')
    .to('lis', mllp({ endpoint: 'lis' }))
    .onError({ deadLetter: 'adt' })
  const outcome = await runMessage({ definition: collect, input: { bytes, attributes: {} }, capabilities: {}, now })
  assert.deepEqual(outcome.joined, [{ step: 'by-patient', key: '100' }])
  assert.deepEqual(
    outcome.outputs.map(output => [output.destination, output.number, Buffer.from(output.bytes).toString()]),
    [['lis', 1, 'Nordmann']],
  )
})

test('a fixture that is damaged, or whose route is gone, fails with what to do', async () => {
  const fixtures = join(folder, 'damaged')
  const { folder: own } = await fixtureIn(fixtures)
  const gone = route('other', facts)
    .from(mllp({ endpoint: 'in' }))
    .to('lis', mllp({ endpoint: 'lis' }))
    .onError({ deadLetter: 'x' })
  assert.match((await run(fixtures, gone)).error ?? '', /no route is named 'adt'/)
  await rm(join(own, 'lis-1.hl7'))
  assert.match((await run(fixtures, adt())).error ?? '', /lis-1\.hl7 cannot be read/)
  await appendFile(join(own, 'expected.json'), 'x')
  assert.match((await run(fixtures, adt())).error ?? '', /expected\.json is no JSON/)
  await writeFile(join(own, 'fixture.json'), '{"input":"../../etc/passwd"}')
  assert.match((await run(fixtures, adt())).error ?? '', /fixture\.json: /)
})

test('a report for CI holds every test and says what failed, in XML that is well-formed', async () => {
  const fixtures = join(folder, 'junit')
  await fixtureIn(fixtures)
  const recorded = [await run(fixtures, adt({ name: '<&"Å' }))]
  const tests = [
    { file: '/r/adt.test.ts', name: 'a < b', ok: true, skipped: false, ms: 12, error: undefined },
    { file: '/r/adt.test.ts', name: 'broken', ok: false, skipped: false, ms: 1, error: 'first\n\u001b[31msecond' },
    { file: '/r/adt.test.ts', name: 'later', ok: true, skipped: true, ms: 0, error: undefined },
  ]
  const xml = junitReport(tests, recorded)
  assert.match(xml, /<testsuites tests="4" failures="2" skipped="1" time="/)
  assert.match(xml, /<testcase classname="\/r\/adt\.test\.ts" name="a &lt; b" time="0\.012"\/>/)
  assert.match(xml, /<failure message="first">first&#10;\ufffd\[31msecond<\/failure>/)
  assert.match(xml, /<testsuite name="adt \(recorded\)" tests="1" failures="1"/)
  assert.match(xml, /PID-5\.1 +Hansen → &lt;/)
})
