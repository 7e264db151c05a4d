import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { open, readFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { SambandError } from '@samband/errors'
import type { Binaries } from './binaries.ts'
import { serverEnvironment } from './cluster.ts'
import type { DataFolder } from './data-folder.ts'
import { readPostmaster } from './postmaster.ts'
import { identityOf, type SystemUser } from './system-user.ts'

export type StartInput = {
  readonly binaries: Binaries
  readonly folder: DataFolder
  readonly user: SystemUser | undefined
  /** 0 takes a free one. */
  readonly port: number
  readonly settings: Readonly<Record<string, string>>
}

export type Running = { readonly process: ChildProcess; readonly pid: number; readonly port: number }

const portAttemptsMax = 5
const readyWithinMs = 60_000
const readyPollMs = 5
/** Workers of a killed server notice within this time that it is gone. */
const workersGoneWithinMs = 10_000
const workersPollMs = 50

/** @throws SambandError `embedded-port-taken`, `embedded-start-failed` */
export async function startServer(input: StartInput): Promise<Running> {
  if (input.port !== 0 && (await isTaken(input.port))) throw portTaken(input.port)
  const workersEnd = performance.now() + workersGoneWithinMs
  for (let portAttempt = 1; ; ) {
    const port = input.port === 0 ? await freePort() : input.port
    const outcome = await launch(input, port)
    if ('process' in outcome) return outcome
    if (outcome.failure === 'workers-alive' && performance.now() < workersEnd) {
      await delay(workersPollMs)
    } else if (outcome.failure === 'port-taken' && input.port === 0 && portAttempt < portAttemptsMax) {
      // Somebody took the free port before the server bound it.
      portAttempt += 1
    } else {
      throw outcome.failure === 'port-taken' ? portTaken(port) : startFailed(input.folder.logFile, outcome.reason)
    }
  }
}

type Failure = { readonly failure: 'port-taken' | 'workers-alive' | 'other'; readonly reason: string }

async function launch({ binaries, folder, user, settings }: StartInput, port: number): Promise<Running | Failure> {
  const all = Object.entries({ ...settings, port: String(port) })
  const args = ['-D', folder.cluster, ...all.flatMap(([name, value]) => ['-c', `${name}=${value}`])]
  const log = await open(folder.logFile, 'a', 0o600)
  try {
    const logStart = (await log.stat()).size
    const child = spawn(join(binaries.folder, 'bin', 'postgres'), args, {
      ...identityOf(user),
      cwd: '/',
      env: serverEnvironment,
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
    })
    child.on('error', () => {})
    const { pid } = child
    if (pid !== undefined && (await becomesReady(child, folder.cluster, pid))) {
      child.unref()
      return { process: child, pid, port }
    }
    return failureOf((await readFile(folder.logFile)).subarray(logStart).toString('utf8'))
  } finally {
    await log.close()
  }
}

/** The server writes `ready` into postmaster.pid when it takes connections (as `pg_ctl -w` waits for). */
async function becomesReady(child: ChildProcess, cluster: string, pid: number): Promise<boolean> {
  const end = performance.now() + readyWithinMs
  while (child.exitCode === null && child.signalCode === null) {
    const postmaster = await readPostmaster(cluster)
    if (postmaster?.ready === true && postmaster.pid === pid) return true
    if (performance.now() > end) {
      const exited = once(child, 'exit')
      child.kill('SIGQUIT')
      await exited
      return false
    }
    await delay(readyPollMs)
  }
  return false
}

function failureOf(log: string): Failure {
  if (/Address already in use/i.test(log)) return { failure: 'port-taken', reason: 'port taken' }
  const fatal = log.split('\n').filter(line => /FATAL|PANIC|error while loading/.test(line))
  const reason = fatal.at(-1)?.replace(/^.*?(FATAL|PANIC):\s*/, '') ?? 'no reason given'
  return { failure: /pre-existing shared memory/.test(log) ? 'workers-alive' : 'other', reason }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address !== null ? address.port : 0
}

/** Asked by connecting: a connection in TIME_WAIT holds the port against `listen` here, not against the server. */
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
    message: `port ${port} for the database is taken: set SAMBAND_EMBEDDED_PORT to another one, or to 0 for any free one`,
  })
}

function startFailed(logFile: string, reason: string): SambandError {
  return new SambandError({
    code: 'embedded-start-failed',
    category: 'fault',
    message: `the embedded database does not start (${reason}): see ${logFile}, or set SAMBAND_DATABASE_URL`,
  })
}
