import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'

const guide = readFileSync(join(import.meta.dirname, '../../../docs/guide/hl7v2.md'), 'utf8')

/** Each example with the output that stands below it. */
const EXAMPLE = /^## (.+)$|^```ts\n([\s\S]*?)^```\n\n```text\n([\s\S]*?)^```/gm

/** Runs a module as a reader would, from a folder where the package is found. */
async function run(
  code: string,
): Promise<{ readonly output: string; readonly errors: string; readonly code: unknown }> {
  const child = spawn(process.execPath, ['--input-type=module-typescript', '-'], { cwd: import.meta.dirname })
  const outputs = Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  child.stdin.end(code)
  const [output, errors, [exitCode]] = await outputs
  return { output, errors, code: exitCode }
}

let section = ''
let count = 0
for (const [, heading, code, expected] of guide.matchAll(EXAMPLE)) {
  if (heading !== undefined) section = heading
  if (code === undefined || expected === undefined) continue
  count++
  test(`the example under '${section}' writes what the guide says`, async () => {
    const { output, errors, code: exitCode } = await run(code)
    assert.equal(exitCode, 0, errors)
    assert.equal(trimmed(output), trimmed(expected))
  })
}

test('every example of the guide has its output below it', () => {
  assert.equal(count, guide.match(/^```ts$/gm)?.length)
  assert.ok(count >= 9)
})

function trimmed(output: string): string {
  return output.replaceAll(/[ \t]+$/gm, '').trimEnd()
}
