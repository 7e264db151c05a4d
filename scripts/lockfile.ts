/**
 * Keeps package-lock.json usable everywhere: it names no registry host, and it lists the binaries of every platform.
 *
 * Native tools ship one optional package per platform. When the registry that answered `npm install` did not carry one
 * of them, npm leaves it out of the lockfile; `npm ci` then refuses the lockfile on every machine, and that platform
 * would never get its binary. Such an entry can be completed without the registry: the parent pins the exact version,
 * and the name says which platform it is for.
 *
 *   node scripts/lockfile.ts          says what is wrong
 *   node scripts/lockfile.ts --fix    completes it
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './workspace.ts'

export interface LockEntry {
  version?: string
  resolved?: string
  link?: boolean
  optional?: boolean
  dev?: boolean
  os?: string[]
  cpu?: string[]
  libc?: string[]
  optionalDependencies?: Record<string, string>
}

export interface Lockfile {
  packages: Record<string, LockEntry>
}

export interface LockProblem {
  readonly path: string
  readonly text: string
}

interface Platform {
  os: string[]
  cpu?: string[]
  libc?: string[]
}

const systems: Readonly<Record<string, string>> = {
  aix: 'aix',
  android: 'android',
  darwin: 'darwin',
  freebsd: 'freebsd',
  linux: 'linux',
  netbsd: 'netbsd',
  openbsd: 'openbsd',
  openharmony: 'openharmony',
  sunos: 'sunos',
  win32: 'win32',
  windows: 'win32',
}

const processors: readonly string[] = [
  'arm64',
  'arm',
  'x64',
  'ia32',
  'loong64',
  'mips64el',
  'ppc64',
  'riscv64',
  's390x',
]

/** The platform that a package's name ends with, as in `@rollup/rollup-linux-arm64-musl`; undefined when it names none. */
export function platformOfName(name: string): Platform | undefined {
  const words = name.replace(/^@[^/]+\//, '').split('-')
  const os = words.map(word => systems[word]).find(system => system !== undefined)
  if (os === undefined) return undefined
  const cpu = words.find(word => processors.includes(word))
  const platform: Platform = { os: [os] }
  if (cpu !== undefined) platform.cpu = [cpu]
  if (words.includes('musl')) platform.libc = ['musl']
  else if (os === 'linux' && words.includes('gnu')) platform.libc = ['glibc']
  return platform
}

/** Optional packages that a package pins and that the lockfile does not list, with where npm would place them. */
function missingOptional(lock: Lockfile): Array<{ path: string; name: string; version: string; dev: boolean }> {
  const missing: Array<{ path: string; name: string; version: string; dev: boolean }> = []
  for (const [parent, entry] of Object.entries(lock.packages)) {
    for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
      if (resolvePath(lock, parent, name) !== undefined) continue
      missing.push({ path: `node_modules/${name}`, name, version, dev: entry.dev === true })
    }
  }
  return missing
}

/** Where Node would find `name` from inside `parent`: nested folders first, the root's last. */
function resolvePath(lock: Lockfile, parent: string, name: string): string | undefined {
  for (let folder = parent; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
    const path = folder === '' ? `node_modules/${name}` : `${folder}/node_modules/${name}`
    if (lock.packages[path]) return path
    if (folder === '') return undefined
  }
}

export function lockProblems(lock: Lockfile): LockProblem[] {
  const problems: LockProblem[] = []
  for (const [path, entry] of Object.entries(lock.packages)) {
    if (!entry.link && entry.resolved !== undefined) {
      problems.push({
        path,
        text: 'names the registry it came from; set omit-lockfile-registry-resolved=true and install again',
      })
    }
  }
  for (const { path } of missingOptional(lock)) {
    problems.push({ path, text: 'is an optional package that the lockfile leaves out, so that npm ci refuses it' })
  }
  return problems
}

/** The lockfile with what `lockProblems` finds put right; the argument is not changed. */
export function completed(lock: Lockfile): Lockfile {
  const packages: Record<string, LockEntry> = {}
  for (const [path, entry] of Object.entries(lock.packages)) {
    const { resolved, ...rest } = entry
    packages[path] = entry.link && resolved !== undefined ? entry : rest
  }
  for (const { path, name, version, dev } of missingOptional(lock)) {
    const { os, cpu, libc } = platformOfName(name) ?? {}
    // In the order in which npm writes these, so that its next run leaves the entry as it is.
    packages[path] = {
      version,
      ...(cpu ? { cpu } : {}),
      ...(dev ? { dev } : {}),
      ...(libc ? { libc } : {}),
      optional: true,
      ...(os ? { os } : {}),
    }
  }
  return { ...lock, packages: sorted(packages) }
}

function sorted(packages: Record<string, LockEntry>): Record<string, LockEntry> {
  return Object.fromEntries(Object.entries(packages).sort(([a], [b]) => a.localeCompare(b, 'en')))
}

export function readLockfile(): Lockfile {
  // A file that npm writes: its shape is npm's, and `packages` is in every lockfile since version 2.
  return JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as Lockfile
}

function main(): void {
  const lock = readLockfile()
  const problems = lockProblems(lock)
  if (problems.length > 0 && process.argv.includes('--fix')) {
    writeFileSync(join(root, 'package-lock.json'), `${JSON.stringify(completed(lock), null, 2)}\n`)
    console.log(`completed ${problems.length} entries of package-lock.json`)
    return
  }
  for (const { path, text } of problems) console.log(`package-lock.json: ${path} ${text}`)
  if (problems.length > 0) process.exitCode = 1
}

if (import.meta.main) main()
