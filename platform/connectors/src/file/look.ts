import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { errorCode } from './place-file.ts'
import { type FileIdentity, identityOf } from './take-file.ts'

export type SeenFile = { readonly name: string; readonly kind: 'file' | 'link'; readonly identity: FileIdentity }

/** The files of a folder whose names are wanted, in order. Throws what the system throws when the folder is lost. */
export async function lookInto(
  folder: string,
  isWanted: (name: string) => boolean,
  order: 'name' | 'modified',
): Promise<readonly SeenFile[]> {
  const seen: SeenFile[] = []
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.isDirectory() || entry.name.startsWith('.') || !isWanted(entry.name)) continue
    try {
      const stats = await lstat(join(folder, entry.name))
      if (stats.isFile()) seen.push({ name: entry.name, kind: 'file', identity: identityOf(stats) })
      else if (stats.isSymbolicLink()) seen.push({ name: entry.name, kind: 'link', identity: identityOf(stats) })
    } catch (error) {
      // Taken away between the two calls.
      if (errorCode(error) !== 'ENOENT') throw error
    }
  }
  return seen.sort(order === 'name' ? byName : byModified)
}

/** By code unit, the same on every machine and in every language. */
function byName(a: SeenFile, b: SeenFile): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0
}

function byModified(a: SeenFile, b: SeenFile): number {
  return a.identity.modifiedMs - b.identity.modifiedMs || byName(a, b)
}
