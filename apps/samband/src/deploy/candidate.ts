import { createHash } from 'node:crypto'
import { dirname, join, relative } from 'node:path'
import { type RouteFile, routeFiles } from '@samband/engine'
import { SambandError } from '@samband/errors'
import type { DeployedRoute } from './deployment-store.ts'
import { readSource, type RouteSource } from './route-source.ts'
import type { RevisionFolder } from './revision-folder.ts'

/** Routes that could run: sources with where they stand. Nothing of them was loaded, so their names are not known yet. */
export type Candidate = {
  /** Twelve hexadecimal digits; the same for the same sources in the same places. */
  readonly id: string
  readonly routes: readonly CandidateRoute[]
  /** Files a change of which makes another candidate. */
  readonly watched: readonly string[]
}

export type CandidateRoute = { readonly file: string; readonly source: RouteSource }

/** What the configuration gives. */
export type RouteFolders = { readonly folder: string; readonly routes: readonly string[] }

/** @throws SambandError 'routes-unreadable', 'route-import-missing', 'route-source-too-large' */
export async function readFolders({ folder, routes }: RouteFolders): Promise<Candidate> {
  const files = (await Promise.all(routes.map(filesOf))).flat()
  const read = await Promise.all(files.map(async file => ({ file, ...(await readSource(file)) })))
  return {
    ...candidateOf(read.map(({ file, source }) => ({ file: relative(folder, file), source }))),
    watched: [...new Set(read.flatMap(({ watched }) => watched))],
  }
}

export function candidateOf(routes: readonly CandidateRoute[]): Omit<Candidate, 'watched'> {
  return { id: setId(routes.map(({ file, source }) => ({ file, source: source.id }))), routes }
}

/** Names a set of sources, whatever their order. */
export function setId(routes: readonly Pick<DeployedRoute, 'file' | 'source'>[]): string {
  const lines = routes.map(({ file, source }) => `${file}\n${source}\n`).toSorted()
  return createHash('sha256').update(lines.join('')).digest('hex').slice(0, 12)
}

/** As files that threads can load, in the order of the candidate. */
export async function materialised(
  { routes }: Pick<Candidate, 'routes'>,
  folder: string,
  revisions: RevisionFolder,
): Promise<readonly RouteFile[]> {
  const files: RouteFile[] = []
  for (const { file, source } of routes) files.push(await revisions.file(source, dirname(join(folder, file))))
  return files
}

async function filesOf(folder: string): Promise<readonly string[]> {
  try {
    return (await routeFiles(folder)).map(({ file }) => file)
  } catch (thrown) {
    const isMissing = thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT' && 'path' in thrown
    if (!isMissing) throw thrown
    throw new SambandError({
      code: 'route-import-missing',
      category: 'incorrect',
      message: `a route in ${folder} imports ${String(thrown.path)}, which is not there`,
      cause: thrown,
    })
  }
}
