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
import { chmod, chown, mkdir, open, readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { SambandError } from '@samband/errors'
import type { Binaries } from './binaries.ts'
import type { SystemUser } from './system-user.ts'

export type DataFolder = {
  readonly dataDir: string
  readonly cluster: string
  readonly password: string
  readonly logFile: string
}

export const databaseUser = 'samband'

/** The log of the last runs is kept in one older file. */
const logBytesMax = 10 * 1024 * 1024

export type DataFolderOptions = {
  readonly dataDir: string
  readonly fallbackDir: string
  readonly user: SystemUser | undefined
  readonly binaries: Binaries
}

/**
 * Makes the folder and, the first time, the cluster in it.
 *
 * @throws SambandError `embedded-data-unwritable`, `embedded-data-version`, `embedded-init-failed`
 */
export async function openDataFolder(options: DataFolderOptions): Promise<DataFolder> {
  const dataDir = await makeWritable(options.dataDir)
  const cluster = await locateCluster(dataDir, options)
  const logFile = join(dataDir, 'postgres.log')
  await rotateLog(logFile)
  const passwordFile = join(dataDir, 'password')
  const version = await readFile(join(cluster, 'PG_VERSION'), 'utf8').catch(notFoundAsUndefined)
  if (version === undefined) await createCluster(cluster, passwordFile, options)
  else checkVersion(version.trim(), options)
  const password = (
    await readFile(passwordFile, 'utf8').catch((error: unknown) => refuse(options.dataDir, error))
  ).trim()
  return { dataDir, cluster, password, logFile }
}

async function makeWritable(dataDir: string): Promise<string> {
  try {
    await mkdir(dataDir, { recursive: true })
    const probe = join(dataDir, `.write-${process.pid}-${randomBytes(4).toString('hex')}`)
    await writeFile(probe, '')
    await rm(probe)
    return await realpath(dataDir)
  } catch (error) {
    return refuse(dataDir, error)
  }
}

function refuse(dataDir: string, cause: unknown): never {
  const reason = cause instanceof Error && 'code' in cause ? String(cause.code) : 'failed'
  throw new SambandError({
    code: 'embedded-data-unwritable',
    category: 'fault',
    message: `the data folder ${dataDir} cannot be written (${reason}): correct its owner, or set SAMBAND_DATA_DIR`,
    cause,
  })
}

/** Once made, a cluster stays where it is. */
async function locateCluster(dataDir: string, { user, fallbackDir }: DataFolderOptions): Promise<string> {
  const locationFile = join(dataDir, 'location.json')
  const recorded = await readFile(locationFile, 'utf8').catch(notFoundAsUndefined)
  if (recorded !== undefined) return parseLocation(recorded, locationFile)
  const here = join(dataDir, 'cluster')
  if (user === undefined || canEnter(dataDir, user)) return here
  const name = createHash('sha256').update(dataDir).digest('hex').slice(0, 12)
  const elsewhere = join(fallbackDir, name, 'cluster')
  const note = `user ${user.name}, as which the database runs, cannot enter ${dataDir}`
  await writeFile(locationFile, `${JSON.stringify({ cluster: elsewhere, note }, null, 2)}\n`)
  return elsewhere
}

function parseLocation(text: string, file: string): string {
  const value: unknown = JSON.parse(text)
  if (typeof value === 'object' && value !== null && 'cluster' in value && typeof value.cluster === 'string') {
    return value.cluster
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

function checkVersion(found: string, { binaries, dataDir }: DataFolderOptions): void {
  const have = binaries.packageVersion.split('.')[0]
  if (found === have) return
  throw new SambandError({
    code: 'embedded-data-version',
    category: 'unsupported',
    message: `the data in ${dataDir} is of PostgreSQL ${found}, the embedded server is ${have}: move it with pg_dump and pg_restore, or set SAMBAND_DATABASE_URL`,
  })
}

/** initdb works beside and the result is renamed, so that a cluster is complete or not there at all. */
async function createCluster(cluster: string, passwordFile: string, options: DataFolderOptions): Promise<void> {
  const { user, dataDir, binaries } = options
  const draft = `${cluster}.new`
  const password = randomBytes(24).toString('base64url')
  try {
    await mkdir(dirname(cluster), { recursive: true, mode: 0o755 })
    await rm(draft, { recursive: true, force: true })
    await mkdir(draft, { mode: 0o700 })
    if (user !== undefined) await chown(draft, user.uid, user.gid)
    await writeSecret(passwordFile, `${password}\n`)
  } catch (error) {
    refuse(dataDir, error)
  }
  // The user that the server runs as may not read the clone, so initdb gets the password in a file beside the cluster.
  const handOver = `${draft}.password`
  try {
    await writeSecret(handOver, `${password}\n`)
    if (user !== undefined) await chown(handOver, user.uid, user.gid)
    runInitdb(binaries, user, draft, handOver)
  } finally {
    await rm(handOver, { force: true })
  }
  await rename(draft, cluster)
  await syncFolder(dirname(cluster))
}

function runInitdb(binaries: Binaries, user: SystemUser | undefined, cluster: string, passwordFile: string): void {
  const args = ['-D', cluster, '-U', databaseUser, `--pwfile=${passwordFile}`, '--auth=scram-sha-256']
  const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8']
  const { status, stderr, error } = spawnSync(
    join(binaries.folder, 'bin', 'initdb'),
    [...args, ...locale, '--data-checksums', '--no-instructions'],
    { ...identityOf(user), cwd: '/', env: serverEnvironment, encoding: 'utf8' },
  )
  if (status === 0) return
  const lines = (error?.message ?? stderr).trim().split('\n')
  throw new SambandError({
    code: 'embedded-init-failed',
    category: 'fault',
    message: `cannot make the database in ${cluster} (${lines.at(-1) ?? 'initdb failed'}): correct that, or set SAMBAND_DATA_DIR`,
    cause: error,
  })
}

/** Nothing of our own environment reaches the server: it may hold the master key. */
export const serverEnvironment: NodeJS.ProcessEnv = { LC_ALL: 'C', TZ: 'UTC', PATH: '/usr/bin:/bin' }

export function identityOf(user: SystemUser | undefined): { uid?: number; gid?: number } {
  return user === undefined ? {} : { uid: user.uid, gid: user.gid }
}

async function writeSecret(file: string, text: string): Promise<void> {
  await rm(file, { force: true })
  const handle = await open(file, 'wx', 0o600)
  try {
    await handle.writeFile(text)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await chmod(file, 0o600)
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function rotateLog(logFile: string): Promise<void> {
  const size = await stat(logFile).then(
    found => found.size,
    () => 0,
  )
  if (size > logBytesMax) await rename(logFile, `${logFile}.1`)
}

function notFoundAsUndefined(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT') return undefined
  throw error
}
