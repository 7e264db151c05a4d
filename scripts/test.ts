/**
 * `npm test`: every *.test.ts of the project, each file in its own process, against one throw-away PostgreSQL.
 *
 *   npm test                          everything
 *   npm test -- platform/engine       the files whose path contains one of the given words
 *   npm test -- --verbose             with what the tests write
 *   npm test -- --timeout 300         seconds for a test that names no timeout of its own (default 120)
 *
 * SAMBAND_TEST_DATABASE_URL         a PostgreSQL to use instead of the throw-away one (the user must be able to create databases)
 * SAMBAND_TEST_SERVICES=required    an absent browser, database or shared folder is a failure, not a skip
 *
 * The last line is "N passed, N failed, N skipped". Exit code 0 when nothing failed and at least one test ran.
 */
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { parseArgs } from 'node:util'
import { type FileResult, runTestFile, type TestLimits } from './test-file.ts'
import { fileLine, report } from './test-report.ts'
import { filesBelow, root } from './workspace.ts'

const folders: readonly string[] = ['standards', 'platform', 'apps', 'examples', 'bench', 'scripts']
const fileTimeoutMs = 15 * 60_000

interface Options {
  readonly filters: readonly string[]
  readonly verbose: boolean
  readonly limits: TestLimits
}

function options(): Options {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { verbose: { type: 'boolean', default: false }, timeout: { type: 'string', default: '120' } },
  })
  const seconds = Number(values.timeout)
  if (!(seconds > 0)) throw new Error(`--timeout takes a number of seconds, not "${values.timeout}"`)
  const filters = positionals.map(filter => filter.replace(/^\.\//, '').replace(/\/$/, ''))
  return { filters, verbose: values.verbose, limits: { testTimeoutMs: seconds * 1000, fileTimeoutMs } }
}

function testFiles(filters: readonly string[]): string[] {
  const all = folders.flatMap(folder => filesBelow(root, folder, path => path.endsWith('.test.ts')))
  return filters.length === 0 ? all : all.filter(path => filters.some(filter => path.includes(filter)))
}

/** Standards are pure and the scripts use no database: for them alone none is started. */
function needsDatabase(files: readonly string[]): boolean {
  return files.some(path => !/^(standards|scripts)\//.test(path))
}

interface TestDatabase {
  readonly url: string
  stop(): Promise<void>
}

/** Nothing in it outlives the run. A test that proves durability starts a server of its own. */
const throwAwaySettings: Readonly<Record<string, string>> = { fsync: 'off', full_page_writes: 'off' }

async function startDatabase(): Promise<TestDatabase> {
  const given = process.env['SAMBAND_TEST_DATABASE_URL']
  if (given !== undefined && given !== '') return { url: given, stop: () => Promise.resolve() }
  console.log('Starting a throw-away PostgreSQL.')
  const { startEmbeddedPostgres } = await import('@samband/store')
  const dataDir = await mkdtemp(join(tmpdir(), 'samband-test-'))
  // The server's unprivileged user must be able to pass through it.
  await chmod(dataDir, 0o755)
  const server = await startEmbeddedPostgres({ dataDir, port: 0, settings: throwAwaySettings, fallbackDir: dataDir })
  const stop = async (): Promise<void> => {
    await server.stop()
    await rm(dataDir, { recursive: true, force: true })
  }
  return { url: server.url, stop }
}

/** No setting of the one who runs the tests reaches them: a SAMBAND_DATABASE_URL would point at real data. */
function cleanEnvironment(): void {
  for (const name of Object.keys(process.env)) {
    if (name.startsWith('SAMBAND_') && !name.startsWith('SAMBAND_TEST_')) delete process.env[name]
  }
}

async function runFiles(
  files: readonly string[],
  { limits, verbose }: Options,
  stop: AbortSignal,
): Promise<FileResult[]> {
  const results: FileResult[] = []
  const pending = [...files]
  const worker = async (): Promise<void> => {
    for (let path = pending.shift(); path !== undefined && !stop.aborted; path = pending.shift()) {
      const result = await runTestFile(join(root, path), limits, stop)
      results.push({ ...result, path: relative(root, result.path) })
      console.log(fileLine({ ...result, path }, verbose))
    }
  }
  await Promise.all(Array.from({ length: Math.max(2, availableParallelism()) }, worker))
  return results.sort((a, b) => (a.path < b.path ? -1 : 1))
}

async function main(): Promise<boolean> {
  const chosen = options()
  const files = testFiles(chosen.filters)
  if (files.length === 0) {
    console.log(`No test file matches ${chosen.filters.join(', ') || '*.test.ts'}.\n0 passed, 0 failed, 0 skipped`)
    return false
  }
  cleanEnvironment()
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort())
  const startedMs = performance.now()
  const database = needsDatabase(files) ? await startDatabase() : undefined
  try {
    if (database) process.env['SAMBAND_TEST_DATABASE_URL'] = database.url
    const results = await runFiles(files, chosen, stop.signal)
    const { text, ok } = report(results, performance.now() - startedMs)
    // The database stops before the last line is written, so that nothing it says comes after.
    await database?.stop()
    console.log(text)
    return ok && !stop.signal.aborted
  } catch (error) {
    await database?.stop()
    throw error
  }
}

process.exitCode = (await main()) ? 0 : 1
