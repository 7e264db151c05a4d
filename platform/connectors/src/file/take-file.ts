import { constants, type Stats } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
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

type OpenedFile = Exclude<TakenFile, { kind: 'bytes' }> | { readonly kind: 'open'; readonly handle: FileHandle }

/** Follows no link, waits on no pipe. */
async function openFile(path: string): Promise<OpenedFile> {
  try {
    const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    return { kind: 'open', handle }
  } catch (error) {
    const reason = errorCode(error)
    if (reason === 'ENOENT') return { kind: 'changed' }
    if (reason === 'ELOOP') return { kind: 'refused', code: 'file-is-link', text: 'a symbolic link is not followed' }
    return { kind: 'unreadable', reason }
  }
}

/** Reads a whole file that still is what was seen, and no more than the limit. */
export async function takeFile(path: string, seen: FileIdentity, bytesMax: number): Promise<TakenFile> {
  const opened = await openFile(path)
  if (opened.kind !== 'open') return opened
  const { handle } = opened
  try {
    const before = await handle.stat()
    if (!before.isFile() || !isSameFile(identityOf(before), seen)) return { kind: 'changed' }
    if (before.size > bytesMax) return tooLarge(bytesMax, 'fileBytesMax')
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

export type StreamedFile = Exclude<TakenFile, { kind: 'bytes' }> | { readonly kind: 'stored' }

/**
 * Gives a file to `store` piece by piece. The last piece is given only when the file still is what was seen: else the
 * stream throws, so that nothing is stored. Rejects with what `store` rejects with.
 */
export async function streamFile(
  path: string,
  seen: FileIdentity,
  bytesMax: number,
  store: (stream: AsyncIterable<Uint8Array>) => Promise<unknown>,
): Promise<StreamedFile> {
  const opened = await openFile(path)
  if (opened.kind !== 'open') return opened
  const { handle } = opened
  const trouble: { found?: StreamedFile } = {}
  try {
    const before = await handle.stat()
    if (!before.isFile() || !isSameFile(identityOf(before), seen)) return { kind: 'changed' }
    if (before.size > bytesMax) return tooLarge(bytesMax, 'streamedBytesMax')
    await store(pieces(handle, seen, trouble))
    return { kind: 'stored' }
  } catch (error) {
    if (trouble.found !== undefined) return trouble.found
    throw error
  } finally {
    await handle.close()
  }
}

const pieceBytes = 256 * 1024

async function* pieces(
  handle: FileHandle,
  seen: FileIdentity,
  trouble: { found?: StreamedFile },
): AsyncGenerator<Uint8Array> {
  const fail = (found: StreamedFile): never => {
    trouble.found = found
    throw new Error('the file cannot be read to its end')
  }
  let read = 0
  const piece = Buffer.allocUnsafe(pieceBytes)
  for (;;) {
    const { bytesRead } = await handle
      .read(piece, 0, pieceBytes)
      .catch((error: unknown) => fail({ kind: 'unreadable', reason: errorCode(error) }))
    read += bytesRead
    const isLast = bytesRead === 0 || read >= seen.size
    if (isLast && (read !== seen.size || !isSameFile(identityOf(await handle.stat()), seen))) fail({ kind: 'changed' })
    if (bytesRead > 0) yield piece.subarray(0, bytesRead)
    if (isLast) return
  }
}

function tooLarge(bytesMax: number, setting: string): { kind: 'refused'; code: string; text: string } {
  return { kind: 'refused', code: 'file-too-large', text: `the file is larger than ${bytesMax} bytes (${setting})` }
}
