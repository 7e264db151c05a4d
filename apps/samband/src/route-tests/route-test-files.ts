import { readdir } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { run } from 'node:test'

export type RouteTestResult = {
  readonly file: string
  readonly name: string
  readonly ok: boolean
  /** It was skipped, or is still to be done: how it ends does not count. */
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
  /** Longest time for a file; one that leaves a timer or a socket open would never end. */
  readonly fileTimeoutMs?: number
  readonly onResult: (result: RouteTestResult) => Promise<void>
}

const fileTimeoutDefaultMs = 120_000

/** Runs the files with Node's own test runner, each in a process of its own; results come file by file, in order. */
export async function runRouteTests(options: RouteTestOptions): Promise<readonly RouteTestResult[]> {
  const { files, cwd, fileTimeoutMs = fileTimeoutDefaultMs, onResult } = options
  // Set when this command itself was started by a test; the runner would then skip the files without a word.
  delete process.env['NODE_TEST_CONTEXT']
  const running: Promise<readonly RouteTestResult[]>[] = []
  const start = (): void => {
    const file = files[running.length]
    if (file !== undefined) running.push(runFile(file, cwd, fileTimeoutMs))
  }
  for (let slot = 0; slot < availableParallelism(); slot += 1) start()
  const results: RouteTestResult[] = []
  for (let at = 0; at < files.length; at += 1) {
    for (const result of (await running[at]) ?? []) {
      results.push(result)
      await onResult(result)
    }
    start()
  }
  return results
}

type TestEnd = Extract<TestEvent, { readonly type: 'test:pass' | 'test:fail' }>
type TestEvent = ReturnType<typeof run> extends AsyncIterable<infer Event> ? Event : never

async function runFile(file: string, cwd: string, timeoutMs: number): Promise<readonly RouteTestResult[]> {
  const results: RouteTestResult[] = []
  const timeout = AbortSignal.timeout(timeoutMs)
  let unended: RouteTestResult | undefined
  let output = ''
  const begun = performance.now()
  for await (const event of run({ files: [file], cwd, signal: timeout, concurrency: 1 })) {
    if (event.type === 'test:stderr' || event.type === 'test:stdout') output += event.data.message
    if (event.type !== 'test:pass' && event.type !== 'test:fail') continue
    const result = resultOf(event, file)
    // The file itself is an event, too: it tells something only where it could not be run to its end.
    if (event.data.name === file) unended = result.ok ? undefined : { ...result, error: output.trim() || result.error }
    else if (tellsItself(event)) results.push(result)
  }
  const ms = performance.now() - begun
  const ofFile = { file, ok: false, skipped: false, ms }
  if (timeout.aborted) {
    const error = 'a test hangs, or something that it opened (a timer, a socket) is not closed'
    return [...results, { ...ofFile, name: `the file does not end within ${timeoutMs / 1_000} s`, error }]
  }
  if (unended !== undefined && results.every(({ ok }) => ok)) {
    return [...results, { ...ofFile, name: 'the file cannot be run to its end', error: unended.error }]
  }
  return results
}

/** A suite, and a test that failed for one inside it, are told by those. */
function tellsItself({ data }: TestEnd): boolean {
  const { details } = data
  if (details.type === 'suite') return false
  return !('error' in details && details.error.failureType === 'subtestsFailed')
}

function resultOf(event: TestEnd, file: string): RouteTestResult {
  const { name, skip = false, todo = false, details } = event.data
  const skipped = skip !== false || todo !== false
  const failed = event.type === 'test:fail' && !skipped
  return {
    file,
    name,
    ok: !failed,
    skipped,
    ms: details.duration_ms,
    error: failed && 'error' in details ? errorText(details.error) : undefined,
  }
}

/** Where Node runs tests is of no interest to who wrote one. */
const runnerFrame = /\n +at [^\n]*\(?node:[^\n]*/g

function errorText(error: Error): string {
  const { cause } = error
  if (cause instanceof Error) return (cause.stack ?? cause.message).replaceAll(runnerFrame, '')
  return typeof cause === 'string' ? cause : error.message
}
