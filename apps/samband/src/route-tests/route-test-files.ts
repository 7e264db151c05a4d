import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from 'node:test'

export type RouteTestResult = {
  readonly file: string
  readonly name: string
  readonly ok: boolean
  readonly skipped: boolean
  readonly ms: number
  /** What went wrong, as the test says it. */
  readonly error: string | undefined
}

/** `*.test.ts` beside the routes of a folder; of some routes only, those that are named after them. */
export async function routeTestFiles(folder: string, routes: readonly string[]): Promise<readonly string[]> {
  const names = (await readdir(folder)).filter(name => /\.test\.m?[tj]s$/.test(name)).toSorted()
  return names
    .filter(name => routes.length === 0 || routes.includes(name.replace(/\.test\.m?[tj]s$/, '')))
    .map(name => join(folder, name))
}

export type RouteTestOptions = {
  readonly files: readonly string[]
  readonly cwd: string
  readonly onResult: (result: RouteTestResult) => Promise<void>
}

/** A test that waits for something that never comes must not keep a deployment waiting. */
const testTimeoutMs = 120_000

/** Runs the files with Node's own test runner, each in a process of its own. */
export async function runRouteTests({ files, cwd, onResult }: RouteTestOptions): Promise<readonly RouteTestResult[]> {
  if (files.length === 0) return []
  // Set when this command itself was started by a test; the runner would then skip the files without a word.
  delete process.env['NODE_TEST_CONTEXT']
  const results: RouteTestResult[] = []
  for await (const event of run({ files: [...files], cwd, timeout: testTimeoutMs, concurrency: true })) {
    if (event.type !== 'test:pass' && event.type !== 'test:fail') continue
    const { data } = event
    // A suite is as good as its tests, which are told one by one.
    if (data.details.type === 'suite') continue
    const result: RouteTestResult = {
      file: data.file ?? '',
      name: data.name,
      ok: event.type === 'test:pass',
      skipped: data.skip !== undefined && data.skip !== false,
      ms: data.details.duration_ms,
      error: event.type === 'test:fail' ? errorText(event.data.details.error) : undefined,
    }
    results.push(result)
    await onResult(result)
  }
  return results
}

function errorText(error: Error): string {
  const { cause } = error
  if (cause instanceof Error) return cause.stack ?? cause.message
  return typeof cause === 'string' ? cause : error.message
}
