/**
 * A PostgreSQL of our own for trial and test: no installation, one folder. Production uses a real one
 * (`SAMBAND_DATABASE_URL`), which somebody backs up and watches.
 *
 * The server runs in a session of its own, so that Ctrl-C in the terminal reaches us first and the database is stopped
 * last. When we are killed without a chance to stop it, a guard process does.
 */
import { once } from 'node:events'
import { prepareBinaries } from './binaries.ts'
import { databaseUser } from './cluster.ts'
import { type DataFolder, makeWritable, openDataFolder } from './data-folder.ts'
import { type Guard, startGuard } from './guard.ts'
import { claim, release } from './owner.ts'
import { clearLeftOver } from './postmaster.ts'
import { type Running, startServer } from './server-process.ts'
import { unprivilegedUser } from './system-user.ts'

export type EmbeddedPostgresOptions = {
  /** Made when missing; see data-folder.ts for what is in it. */
  readonly dataDir: string
  /** 0 (default) takes a free one. */
  readonly port?: number
  /** Server settings on top of the defaults: `{ shared_buffers: '1GB' }`. */
  readonly settings?: Readonly<Record<string, string>>
  readonly log?: (text: string) => void
  /** The server ended without `stop()`. */
  readonly onExit?: (reason: string) => void
  /** As whom the server runs when we are root. Default `SAMBAND_POSTGRES_USER`, else the first of a few that exists. */
  readonly user?: string
  /** Where binaries and data go when that user cannot reach the clone. Default /var/lib/samband. */
  readonly fallbackDir?: string
}

export type EmbeddedPostgres = {
  /** With the password: never print it. */
  readonly url: string
  readonly port: number
  /** '18.4' */
  readonly version: string
  /** Of the postmaster. */
  readonly pid: number
  /** Fast shutdown: clients are disconnected, everything committed is on disk. Within 5 s. */
  stop(): Promise<void>
}

const defaultFallbackDir = '/var/lib/samband'
/** After this, an immediate shutdown: nothing is lost, the next start replays the log. */
const fastStopMs = 4_000

/**
 * Durability as PostgreSQL has it by default. The log shows errors without the values that caused them, because these
 * may be a patient's.
 */
const defaultSettings: Readonly<Record<string, string>> = {
  fsync: 'on',
  full_page_writes: 'on',
  synchronous_commit: 'on',
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  password_encryption: 'scram-sha-256',
  max_connections: '200',
  shared_buffers: '256MB',
  max_wal_size: '2GB',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_min_messages: 'warning',
  log_error_verbosity: 'terse',
  log_min_error_statement: 'panic',
  log_checkpoints: 'off',
}

/**
 * @throws SambandError `embedded-user-missing`, `embedded-binaries-missing`, `embedded-binaries-broken`,
 * `embedded-data-unwritable`, `embedded-data-version`, `embedded-cluster-missing`, `embedded-password-missing`,
 * `embedded-location-invalid`, `embedded-in-use`, `embedded-init-failed`, `embedded-left-over`, `embedded-port-taken`,
 * `embedded-start-failed`: one line each, with the setting to change.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const log = options.log ?? (() => {})
  const fallbackDir = options.fallbackDir ?? defaultFallbackDir
  const user = await unprivilegedUser(options.user ?? process.env['SAMBAND_POSTGRES_USER'])
  const dataDir = await makeWritable(options.dataDir)
  const binaries = await prepareBinaries(user, fallbackDir)
  await claim(dataDir)
  try {
    const folder = await openDataFolder({ dataDir, fallbackDir, user, binaries })
    await clearLeftOver(folder.cluster, log)
    const settings = { ...defaultSettings, ...options.settings }
    const running = await startServer({ binaries, folder, user, settings, port: options.port ?? 0 })
    const guard = startGuard(running.process, user)
    return {
      url: `postgres://${databaseUser}:${folder.password}@127.0.0.1:${running.port}/postgres`,
      port: running.port,
      pid: running.pid,
      version: binaries.packageVersion.split('.').slice(0, 2).join('.'),
      stop: stopper(running, guard, folder, options.onExit),
    }
  } catch (error) {
    await release(dataDir)
    throw error
  }
}

function stopper(
  { process: server }: Running,
  guard: Guard,
  { dataDir, logFile }: DataFolder,
  onExit: EmbeddedPostgresOptions['onExit'],
): () => Promise<void> {
  let stopping: Promise<void> | undefined
  server.once('exit', (code, signal) => {
    guard.dismiss()
    if (stopping === undefined) onExit?.(`the embedded database ended (${signal ?? `code ${code}`}): see ${logFile}`)
  })
  const stop = async (): Promise<void> => {
    if (server.exitCode === null && server.signalCode === null) {
      server.ref()
      const exited = once(server, 'exit')
      server.kill('SIGINT')
      const timer = setTimeout(() => server.kill('SIGQUIT'), fastStopMs)
      await exited
      clearTimeout(timer)
    }
    await release(dataDir)
  }
  return () => {
    stopping ??= stop()
    return stopping
  }
}
