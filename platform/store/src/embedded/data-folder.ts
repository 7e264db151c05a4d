/**
 * The folder of one embedded server:
 *
 *     <dataDir>/cluster         PostgreSQL's own data (owned by the user that the server runs as, mode 0700)
 *     <dataDir>/password        of the database user `samband`, mode 0600
 *     <dataDir>/owner.json      the Samband process that runs the server
 *     <dataDir>/postgres.log    what the server says
 *     <dataDir>/location.json   only when the cluster is elsewhere, see below
 *
 * Started by root, the server runs as another user. When that user cannot reach `dataDir` (a clone in root's home),
 * the cluster is made under `fallbackDir` instead, and `location.json` says where.
 */
import { spawnSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { mkdir, readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { SambandError } from '@samband/errors'
import type { Binaries } from './binaries.ts'
import { openCluster } from './cluster.ts'
import type { SystemUser } from './system-user.ts'

export type DataFolder = {
  readonly dataDir: string
  readonly cluster: string
  readonly password: string
  readonly logFile: string
}

/** When a start finds the log larger, it becomes postgres.log.1 and that one goes. */
const logBytesMax = 10 * 1024 * 1024

export type DataFolderOptions = {
  /** As `makeWritable` returned it. */
  readonly dataDir: string
  readonly fallbackDir: string
  readonly user: SystemUser | undefined
  readonly binaries: Binaries
}

/**
 * The folder, made when missing, as an absolute path without symlinks.
 *
 * @throws SambandError `embedded-data-unwritable`
 */
export async function makeWritable(dataDir: string): Promise<string> {
  try {
    await mkdir(dataDir, { recursive: true })
    const probe = join(dataDir, `.write-${process.pid}-${randomBytes(4).toString('hex')}`)
    await writeFile(probe, '')
    await rm(probe)
    return await realpath(dataDir)
  } catch (error) {
    throw unwritable(dataDir, error)
  }
}

/**
 * @throws SambandError `embedded-data-unwritable`, `embedded-data-version`, `embedded-init-failed`,
 * `embedded-cluster-missing`, `embedded-password-missing`, `embedded-location-invalid`
 */
export async function openDataFolder({ dataDir, ...options }: DataFolderOptions): Promise<DataFolder> {
  const logFile = join(dataDir, 'postgres.log')
  try {
    const cluster = await locateCluster(dataDir, options.user, options.fallbackDir)
    await rotateLog(logFile)
    const password = await openCluster({ ...options, cluster, passwordFile: join(dataDir, 'password') })
    return { dataDir, cluster, password, logFile }
  } catch (error) {
    if (error instanceof SambandError) throw error
    throw unwritable(dataDir, error)
  }
}

/** Once made, a cluster stays where it is. */
async function locateCluster(dataDir: string, user: SystemUser | undefined, fallbackDir: string): Promise<string> {
  const locationFile = join(dataDir, 'location.json')
  const recorded = await readFile(locationFile, 'utf8').catch(() => undefined)
  if (recorded !== undefined) return parseLocation(recorded, locationFile)
  const here = join(dataDir, 'cluster')
  if (user === undefined || canEnter(dataDir, user)) return here
  const name = createHash('sha256').update(dataDir).digest('hex').slice(0, 12)
  const elsewhere = join(fallbackDir, name, 'cluster')
  const note = `user ${user.name}, as whom the database runs, cannot enter ${dataDir}`
  await writeFile(locationFile, `${JSON.stringify({ cluster: elsewhere, note }, null, 2)}\n`)
  return elsewhere
}

function parseLocation(text: string, file: string): string {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && 'cluster' in value && typeof value.cluster === 'string') {
      return value.cluster
    }
  } catch {
    // Falls through to the one message for every wrong content.
  }
  throw new SambandError({
    code: 'embedded-location-invalid',
    category: 'incorrect',
    message: `${file} does not say where the cluster is: it must hold { "cluster": "/path" }`,
  })
}

/** Asks the system by trying, because access lists and mounts count as much as mode bits. */
function canEnter(folder: string, { uid, gid }: SystemUser): boolean {
  return spawnSync('test', ['-x', folder], { uid, gid, cwd: '/' }).status === 0
}

async function rotateLog(logFile: string): Promise<void> {
  const size = await stat(logFile).then(
    found => found.size,
    () => 0,
  )
  if (size > logBytesMax) await rename(logFile, `${logFile}.1`)
}

function unwritable(dataDir: string, cause: unknown): SambandError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'failed'
  const path = cause instanceof Error && 'path' in cause ? ` at ${String(cause.path)}` : ''
  return new SambandError({
    code: 'embedded-data-unwritable',
    category: 'fault',
    message: `the data folder ${dataDir} cannot be written (${code}${path}): correct its owner, or set SAMBAND_DATA`,
    cause,
  })
}
