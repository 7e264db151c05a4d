import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chown, mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { SambandError } from '@samband/errors'
import type { Binaries } from './binaries.ts'
import { identityOf, type SystemUser } from './system-user.ts'

export const databaseUser = 'samband'

/** Nothing of our own environment reaches the server: it may hold the master key. */
export const serverEnvironment: NodeJS.ProcessEnv = { LC_ALL: 'C', TZ: 'UTC', PATH: '/usr/bin:/bin' }

export type ClusterInput = {
  /** PostgreSQL's data directory. */
  readonly cluster: string
  readonly passwordFile: string
  readonly user: SystemUser | undefined
  readonly binaries: Binaries
}

/**
 * Makes the cluster the first time. The order of the steps leaves no half-made state behind: password beside, cluster
 * beside, rename cluster, rename password. Killed between the two last, the next start does the last.
 *
 * @returns the password of the database user
 */
export async function openCluster(input: ClusterInput): Promise<string> {
  const { cluster, passwordFile, binaries } = input
  const draftPassword = `${passwordFile}.new`
  const version = await readIfThere(join(cluster, 'PG_VERSION'))
  const password = await readIfThere(passwordFile)
  if (version === undefined) {
    if (password !== undefined) throw clusterMissing(input)
    return createCluster(input, draftPassword)
  }
  checkVersion(version.trim(), cluster, binaries)
  if (password !== undefined) return password.trim()
  const unfinished = await readIfThere(draftPassword)
  if (unfinished === undefined) throw passwordMissing(passwordFile)
  await rename(draftPassword, passwordFile)
  return unfinished.trim()
}

async function createCluster(input: ClusterInput, draftPassword: string): Promise<string> {
  const { cluster, passwordFile, user } = input
  const password = randomBytes(24).toString('base64url')
  const draft = `${cluster}.new`
  // initdb reads the password as the user that the server runs as, who may not read what is ours.
  const handOver = `${cluster}.password`
  await writeSecret(draftPassword, `${password}\n`)
  try {
    await mkdir(dirname(cluster), { recursive: true, mode: 0o755 })
    await rm(draft, { recursive: true, force: true })
    await mkdir(draft, { mode: 0o700 })
    await writeSecret(handOver, `${password}\n`)
    if (user !== undefined) for (const path of [draft, handOver]) await chown(path, user.uid, user.gid)
    runInitdb(input, draft, handOver)
  } finally {
    await rm(handOver, { force: true })
  }
  await rename(draft, cluster)
  await rename(draftPassword, passwordFile)
  for (const folder of new Set([dirname(cluster), dirname(passwordFile)])) await syncFolder(folder)
  return password
}

function runInitdb({ binaries, user, cluster }: ClusterInput, draft: string, passwordFile: string): void {
  const access = ['-U', databaseUser, `--pwfile=${passwordFile}`, '--auth=scram-sha-256']
  const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8']
  const { status, stderr, error } = spawnSync(
    join(binaries.folder, 'bin', 'initdb'),
    ['-D', draft, ...access, ...locale, '--data-checksums', '--no-instructions'],
    { ...identityOf(user), cwd: '/', env: serverEnvironment, encoding: 'utf8' },
  )
  if (status === 0) return
  const reason = error?.message ?? /^.*error: (.*)$/m.exec(stderr)?.[1] ?? 'initdb failed'
  throw new SambandError({
    code: 'embedded-init-failed',
    category: 'fault',
    message: `cannot make the database in ${cluster} (${reason}): correct that, or set SAMBAND_DATA`,
    cause: error,
  })
}

function checkVersion(found: string, cluster: string, binaries: Binaries): void {
  const have = binaries.packageVersion.split('.')[0]
  if (found === have) return
  throw new SambandError({
    code: 'embedded-data-version',
    category: 'unsupported',
    message: `the data in ${cluster} is of PostgreSQL ${found}, the embedded server is ${have}: move it with pg_dump and pg_restore, or set SAMBAND_DATABASE_URL`,
  })
}

function clusterMissing({ cluster, passwordFile }: ClusterInput): SambandError {
  return new SambandError({
    code: 'embedded-cluster-missing',
    category: 'not-found',
    message: `the database that was in ${cluster} is gone: restore it, or delete ${dirname(passwordFile)} to start with an empty one`,
  })
}

function passwordMissing(passwordFile: string): SambandError {
  return new SambandError({
    code: 'embedded-password-missing',
    category: 'not-found',
    message: `the file ${passwordFile} with the password of the embedded database is gone: restore it from a backup`,
  })
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
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
