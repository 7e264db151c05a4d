import { join } from 'node:path'
import { toSambandError } from '@samband/errors'
import { openDatabase } from '@samband/store'
import { CliError, exitCodeOf, exitCodes } from '../../cli/exit-codes.ts'
import { startError } from '../../cli/start-error.ts'
import { type Deployment, loadConfig } from '../../config/load-config.ts'
import { type RunningDatabase, openOwnDatabase } from '../database.ts'
import { enginePartWithinMs, engineParts, startEngineProcess } from '../engine-process.ts'
import { openLog, type ServerLog } from '../log.ts'
import { Shutdown } from '../shutdown.ts'
import type { FromProcess, ProcessFailure, ProcessStart, ToProcess } from './process-messages.ts'

const stopOrder = [...engineParts, 'database', 'log']
const stopWithinDefaultMs = 1_500

/**
 * One engine process of several. *Waiting* for the supervisor's 'start' -> *starting* -> *running* -> *stopping*, on the
 * supervisor's word or on SIGTERM (which ends this one only: the supervisor starts another). When the supervisor is gone,
 * node:cluster ends it at once.
 */
export async function runProcess(): Promise<void> {
  // Ctrl-C in a terminal reaches every process of the group; the supervisor is the one to say what follows from it.
  for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => {})
  const stopping = Promise.withResolvers<'asked' | 'fatal'>()
  const starting = Promise.withResolvers<ProcessStart>()
  process.on('SIGTERM', () => stopping.resolve('asked'))
  process.on('message', (message: ToProcess) => {
    if (message.kind === 'start') starting.resolve(message.start)
    else stopping.resolve('asked')
  })
  let log: ServerLog | undefined
  const shutdown = new Shutdown(stopOrder, () => log)
  try {
    const start = await starting.promise
    await run(
      start,
      shutdown,
      opened => (log = opened),
      why => {
        log?.error('process-gives-up', { process: start.number, text: why })
        stopping.resolve('fatal')
      },
    )
  } catch (thrown) {
    await shutdown.run()
    await tell({ kind: 'failed', failure: failureOf(thrown) })
    process.exit(exitCodes.failure)
  }
  const why = await stopping.promise
  await shutdown.run()
  process.exit(why === 'asked' ? exitCodes.ok : exitCodes.failure)
}

async function run(
  start: ProcessStart,
  shutdown: Shutdown,
  onLog: (log: ServerLog) => void,
  onFatal: (why: string) => void,
): Promise<void> {
  const { number, place, version, consoleFolder } = start
  const { env } = process
  const config = await loadConfig({ ...place, env })
  const onStop = (name: string, stop: () => Promise<void>): void =>
    shutdown.add(name, enginePartWithinMs[name] ?? stopWithinDefaultMs, stop)
  const terminal = (line: string): void => {
    process.stderr.write(`${line} [process ${number}]\n`)
  }
  const log = openLog({
    folder: join(config.data, 'log'),
    config: config.log,
    name: `process-${number}`,
    terminal,
  })
  onLog(log)
  onStop('log', async () => log.close())
  const database = await databaseOf(config, start)
  onStop('database', database.stop)
  const {
    http,
    fhirUrl = null,
    routes,
    sources,
  } = await startEngineProcess({
    config,
    version,
    env,
    database,
    log,
    peers: start.peers,
    adoptFolders: start.adoptFolders,
    watch: start.watch ? terminal : undefined,
    tellsWarnings: number === 1,
    consoleFolder: consoleFolder === undefined ? undefined : Promise.resolve(consoleFolder),
    progress: () => {},
    onStop,
    onFatal,
  })
  log.quiet.info('started', { process: number, pid: process.pid, url: http.url })
  const { url, certificate = null } = http
  await tell({ kind: 'ready', facts: { url, fhirUrl, certificate, routes, sources } })
}

async function databaseOf({ database }: Deployment, { embedded }: ProcessStart): Promise<RunningDatabase> {
  const { url, connectionsMax } = database
  if (embedded === undefined) return await openOwnDatabase(url ?? '', connectionsMax)
  const db = await openDatabase({ url: embedded.url, poolMax: connectionsMax })
  return { db, url: embedded.url, kind: 'embedded', version: embedded.version, stop: () => db.close() }
}

function failureOf(thrown: unknown): ProcessFailure {
  const mended = startError(thrown)
  const { code, category, message, cause, stack } = toSambandError(mended)
  // A bug of ours: where it happened is needed to mend it.
  const trace = category === 'fault' ? [cause instanceof Error ? (cause.stack ?? '') : (stack ?? '')] : []
  const details = mended instanceof CliError ? mended.details : trace
  return { code, exitCode: exitCodeOf(mended), message, details }
}

/** Resolves when it is on its way: an exit right after would lose it. */
async function tell(message: FromProcess): Promise<void> {
  await new Promise<void>(resolve => {
    if (process.send === undefined) resolve()
    else process.send(message, undefined, undefined, () => resolve())
  })
}
