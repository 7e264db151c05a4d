import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { test } from 'node:test'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Runs it as a user would and answers its exit code and its rows. */
function rows(
  args: readonly string[],
): Promise<{ readonly code: number; readonly rows: readonly Record<string, unknown>[] }> {
  return new Promise(resolve => {
    execFile(process.execPath, [...args], { cwd: root }, (error, stdout) => {
      const lines = stdout.split('\n').filter(line => line !== '')
      resolve({
        code: error === null ? 0 : Number(error.code),
        rows: lines.map(line => JSON.parse(line) as Record<string, unknown>),
      })
    })
  })
}

test('the MLLP bench prints one row a number of connections, and nothing else', async () => {
  const run = await rows([
    'bench/src/main.ts',
    'mllp',
    '--connections',
    '1,4',
    '--seconds',
    '0.5',
    '--warm-up',
    '0.5',
    '--json',
  ])
  assert.equal(run.code, 0)
  assert.deepEqual(
    run.rows.map(row => [row['bench'], row['connections'], row['lost'], row['duplicates'], row['outOfOrder']]),
    [
      ['mllp', 1, 0, 0, 0],
      ['mllp', 4, 0, 0, 0],
    ],
  )
  for (const row of run.rows) {
    assert.ok(Number(row['deliveredPerSecond']) > 0)
    assert.ok(Number(row['storedBytesPerMessage']) > 300)
  }
})

for (const processes of [1, 2]) {
  test(`after kills and faults of ${processes} engine(s) nothing acknowledged is lost, out of order, or repeated without a reason`, async () => {
    const options = ['--kills', '4', '--connections', '8', '--processes', String(processes), '--json']
    const run = await rows(['bench/src/crash-test.ts', ...options])
    const row = run.rows[0]
    const checked = [
      'test',
      'kills',
      'processes',
      'lost',
      'outOfOrder',
      'duplicatesOther',
      'unknown',
      'unexpectedExits',
    ]
    assert.deepEqual(
      checked.map(name => row?.[name]),
      ['crash', 4, processes, 0, 0, 0, 0, 0],
    )
    assert.ok(Number(row?.['acknowledged']) > 0)
    assert.equal(run.code, 0)
  })
}

test('a number that is none is a usage error of the crash test', async () => {
  assert.equal((await rows(['bench/src/crash-test.ts', '--kills', 'many'])).code, 2)
})

test('a short soak reports slopes and judges only what was lost', async () => {
  const run = await rows(['bench/src/soak.ts', '--minutes', '0.05', '--rate', '200', '--sample', '0.5', '--json'])
  assert.equal(run.code, 0)
  const row = run.rows[0]
  assert.deepEqual([row?.['test'], row?.['lost'], row?.['duplicates'], row?.['judged']], ['soak', 0, 0, false])
  assert.equal(row?.['acknowledged'], row?.['delivered'])
})

test('with an offered rate times count from when a message was due', async () => {
  const run = await rows(['bench/src/main.ts', 'mllp', '--rate', '200', '--seconds', '1', '--warm-up', '0.5', '--json'])
  assert.equal(run.code, 0)
  const row = run.rows[0]
  assert.deepEqual([row?.['bench'], row?.['lost'], row?.['duplicates']], ['mllp-rate', 0, 0])
  assert.ok(Math.abs(Number(row?.['acksPerSecond']) - 200) < 40)
})

test('old days are dropped under load, and a filled journal is searched', async () => {
  const short = [
    '--messages',
    '60000',
    '--days',
    '3',
    '--seconds',
    '0.5',
    '--warm-up',
    '0.5',
    '--connections',
    '4',
    '--json',
  ]
  const prune = await rows(['bench/src/main.ts', 'prune', ...short])
  assert.deepEqual([prune.code, prune.rows[0]?.['dropped'], prune.rows[0]?.['lost']], [0, 9, 0])
  const history = await rows(['bench/src/main.ts', 'history', ...short])
  assert.deepEqual([history.code, history.rows[0]?.['notFound'], history.rows[0]?.['lost']], [0, 0, 0])
})

test('many routes start from a folder and each gets its messages', async () => {
  const run = await rows(['bench/src/main.ts', 'routes', '--routes', '5', '--json'])
  assert.deepEqual([run.code, run.rows[0]?.['delivered'], run.rows[0]?.['lost']], [0, 20, 0])
})

test('an unknown bench is a usage error', async () => {
  assert.equal((await rows(['bench/src/main.ts', 'nonsense'])).code, 2)
})
