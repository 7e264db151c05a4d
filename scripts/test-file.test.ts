import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { FileResult } from './test-file.ts'
import { report } from './test-report.ts'

/** Runs `source` as a test file. In a process of its own, since node refuses to run test files from within a test. */
function runSource(t: TestContext, source: string, fileTimeoutMs = 20_000): FileResult {
  const folder = mkdtempSync(join(tmpdir(), 'samband-runner-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'a.test.ts')
  writeFileSync(path, `import { describe, test } from 'node:test'\n${source}`)
  const program = `
    import { runTestFile } from ${JSON.stringify(join(import.meta.dirname, 'test-file.ts'))}
    const limits = { testTimeoutMs: 500, fileTimeoutMs: ${fileTimeoutMs} }
    const result = await runTestFile(${JSON.stringify(path)}, limits, new AbortController().signal)
    console.log(JSON.stringify(result))
    process.exit()`
  const env = { ...process.env }
  delete env['NODE_TEST_CONTEXT']
  const driver = join(folder, 'driver.ts')
  writeFileSync(driver, program)
  const child = spawnSync(process.execPath, [driver], { env, encoding: 'utf8' })
  assert.equal(child.status, 0, child.stderr)
  return JSON.parse(child.stdout) as FileResult
}

test('passed, failed and skipped tests are counted, each subtest once', t => {
  const result = runSource(
    t,
    `test('a', async t => { await t.test('b', () => {}); await t.test('c', () => { throw new Error('boom') }) })
     test('d', t => t.skip('no fax'))
     describe('e', () => { test('f', () => {}) })`,
  )
  assert.equal(result.passed, 2)
  assert.deepEqual(
    result.failed.map(({ name }) => name),
    ['c'],
  )
  assert.match(result.failed[0]?.why ?? '', /boom/)
  assert.deepEqual(
    result.skipped.map(({ name, why }) => [name, why]),
    [['d', 'no fax']],
  )
})

test('a test that exceeds its time fails', t => {
  const result = runSource(t, `test('slow', () => new Promise(done => setTimeout(done, 2000)))`)
  assert.match(result.failed[0]?.why ?? '', /timed out after 500ms/)
})

test('a file that cannot be loaded fails, with what it wrote', t => {
  const result = runSource(t, `throw new Error('cannot load')`)
  assert.equal(result.failed.length, 1)
  assert.match(result.failed[0]?.why ?? '', /cannot load/)
})

test('a file without a test fails', t => {
  assert.deepEqual(
    runSource(t, '').failed.map(({ name }) => name),
    ['no test in this file'],
  )
})

test('a file that leaves something open is ended and fails', t => {
  const result = runSource(t, `test('a', () => {}); setInterval(() => {}, 1000)`, 1500)
  assert.match(result.failed[0]?.name ?? '', /did not end within 1.5 s/)
})

test('a run in which no test ran has failed', () => {
  const skipped = {
    path: 'a.test.ts',
    passed: 0,
    failed: [],
    skipped: [{ name: 'a', why: 'b' }],
    suites: 0,
    durationMs: 1,
    output: '',
  }
  assert.equal(report([], 1).ok, false)
  assert.equal(report([skipped], 1).ok, false)
  assert.equal(report([{ ...skipped, passed: 1 }], 1).ok, true)
})

test('the last line of a report counts passed, failed and skipped', () => {
  const one = { path: 'a.test.ts', suites: 0, durationMs: 1, output: '', passed: 3 }
  const { text, ok } = report(
    [{ ...one, failed: [{ name: 'x', why: 'y' }], skipped: [{ name: 'z', why: 'no fax' }] }],
    1,
  )
  assert.equal(text.split('\n').at(-1), '3 passed, 1 failed, 1 skipped')
  assert.match(text, /Skipped:\n {2}no fax\n {4}a.test.ts z/)
  assert.equal(ok, false)
})
