/** MLLP for the bench's own ends, as small as can be: the measured side uses the real one. */
const latin = 'latin1'

export function frame(text: string): Buffer {
  return Buffer.from(`\x0b${text}\x1c\r`, 'utf8')
}

export class FrameReader {
  #left = ''

  /** Whole frames, as one character a byte. */
  push(chunk: Buffer): string[] {
    const parts = (this.#left + chunk.toString(latin)).split('\x1c\r')
    this.#left = parts.pop() ?? ''
    return parts.map(part => part.slice(part.indexOf('\x0b') + 1))
  }
}

/** A field of the first such segment, undecoded. */
export function field(message: string, segment: string, number: number): string {
  const start = segment === 'MSH' ? 0 : message.indexOf(`\r${segment}|`) + 1
  const end = message.indexOf('\r', start)
  const fields = message.slice(start, end === -1 ? undefined : end).split('|')
  return fields[segment === 'MSH' ? number - 1 : number] ?? ''
}
