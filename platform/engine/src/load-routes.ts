import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { SambandError } from '@samband/errors'
import type { RouteDefinition } from '@samband/route'
import type { LoadedRoute } from './engine-types.ts'

/**
 * Loads every route of a folder: each `*.ts` (not `*.test.ts`, not in sub-folders) whose default export is a route. The
 * revision is the route's semantic version and a hash over its file and every file that it imports by a relative path.
 */
export async function loadRoutes(folder: string): Promise<readonly LoadedRoute[]> {
  const files = (await readdir(folder).catch((cause: unknown) => Promise.reject(unreadable(folder, cause))))
    .filter(name => /\.(?:ts|js|mts|mjs)$/.test(name) && !/\.(?:test|d)\.m?[tj]s$/.test(name))
    .toSorted()
  return await Promise.all(files.map(name => loadRoute(join(folder, name))))
}

async function loadRoute(file: string): Promise<LoadedRoute> {
  const loaded = (await import(pathToFileURL(resolve(file)).href)) as { readonly default?: unknown }
  if (!isRoute(loaded.default)) {
    throw new SambandError({
      code: 'route-missing',
      category: 'incorrect',
      message: `${file} has no route as its default export: end it with .onError(...)`,
    })
  }
  return { definition: loaded.default, revision: `${loaded.default.version}+${await contentHash(file)}` }
}

/** The builder is the only maker of these; its marks are a name, a source and frozen steps. */
function isRoute(value: unknown): value is RouteDefinition {
  return typeof value === 'object' && value !== null && 'steps' in value && 'source' in value && Object.isFrozen(value)
}

const relativeImport = /(?:from|import)\s*\(?\s*['"](\.{1,2}\/[^'"]+)['"]/g

async function contentHash(entry: string): Promise<string> {
  const hash = createHash('sha256')
  const seen = new Set<string>()
  const queue = [resolve(entry)]
  for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
    if (seen.has(file)) continue
    seen.add(file)
    const text = await readFile(file, 'utf8')
    hash.update(text)
    for (const [, specifier] of text.matchAll(relativeImport)) {
      if (specifier !== undefined) queue.push(resolve(dirname(file), specifier))
    }
  }
  return hash.digest('hex').slice(0, 8)
}

function unreadable(folder: string, cause: unknown): SambandError {
  return new SambandError({
    code: 'routes-unreadable',
    category: 'incorrect',
    message: `the routes folder ${folder} cannot be read: correct "routes" in samband.config.ts`,
    cause,
  })
}
