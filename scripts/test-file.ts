import { run } from 'node:test'
import { inspect } from 'node:util'

/** A test that failed or was skipped. */
export interface NamedTest {
  readonly name: string
  /** 1-based line in the file, where node tells it. */
  readonly line?: number
  /** Why: the failure with its stack, or the reason for the skip. */
  readonly why: string
}

export interface FileResult {
  readonly path: string
  readonly passed: number
  readonly failed: readonly NamedTest[]
  readonly skipped: readonly NamedTest[]
  readonly suites: number
  readonly durationMs: number
  /** What the tests wrote, standard output and error together. */
  readonly output: string
}

export interface TestLimits {
  /** For one test that names no timeout of its own. */
  readonly testTimeoutMs: number
  /** For the whole file: a socket or timer left open keeps its process alive for ever. */
  readonly fileTimeoutMs: number
}

/** What node:test tells of a test that has ended, as far as it is used here. */
type TestEvent = {
  readonly name: string
  readonly nesting: number
  readonly file?: string
  readonly line?: number
  readonly skip?: string | boolean
  readonly todo?: string | boolean
  readonly details: { readonly type?: string; readonly error?: Error & { failureType?: string; cause?: unknown } }
}

/** Runs one test file in a process of its own. `path` is absolute. */
export async function runTestFile(path: string, limits: TestLimits, stop: AbortSignal): Promise<FileResult> {
  const startedMs = performance.now()
  const fileTimeout = AbortSignal.timeout(limits.fileTimeoutMs)
  const signal = AbortSignal.any([stop, fileTimeout])
  const failed: NamedTest[] = []
  const skipped: NamedTest[] = []
  let passed = 0
  let suites = 0
  let output = ''
  const collect = (event: TestEvent, ok: boolean): void => {
    // The file itself is an event too: it tells something only when it failed without any test failing.
    if (event.name === path) {
      if (!ok && failed.length === 0 && !fileTimeout.aborted) failed.push(fileFailure(event, output))
    } else if (event.details.type === 'suite') {
      suites += 1
      if (!ok && !isSubtestFailure(event)) failed.push(namedFailure(event))
    } else if (isSkip(event)) skipped.push(namedSkip(event))
    else if (ok) passed += 1
    else if (!isSubtestFailure(event)) failed.push(namedFailure(event))
  }
  for await (const { type, data } of run({ files: [path], timeout: limits.testTimeoutMs, concurrency: 1, signal })) {
    if (type === 'test:pass') collect(data, true)
    else if (type === 'test:fail') collect(data, false)
    else if (type === 'test:stdout' || type === 'test:stderr') output += data.message
  }
  if (fileTimeout.aborted) failed.push(neverEnded(limits.fileTimeoutMs))
  else if (passed + failed.length + skipped.length === 0) failed.push({ name: 'no test in this file', why: '' })
  return { path, passed, failed, skipped, suites, durationMs: performance.now() - startedMs, output }
}

function isSkip({ skip, todo }: TestEvent): boolean {
  return (skip !== undefined && skip !== false) || (todo !== undefined && todo !== false)
}

/** A test that failed only because one of its own subtests did: that one is told. */
function isSubtestFailure({ details }: TestEvent): boolean {
  return details.error?.failureType === 'subtestsFailed'
}

function named({ name, line }: TestEvent, why: string): NamedTest {
  return line === undefined ? { name, why } : { name, line, why }
}

function namedSkip(event: TestEvent): NamedTest {
  const reason = typeof event.skip === 'string' ? event.skip : typeof event.todo === 'string' ? event.todo : ''
  return named(event, reason || (event.skip ? 'no reason given' : 'to do'))
}

function namedFailure(event: TestEvent): NamedTest {
  const { error } = event.details
  const cause = error?.cause ?? error
  return named(event, typeof cause === 'string' ? cause : inspect(cause, { depth: 4 }))
}

function fileFailure(event: TestEvent, output: string): NamedTest {
  return { name: 'the file could not be run to its end', why: output.trim() || namedFailure(event).why }
}

function neverEnded(timeoutMs: number): NamedTest {
  const name = `the file did not end within ${timeoutMs / 1000} s`
  return { name, why: 'a test hangs, or something it opened (socket, timer, worker) is not closed' }
}
