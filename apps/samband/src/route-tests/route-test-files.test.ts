import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { routeTestFiles, runRouteTests } from './route-test-files.ts'

const files: Readonly<Record<string, string>> = {
  'adt.test.ts': `
    import { describe, test } from 'node:test'
    describe('suite', () => { test('in a suite', () => {}) })
    test('parent', async t => { await t.test('child', () => { throw new Error('y') }) })
    test('skipped', { skip: 'not yet' }, () => {})
    test('to do', { todo: true }, () => { throw new Error('z') })`,
  'broken.test.ts': `throw new Error('half a file')`,
  'hanging.test.ts': `import { test } from 'node:test'\nsetInterval(() => {}, 1000)\ntest('ends', () => {})`,
  'route.ts': '',
}

let folder: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'samband-route-tests-'))
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
})
after(() => rm(folder, { recursive: true }))

test('the tests of a folder are those beside its routes; of some routes, those that are named after them', async () => {
  const names = async (routes: readonly string[]): Promise<readonly string[]> =>
    (await routeTestFiles(folder, routes)).map(file => file.slice(folder.length + 1))
  assert.deepEqual(await names([]), ['adt.test.ts', 'broken.test.ts', 'hanging.test.ts'])
  assert.deepEqual(await names(['adt', 'other']), ['adt.test.ts'])
})

test('each test is told once, file by file; a file that breaks or never ends fails by itself', async () => {
  const told: string[] = []
  const results = await runRouteTests({
    files: await routeTestFiles(folder, []),
    cwd: folder,
    fileTimeoutMs: 4_000,
    onResult: ({ file, name, ok, skipped }) => {
      told.push(`${file.slice(folder.length + 1)}: ${name} ${skipped ? 'skipped' : ok ? 'ok' : 'failed'}`)
      return Promise.resolve()
    },
  })
  assert.deepEqual(told, [
    'adt.test.ts: in a suite ok',
    'adt.test.ts: child failed',
    'adt.test.ts: skipped skipped',
    'adt.test.ts: to do skipped',
    'broken.test.ts: the file cannot be run to its end failed',
    'hanging.test.ts: ends ok',
    'hanging.test.ts: the file does not end within 4 s failed',
  ])
  assert.match(results[1]?.error ?? '', /^Error: y\n +at .*adt\.test\.ts/)
  assert.doesNotMatch(results[1]?.error ?? '', /node:internal/)
  assert.match(results[4]?.error ?? '', /half a file/)
})
