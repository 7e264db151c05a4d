import { randomBytes } from 'node:crypto'
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isAlive, startStamp } from '@samband/store'
import { CliError, configurationError, exitCodes } from '../cli/exit-codes.ts'

/**
 * Everything that outlives the process:
 *
 *     <data>/postgres/      the embedded database
 *     <data>/master.key     the key that everything at rest hangs on, mode 0600
 *     <data>/log/           structured log lines, without patient data
 *     <data>/lock.json      which process works here
 *     <data>/server.json    where it answers, and a token for commands on this machine, mode 0600; only while it runs
 */
export type DataFolder = {
  readonly path: string
  readonly postgres: string
  readonly log: string
  readonly serverFile: string
  /** Lets the next process in. */
  readonly release: () => Promise<void>
}

type Owner = { readonly pid: number; readonly started: string }

/**
 * Makes the folder and takes it for this process. What a killed process left behind blocks nobody: the lock counts only
 * while that very process lives (its id and its start time).
 *
 * @throws CliError `data-folder-unwritable`, `already-running`
 */
export async function openDataFolder(path: string): Promise<DataFolder> {
  const lock = join(path, 'lock.json')
  const mine: Owner = { pid: process.pid, started: (await startStamp(process.pid)) ?? '' }
  const draft = join(path, `.lock.${process.pid}.${randomBytes(4).toString('hex')}`)
  try {
    await mkdir(join(path, 'log'), { recursive: true })
    await writeFile(draft, `${JSON.stringify(mine)}\n`, { flag: 'wx' })
  } catch (cause) {
    const reason = cause instanceof Error && 'code' in cause ? ` (${String(cause.code)})` : ''
    throw configurationError(
      `the data folder ${path} cannot be written to${reason}: make it writable, or set SAMBAND_DATA to another`,
      [],
      cause,
    )
  }
  try {
    const owner = await readOwner(lock)
    if (owner !== undefined && owner.pid !== process.pid && (await lives(owner))) throw alreadyRunning(path, owner.pid)
    await rename(draft, lock)
    // Two that start at the same moment both get here: the one that wrote last has it.
    const winner = await readOwner(lock)
    if (winner !== undefined && winner.pid !== mine.pid) throw alreadyRunning(path, winner.pid)
  } finally {
    await rm(draft, { force: true })
  }
  return {
    path,
    postgres: join(path, 'postgres'),
    log: join(path, 'log'),
    serverFile: join(path, 'server.json'),
    release: async () => {
      if ((await readOwner(lock))?.pid === process.pid) await rm(lock, { force: true })
    },
  }
}

async function lives(owner: Owner): Promise<boolean> {
  return isAlive(owner.pid) && (await startStamp(owner.pid)) === owner.started
}

function alreadyRunning(path: string, pid: number): CliError {
  return new CliError({
    code: 'already-running',
    exitCode: exitCodes.conflict,
    message: `Samband already runs on ${path} (process ${pid}): stop it, or set SAMBAND_DATA to another folder`,
  })
}

async function readOwner(lock: string): Promise<Owner | undefined> {
  const value = await readJson(lock)
  if (typeof value !== 'object' || value === null || !('pid' in value) || !('started' in value)) return undefined
  if (typeof value.pid !== 'number' || typeof value.started !== 'string') return undefined
  return { pid: value.pid, started: value.started }
}

/** How commands on this machine reach the server without a login. */
export type LocalServer = {
  readonly url: string
  readonly token: string
  readonly pid: number
  /** PEM, when it speaks TLS: commands on this machine trust this very certificate. */
  readonly certificate?: string
}

/** Written beside and renamed, so that no command reads half a file; mode 0600, as the token opens everything. */
export async function writeServerFile(file: string, server: LocalServer): Promise<void> {
  const draft = `${file}.${process.pid}`
  await rm(draft, { force: true })
  await writeFile(draft, `${JSON.stringify(server)}\n`, { mode: 0o600, flag: 'wx' })
  await rename(draft, file)
}

/** Undefined: no server runs on that folder, as far as the folder knows. */
export async function readServerFile(data: string): Promise<LocalServer | undefined> {
  const file = join(data, 'server.json')
  const value = await readJson(file)
  if (typeof value !== 'object' || value === null) return undefined
  if (!('url' in value) || !('token' in value) || !('pid' in value)) return undefined
  const { url, token, pid } = value
  if (typeof url !== 'string' || typeof token !== 'string' || typeof pid !== 'number') return undefined
  if (!isAlive(pid)) return undefined
  const certificate = 'certificate' in value && typeof value.certificate === 'string' ? value.certificate : undefined
  return { url, token, pid, ...(certificate === undefined ? {} : { certificate }) }
}

async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as unknown
  } catch {
    return undefined
  }
}

/** Whether a file exists but may not be read by us: another user's server. */
export async function isForbidden(data: string): Promise<boolean> {
  const file = join(data, 'server.json')
  const there = await stat(file).then(
    () => true,
    () => false,
  )
  return (
    there &&
    (await readFile(file).then(
      () => false,
      () => true,
    ))
  )
}
