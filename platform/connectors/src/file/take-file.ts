import { constants, type Stats } from 'node:fs'
import { open } from 'node:fs/promises'
import { errorCode } from './place-file.ts'

/** What tells one state of a file from another. */
export type FileIdentity = { readonly inode: number; readonly size: number; readonly modifiedMs: number }

export type TakenFile =
  | { readonly kind: 'bytes'; readonly bytes: Buffer; readonly modifiedMs: number }
  /** It grew or was replaced while it was read. */
  | { readonly kind: 'changed' }
  | { readonly kind: 'refused'; readonly code: string; readonly text: string }
  | { readonly kind: 'unreadable'; readonly reason: string }

export function identityOf(stats: Stats): FileIdentity {
  return { inode: stats.ino, size: stats.size, modifiedMs: stats.mtimeMs }
}

export function isSameFile(a: FileIdentity, b: FileIdentity): boolean {
  return a.inode === b.inode && a.size === b.size && a.modifiedMs === b.modifiedMs
}

/** Reads a whole file that still is what was seen. Follows no link, waits on no pipe, reads no more than the limit. */
export async function takeFile(path: string, seen: FileIdentity, bytesMax: number): Promise<TakenFile> {
  let handle: Awaited<ReturnType<typeof open>>
  try {
    handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch (error) {
    const reason = errorCode(error)
    if (reason === 'ENOENT') return { kind: 'changed' }
    if (reason === 'ELOOP') return { kind: 'refused', code: 'file-is-link', text: 'a symbolic link is not followed' }
    return { kind: 'unreadable', reason }
  }
  try {
    const before = await handle.stat()
    if (!before.isFile() || !isSameFile(identityOf(before), seen)) return { kind: 'changed' }
    if (before.size > bytesMax) {
      return {
        kind: 'refused',
        code: 'file-too-large',
        text: `the file is larger than ${bytesMax} bytes (fileBytesMax)`,
      }
    }
    const bytes = await handle.readFile()
    const after = await handle.stat()
    if (!isSameFile(identityOf(after), seen) || bytes.length !== after.size) return { kind: 'changed' }
    return { kind: 'bytes', bytes, modifiedMs: after.mtimeMs }
  } catch (error) {
    return { kind: 'unreadable', reason: errorCode(error) }
  } finally {
    await handle.close()
  }
}
