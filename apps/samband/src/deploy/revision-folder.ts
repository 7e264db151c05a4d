import { randomBytes } from 'node:crypto'
import { access, chmod, mkdir, readFile, readlink, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { RouteFile } from '@samband/engine'
import type { RouteSource } from './route-source.ts'

/**
 * Sources as files, so that threads can load them: one folder per source, written once under another name and renamed, and
 * compared with the source each time before it is used. What somebody changed there is put aside and written anew.
 *
 *     <data>/revisions/<id>/node_modules → Samband's own packages
 *     <data>/revisions/<id>/in/.../node_modules → packages where the route's folder stands, the outermost first
 *     <data>/revisions/<id>/in/.../package.json, and the tree below it
 */
export class RevisionFolder {
  readonly #folder: string
  readonly #onChanged: (id: string) => void
  readonly #made = new Map<string, Promise<RouteFile>>()

  constructor(folder: string, onChanged: (id: string) => void) {
    this.#folder = folder
    this.#onChanged = onChanged
  }

  /** `home`: the folder where the route's file stands or stood: what it imports by name is looked for from there up. */
  async file(source: RouteSource, home: string): Promise<RouteFile> {
    const pending = this.#made.get(source.id)
    if (pending !== undefined) await pending.catch(() => {})
    const made = this.#make(source, home)
    this.#made.set(source.id, made)
    try {
      return await made
    } finally {
      if (this.#made.get(source.id) === made) this.#made.delete(source.id)
    }
  }

  async #make(source: RouteSource, home: string): Promise<RouteFile> {
    const folder = join(this.#folder, source.id.slice(0, 32))
    const links = await packageFolders(home)
    if (!(await isThere(folder))) await this.#write(folder, source, links)
    else if (!(await isSame(folder, source, links))) {
      this.#onChanged(source.id.slice(0, 12))
      const aside = `${folder}.${randomBytes(4).toString('hex')}`
      await rename(folder, aside)
      await this.#write(folder, source, links)
      await rm(aside, { recursive: true, force: true })
    }
    return { file: join(baseOf(folder, links), source.entry), hash: source.hash }
  }

  async #write(folder: string, source: RouteSource, links: readonly string[]): Promise<void> {
    const draft = `${folder}.${randomBytes(4).toString('hex')}`
    const base = baseOf(draft, links)
    await mkdir(base, { recursive: true })
    for (const [index, link] of links.entries()) await symlink(link, linkOf(draft, index), 'dir')
    await writeFile(join(base, 'package.json'), packageText(source))
    for (const [path, text] of Object.entries(source.files)) {
      const file = join(base, path)
      await mkdir(dirname(file), { recursive: true })
      await writeFile(file, text)
      await chmod(file, 0o444)
    }
    try {
      await rename(draft, folder)
    } catch (thrown) {
      await rm(draft, { recursive: true, force: true })
      // Another process on this folder was faster: what it wrote is held to the source as well.
      if (!(await isThere(folder)) || !(await isSame(folder, source, links))) throw thrown
    }
  }
}

/** Folders of packages that a file in `home` can import from, the outermost first; Samband's own before all. */
async function packageFolders(home: string): Promise<readonly string[]> {
  const found: string[] = []
  for (let at = home; ; at = dirname(at)) {
    const folder = join(at, 'node_modules')
    if (await isThere(folder)) found.unshift(folder)
    if (dirname(at) === at) break
  }
  const own = await ownPackages()
  return own === undefined || found.includes(own) ? found : [own, ...found]
}

async function ownPackages(): Promise<string | undefined> {
  for (let at = import.meta.dirname; dirname(at) !== at; at = dirname(at)) {
    const folder = join(at, 'node_modules')
    if (await isThere(join(folder, '@samband', 'route'))) return folder
  }
  return undefined
}

function linkOf(folder: string, index: number): string {
  return join(levelOf(folder, index), 'node_modules')
}

function levelOf(folder: string, index: number): string {
  return join(folder, ...Array.from({ length: index }, () => 'in'))
}

function baseOf(folder: string, links: readonly string[]): string {
  return join(levelOf(folder, Math.max(0, links.length - 1)), 'tree')
}

function packageText(source: RouteSource): string {
  return source.files['package.json'] ?? `${JSON.stringify({ type: source.type })}\n`
}

async function isSame(folder: string, source: RouteSource, links: readonly string[]): Promise<boolean> {
  const base = baseOf(folder, links)
  const expected = [
    [join(base, 'package.json'), packageText(source)] as const,
    ...Object.entries(source.files).map(([path, text]) => [join(base, path), text] as const),
  ]
  const files = expected.map(async ([file, text]) => (await readFile(file, 'utf8').catch(() => undefined)) === text)
  const targets = links.map(
    async (link, index) => (await readlink(linkOf(folder, index)).catch(() => undefined)) === link,
  )
  return (await Promise.all([...files, ...targets])).every(same => same)
}

async function isThere(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  )
}
