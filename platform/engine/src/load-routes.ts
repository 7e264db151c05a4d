import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { SambandError } from '@samband/errors'
import type { LoadedRoute, RouteFile } from './engine-types.ts'
import { isRoute, routeMissing } from './hosting/is-route.ts'

/**
 * Every route of a folder: each `*.ts` (not `*.test.ts`, not in sub-folders), with a hash over its file and every file that
 * it imports by a relative path. Nothing of it is run. Throws SambandError 'routes-unreadable'.
 */
export async function routeFiles(folder: string): Promise<readonly RouteFile[]> {
  const names = (await readdir(folder).catch((cause: unknown) => Promise.reject(unreadable(folder, cause))))
    .filter(name => /\.(?:ts|js|mts|mjs)$/.test(name) && !/\.(?:test|d)\.m?[tj]s$/.test(name))
    .toSorted()
  return await Promise.all(
    names.map(async name => {
      const file = resolve(folder, name)
      return { file, hash: await contentHash(file) }
    }),
  )
}

/** Loads every route of a folder into this thread: for tools that look at routes, and for tests. */
export async function loadRoutes(folder: string): Promise<readonly LoadedRoute[]> {
  return await Promise.all((await routeFiles(folder)).map(loadRoute))
}

async function loadRoute({ file, hash }: RouteFile): Promise<LoadedRoute> {
  const loaded = (await import(pathToFileURL(file).href)) as { readonly default?: unknown }
  if (!isRoute(loaded.default)) throw routeMissing(file)
  return { definition: loaded.default, revision: `${loaded.default.version}+${hash}` }
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
