import { createHash } from 'node:crypto'

const nameBytesMax = 200
/** Device names of Windows, which a share may be mounted on. */
const reserved = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i

/**
 * A file name that stays in its folder on every system: letters, digits, dot, dash and underscore; the rest becomes '_'. It never
 * begins with a dot. Undefined when nothing is left.
 */
export function safeFileName(wanted: string): string | undefined {
  let name = wanted
    .normalize('NFC')
    .replace(/[^\p{L}\p{N}._-]/gu, '_')
    .replace(/^\.+/, '')
    .replace(/\.+$/, '')
  while (Buffer.byteLength(name) > nameBytesMax) name = shortened(name)
  if (name === '' || /^[_.]+$/.test(name)) return undefined
  return reserved.test(name) ? `_${name}` : name
}

/** A name for a key: readable where it can be, told apart by a hash where characters had to be replaced. */
export function nameForKey(key: string): string {
  const name = safeFileName(key)
  if (name === key) return name
  const hash = createHash('sha256').update(key).digest('hex').slice(0, 12)
  return name === undefined ? hash : `${name}-${hash}`
}

/** Cut in the middle, so that the extension stays. */
function shortened(name: string): string {
  const dot = name.lastIndexOf('.')
  const extension = dot > 0 && name.length - dot <= 17 ? name.slice(dot) : ''
  const stem = Array.from(name.slice(0, name.length - extension.length))
  return stem.slice(0, -8).join('') + extension
}
