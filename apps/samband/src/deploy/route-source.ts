import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { SambandError } from '@samband/errors'
import { deployLimits } from './limits.ts'

/**
 * The source of one route revision: its file and every file that it imports by a relative path, as a tree under their
 * common folder. Packages that it imports by name are not in it: they belong to the installation.
 */
export type RouteSource = {
  /** Names this very content: SHA-256 of the archive, in hexadecimal. */
  readonly id: string
  /** The engine's hash, which revisions carry: '4f2c9a1b'. */
  readonly hash: string
  /** The route's own file in the tree: 'routes/adt.ts'. */
  readonly entry: string
  /** How Node reads `.ts` and `.js` files of the tree. */
  readonly type: 'module' | 'commonjs'
  /** Text by path with `/`, relative and within the tree; sorted. */
  readonly files: Readonly<Record<string, string>>
}

/** What a folder's file is made from: where it stands, and which files a change of which makes another revision. */
export type ReadSource = { readonly source: RouteSource; readonly watched: readonly string[] }

/** As the engine finds what a route imports. */
const relativeImport = /(?:from|import)\s*\(?\s*['"](\.{1,2}\/[^'"]+)['"]/g

/** @throws SambandError 'route-import-missing', 'route-source-too-large' */
export async function readSource(file: string): Promise<ReadSource> {
  const entry = resolve(file)
  const texts = new Map<string, string>()
  const hash = createHash('sha256')
  const queue: { readonly file: string; readonly from: string }[] = [{ file: entry, from: entry }]
  let bytes = 0
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    if (texts.has(next.file)) continue
    const text = await textOf(next.file, next.from)
    hash.update(text)
    texts.set(next.file, text)
    bytes += Buffer.byteLength(text)
    if (bytes > deployLimits.sourceBytesMax || texts.size > deployLimits.sourceFilesMax) throw tooLarge(entry)
    for (const [, specifier = ''] of text.matchAll(relativeImport)) {
      queue.push({ file: resolve(dirname(next.file), specifier), from: next.file })
    }
  }
  const root = commonFolder([...texts.keys()])
  const inTree = (path: string): string => relative(root, path).split(sep).join('/')
  const files = Object.fromEntries(
    [...texts].map(([path, text]) => [inTree(path), text] as const).toSorted(([a], [b]) => (a < b ? -1 : 1)),
  )
  const content = { entry: inTree(entry), type: await moduleType(dirname(entry)), files }
  return {
    source: { id: idOf(content), hash: hash.digest('hex').slice(0, 8), ...content },
    watched: [...texts.keys()],
  }
}

type Content = Pick<RouteSource, 'entry' | 'type' | 'files'>

/** The source as bytes, and back. The same content gives the same bytes. */
export function packSource({ entry, type, files }: Content): Buffer {
  return Buffer.from(JSON.stringify({ entry, type, files }), 'utf8')
}

/** @throws SambandError 'route-source-damaged' when it is not what its id says */
export function unpackSource(id: string, hash: string, archive: Uint8Array): RouteSource {
  if (createHash('sha256').update(archive).digest('hex') !== id) throw damaged(id)
  // Made by packSource: the digest has just said so.
  const content = JSON.parse(Buffer.from(archive).toString('utf8')) as Content
  // A tree never reaches out of its folder, whoever wrote the archive.
  const within = Object.keys(content.files).every(path => !path.split('/').includes('..') && !path.startsWith('/'))
  if (!within || content.files[content.entry] === undefined) throw damaged(id)
  return { id, hash, ...content }
}

function idOf(content: Content): string {
  return createHash('sha256').update(packSource(content)).digest('hex')
}

async function textOf(file: string, from: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    throw new SambandError({
      code: 'route-import-missing',
      category: 'incorrect',
      message: file === from ? `${file} cannot be read` : `${from} imports ${file}, which cannot be read`,
      cause,
    })
  }
}

function commonFolder(files: readonly string[]): string {
  const [first = '', ...rest] = files.map(file => dirname(file))
  let common = first
  for (const folder of rest) {
    while (folder !== common && !folder.startsWith(common.endsWith(sep) ? common : common + sep)) {
      common = dirname(common)
    }
  }
  return common
}

/** What the nearest package.json says. A route is a module; only where a package says otherwise in so many words is it not. */
async function moduleType(folder: string): Promise<RouteSource['type']> {
  for (let at = folder; ; at = dirname(at)) {
    const text = await readFile(join(at, 'package.json'), 'utf8').catch(() => undefined)
    if (text !== undefined) return /"type"\s*:\s*"commonjs"/.test(text) ? 'commonjs' : 'module'
    if (dirname(at) === at) return 'module'
  }
}

function tooLarge(entry: string): SambandError {
  const { sourceBytesMax, sourceFilesMax } = deployLimits
  return new SambandError({
    code: 'route-source-too-large',
    category: 'incorrect',
    message: `${entry} and what it imports are more than ${sourceBytesMax} bytes or ${sourceFilesMax} files: put large tables into a package and import it by name`,
  })
}

function damaged(id: string): SambandError {
  return new SambandError({
    code: 'route-source-damaged',
    category: 'fault',
    message: `the stored source ${id.slice(0, 12)} of a route is not what it was stored as: restore the table deploy.source from a backup, or apply the routes again`,
  })
}
