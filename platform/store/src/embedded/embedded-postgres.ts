/**
 * A PostgreSQL of our own for trial and test: no installation, one folder. Production uses a real one
 * (`SAMBAND_DATABASE_URL`), which somebody backs up and watches.
 *
 * The server runs in a session of its own, so that Ctrl-C in the terminal reaches us first and the database is stopped
 * last. A guard process holds the read end of a pipe to us: when we are killed without a chance to stop the server, the
 * pipe closes and the guard stops it.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { open, readFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { SambandError } from '@samband/errors'
import { type Binaries, prepareBinaries } from './binaries.ts'
import { type DataFolder, databaseUser, identityOf, openDataFolder, serverEnvironment } from './data-folder.ts'
import { claim, release } from './owner.ts'
import { clearLeftOver, readPostmaster } from './postmaster.ts'
import { type SystemUser, unprivilegedUser } from './system-user.ts'

export type EmbeddedPostgresOptions = {
  /** Made when missing; see data-folder.ts for what is in it. */
  readonly dataDir: string
  /** 0 (default) takes a free one. */
  readonly port?: number
  /** Server settings on top of the defaults: `{ shared_buffers: '1GB' }`. */
  readonly settings?: Readonly<Record<string, string>>
  readonly log?: (text: string) => void
  /** Whom the server runs as when we are root. Default `SAMBAND_POSTGRES_USER`, else the first of a few that exists. */
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
  readonly pid: number
  /** Fast shutdown: clients are disconnected, everything committed is on disk. Within 5 s. */
  stop(): Promise<void>
}

const defaultFallbackDir = '/var/lib/samband'
const portAttemptsMax = 5
const readyWithinMs = 60_000
const readyPollMs = 5
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
 * @throws SambandError `embedded-binaries-missing`, `embedded-binaries-broken`, `embedded-data-unwritable`,
 * `embedded-data-version`, `embedded-in-use`, `embedded-init-failed`, `embedded-port-taken`, `embedded-start-failed`,
 * `embedded-user-missing`: one line each, with the setting to change.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const log = options.log ?? (() => {})
  const fallbackDir = options.fallbackDir ?? defaultFallbackDir
  const user = await unprivilegedUser(options.user ?? process.env['SAMBAND_POSTGRES_USER'])
  const binaries = await prepareBinaries(user, fallbackDir)
  const folder = await openDataFolder({ dataDir: options.dataDir, fallbackDir, user, binaries })
  await claim(folder.dataDir)
  try {
    await clearLeftOver(folder.cluster, log)
    const running = await startOnPort({ binaries, folder, user, options })
    const guard = startGuard(running.process, user)
    return handleOf(running, guard, folder, binaries)
  } catch (error) {
    await release(folder.dataDir)
    throw error
  }
}

type StartInput = {
  readonly binaries: Binaries
  readonly folder: DataFolder
  readonly user: SystemUser | undefined
  readonly options: EmbeddedPostgresOptions
}

type Running = { readonly process: ChildProcess; readonly pid: number; readonly port: number }

/** A free port may be taken by somebody else before the server binds it: then another is tried. */
async function startOnPort(input: StartInput): Promise<Running> {
  const fixedPort = input.options.port ?? 0
  if (fixedPort !== 0 && (await isTaken(fixedPort))) throw portTaken(fixedPort)
  for (let attempt = 1; ; attempt += 1) {
    const port = fixedPort === 0 ? await freePort() : fixedPort
    try {
      return await startServer(input, port)
    } catch (error) {
      const mayTryAnother = error instanceof SambandError && error.code === 'embedded-port-taken' && fixedPort === 0
      if (!mayTryAnother || attempt === portAttemptsMax) throw error
    }
  }
}

