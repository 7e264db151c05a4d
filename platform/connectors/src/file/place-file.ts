import { constants } from 'node:fs'
import { copyFile, link, open, rename, unlink } from 'node:fs/promises'
import { join, parse } from 'node:path'

const numberMax = 10_000

/** Moves a file to a name in a folder without ever overwriting; undefined when the name is taken. */
export async function placeNew(source: string, folder: string, name: string): Promise<string | undefined> {
  const target = join(folder, name)
  try {
    // A link fails where the name is taken, in one step; a rename would replace what is there.
    await link(source, target)
  } catch (error) {
    const code = errorCode(error)
    if (code === 'EEXIST') return undefined
    if (code === 'EXDEV') return (await copyNew(source, folder, name)) ? await removed(source, name) : undefined
    if (!withoutLinks.has(code)) throw error
    return (await renameReserved(source, target)) ? name : undefined
  }
  return await removed(source, name)
}

/** Moves a file to the first free of name, name-1, name-2 ...; gives the name it got. */
export async function placeNumbered(source: string, folder: string, name: string): Promise<string> {
  const { name: stem, ext } = parse(name)
  for (let number = 0; number <= numberMax; number++) {
    const placed = await placeNew(source, folder, number === 0 ? name : `${stem}-${number}${ext}`)
    if (placed !== undefined) return placed
  }
  throw Object.assign(new Error(`${numberMax} files of this name`), { code: 'EEXIST' })
}

/** Makes a rename durable: its record is in the folder, not in the file. Not every file system can. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY)
  try {
    await handle.sync()
  } catch (error) {
    if (!withoutLinks.has(errorCode(error))) throw error
  } finally {
    await handle.close()
  }
}

export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
}

/** What file systems answer that have no hard links or cannot sync a folder (FAT, many network shares). */
const withoutLinks: ReadonlySet<string> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EINVAL'])

async function removed(source: string, name: string): Promise<string> {
  await unlink(source)
  return name
}

/** On another file system: a copy under a hidden name, synced, then the real name. */
async function copyNew(source: string, folder: string, name: string): Promise<boolean> {
  const temporary = join(folder, `.${name}.tmp`)
  await copyFile(source, temporary)
  const handle = await open(temporary, 'r+')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
  const placed = await placeNew(temporary, folder, name)
  if (placed === undefined) await unlink(temporary)
  return placed !== undefined
}

/** Without links: takes the name with an empty file that only one can create, then puts the real one over it. */
async function renameReserved(source: string, target: string): Promise<boolean> {
  try {
    const handle = await open(target, 'wx')
    await handle.close()
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false
    throw error
  }
  await rename(source, target)
  return true
}
