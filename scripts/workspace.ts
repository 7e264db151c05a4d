import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** The project's root folder. */
export const root: string = dirname(import.meta.dirname)

/** What the checks need to know of a package.json. */
export interface Manifest {
  readonly name: string
  readonly private?: boolean
  readonly workspaces?: readonly string[]
  /** Keyed by `.` and subpaths such as `./contract`. */
  readonly exports?: Readonly<Record<string, unknown>>
  readonly scripts?: Readonly<Record<string, string>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
}

export interface Workspace {
  /** Relative to the root, with forward slashes; empty for the root itself. */
  readonly folder: string
  readonly manifest: Manifest
}

export function readManifest(folder: string): Manifest {
  // Written by us and by npm; a wrong shape shows as a failing check.
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest
}

/** Every workspace of the project at `projectRoot`, sorted by folder; the root's own package.json is not among them. */
export function workspaces(projectRoot: string = root): Workspace[] {
  const folders = (readManifest(projectRoot).workspaces ?? []).flatMap(pattern => {
    if (!pattern.endsWith('/*')) return [pattern]
    const parent = pattern.slice(0, -2)
    if (!existsSync(join(projectRoot, parent))) return []
    return readdirSync(join(projectRoot, parent)).map(name => `${parent}/${name}`)
  })
  return folders
    .filter(folder => existsSync(join(projectRoot, folder, 'package.json')))
    .sort()
    .map(folder => ({ folder, manifest: readManifest(join(projectRoot, folder)) }))
}

const skippedFolders: ReadonlySet<string> = new Set(['node_modules', 'dist', 'coverage'])

/**
 * The files below `folder` (relative to the root) that `wanted` accepts, sorted. Installed, built and hidden folders are
 * left out.
 */
export function filesBelow(projectRoot: string, folder: string, wanted: (path: string) => boolean): string[] {
  const found: string[] = []
  const pending = [folder]
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    if (!existsSync(join(projectRoot, at))) continue
    for (const entry of readdirSync(join(projectRoot, at), { withFileTypes: true })) {
      const path = at === '' ? entry.name : `${at}/${entry.name}`
      if (entry.isDirectory()) {
        if (!skippedFolders.has(entry.name) && !entry.name.startsWith('.')) pending.push(path)
      } else if (entry.isFile() && wanted(path)) found.push(path)
    }
  }
  return found.sort()
}
