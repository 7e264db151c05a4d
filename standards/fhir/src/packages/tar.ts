/** One regular file of an archive. */
export interface TarEntry {
  readonly path: string
  readonly bytes: Uint8Array
}

const BLOCK_BYTES = 512
const decoder = new TextDecoder()

/**
 * The regular files of a tar archive (POSIX ustar, with the long names of GNU and of pax), in order. Folders, links and devices are
 * passed over, so that an archive cannot point anywhere. The bytes are views on `archive`, not copies.
 *
 * Throws `RangeError` where a header's size reaches past the end: the archive was cut off.
 */
export function* readTar(archive: Uint8Array): Generator<TarEntry> {
  let longPath: string | undefined
  for (let offset = 0; offset + BLOCK_BYTES <= archive.length; ) {
    const header = archive.subarray(offset, offset + BLOCK_BYTES)
    if (header[0] === 0) return
    const size = octal(header.subarray(124, 136))
    const start = offset + BLOCK_BYTES
    if (!(start + size <= archive.length)) throw new RangeError(`The archive ends inside the file at byte ${offset}`)
    const bytes = archive.subarray(start, start + size)
    offset = start + Math.ceil(size / BLOCK_BYTES) * BLOCK_BYTES
    const kind = String.fromCharCode(header[156] ?? 0)
    if (kind === 'L') longPath = text(bytes)
    else if (kind === 'x') longPath = paxPath(decoder.decode(bytes)) ?? longPath
    else {
      if (kind === '0' || kind === '\0') yield { path: longPath ?? headerPath(header), bytes }
      longPath = undefined
    }
  }
}

function headerPath(header: Uint8Array): string {
  const name = text(header.subarray(0, 100))
  const isUstar = text(header.subarray(257, 263)).startsWith('ustar')
  const prefix = isUstar ? text(header.subarray(345, 500)) : ''
  return prefix === '' ? name : `${prefix}/${name}`
}

/** `length key=value\n` records; only the path is of interest. */
function paxPath(records: string): string | undefined {
  return /(?:^|\n)\d+ path=([^\n]*)\n/.exec(records)?.[1]
}

function text(bytes: Uint8Array): string {
  const end = bytes.indexOf(0)
  return decoder.decode(end === -1 ? bytes : bytes.subarray(0, end))
}

function octal(bytes: Uint8Array): number {
  const digits = text(bytes).trim()
  return /^[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : 0
}