async function startServer({ binaries, folder, user, options }: StartInput, port: number): Promise<Running> {
  const settings = { ...defaultSettings, ...options.settings, port: String(port) }
  const args = [
    '-D',
    folder.cluster,
    ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ]
  const logHandle = await open(folder.logFile, 'a', 0o600)
  const logStart = (await logHandle.stat()).size
  let child: ChildProcess
  try {
    child = spawn(join(binaries.folder, 'bin', 'postgres'), args, {
      ...identityOf(user),
      cwd: '/',
      env: serverEnvironment,
      detached: true,
      stdio: ['ignore', logHandle.fd, logHandle.fd],
    })
    child.on('error', () => {})
  } finally {
    await logHandle.close()
  }
  if (child.pid !== undefined && (await becomesReady(child, folder.cluster, child.pid))) {
    child.unref()
    return { process: child, pid: child.pid, port }
  }
  throw await startFailure(folder.logFile, logStart, port)
}

/** The server writes `ready` into postmaster.pid when it takes connections (as `pg_ctl -w` waits for). */
async function becomesReady(child: ChildProcess, cluster: string, pid: number): Promise<boolean> {
  const end = performance.now() + readyWithinMs
  while (child.exitCode === null && child.signalCode === null) {
    const postmaster = await readPostmaster(cluster)
    if (postmaster?.ready === true && postmaster.pid === pid) return true
    if (performance.now() > end) {
      child.kill('SIGQUIT')
      await once(child, 'exit')
      return false
    }
    await delay(readyPollMs)
  }
  return false
}

async function startFailure(logFile: string, logStart: number, port: number): Promise<SambandError> {
  const text = (await readFile(logFile)).subarray(logStart).toString('utf8')
  if (/Address already in use/i.test(text)) return portTaken(port)
  const fatal = text.split('\n').filter(line => /FATAL|PANIC|error while loading/.test(line))
  const reason = fatal.at(-1)?.replace(/^.*?(FATAL|PANIC):\s*/, '') ?? 'no reason given'
  return new SambandError({
    code: 'embedded-start-failed',
    category: 'fault',
    message: `the embedded database does not start (${reason}): see ${logFile}, or set SAMBAND_DATABASE_URL`,
  })
}

/** Sends the fast-shutdown signal when our end of the pipe closes; ends by itself when it is told that all is over. */
function startGuard(server: ChildProcess, user: SystemUser | undefined): ChildProcess {
  const script = 'if read -r line; then exit 0; fi; kill -INT "$1"'
  const guard = spawn('/bin/sh', ['-c', script, 'samband-postgres-guard', String(server.pid)], {
    ...identityOf(user),
    cwd: '/',
    env: serverEnvironment,
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  guard.on('error', () => {})
  guard.stdin?.on('error', () => {})
  guard.unref()
  // The pipe must not keep our process alive; only its closing matters.
  if (guard.stdin !== null && 'unref' in guard.stdin && typeof guard.stdin.unref === 'function') guard.stdin.unref()
  return guard
}

function handleOf(running: Running, guard: ChildProcess, folder: DataFolder, binaries: Binaries): EmbeddedPostgres {
  const { process: server, pid, port } = running
  let stopping: Promise<void> | undefined
  const stop = async (): Promise<void> => {
    if (server.exitCode === null && server.signalCode === null) {
      server.ref()
      const exited = once(server, 'exit')
      server.kill('SIGINT')
      const timer = setTimeout(() => server.kill('SIGQUIT'), fastStopMs)
      await exited
      clearTimeout(timer)
    }
    guard.stdin?.end('over\n')
    await release(folder.dataDir)
  }
  return {
    url: `postgres://${databaseUser}:${folder.password}@127.0.0.1:${port}/postgres`,
    port,
    pid,
    version: binaries.packageVersion.split('.').slice(0, 2).join('.'),
    stop: () => {
      stopping ??= stop()
      return stopping
    },
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address !== null ? address.port : 0
}

/** Asked by connecting, because a socket in TIME_WAIT does not hinder the server, which binds with SO_REUSEADDR. */
async function isTaken(port: number): Promise<boolean> {
  const socket = connect({ host: '127.0.0.1', port })
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

function portTaken(port: number): SambandError {
  return new SambandError({
    code: 'embedded-port-taken',
    category: 'conflict',
    message: `port ${port} for the database is taken: set SAMBAND_DATABASE_PORT to another one, or to 0 for any free one`,
  })
}
