/** MLLP for the bench's own ends, as small as can be: the measured side uses the real one. */
const startOfBlock = 0x0b
const endOfBlock = 0x1c
const carriageReturn = 0x0d
const fieldSeparator = 0x7c

/** Where a frame's content stands: from `start` to `end` (exclusive) in `bytes`. */
export type OnFrame = (bytes: Buffer, start: number, end: number) => void

/** Finds frames in one connection's chunks. A frame that comes whole in one chunk, as nearly all do, is not copied. */
export class FrameReader {
  #left: Buffer | undefined

  push(chunk: Buffer, onFrame: OnFrame): void {
    const bytes = this.#left === undefined ? chunk : Buffer.concat([this.#left, chunk])
    let at = 0
    for (let end = frameEnd(bytes, at); end !== -1; end = frameEnd(bytes, at)) {
      const start = bytes.indexOf(startOfBlock, at)
      if (start !== -1 && start < end) onFrame(bytes, start + 1, end)
      at = end + 2
    }
    // Copied, because the chunk's memory may be the connection's one reading buffer.
    this.#left = at === bytes.length ? undefined : Buffer.from(bytes.subarray(at))
  }
}

function frameEnd(bytes: Buffer, from: number): number {
  const last = bytes.length - 2
  if (from <= last && bytes[last] === endOfBlock && bytes[last + 1] === carriageReturn) {
    const first = bytes.indexOf(endOfBlock, from)
    return first === -1 || bytes[first + 1] === carriageReturn ? first : bytes.indexOf('\x1c\r', from, 'latin1')
  }
  return bytes.indexOf('\x1c\r', from, 'latin1')
}

/** Where MSH-10 begins; -1 when there is none. */
export function controlIdStart(bytes: Buffer, start: number, end: number): number {
  let separators = 0
  for (let at = start; at < end; at += 1) {
    if (bytes[at] !== fieldSeparator) continue
    separators += 1
    if (separators === 9) return at + 1
  }
  return -1
}

/** Where MSA-1 begins; -1 when there is none. */
export function acknowledgementStart(bytes: Buffer, start: number, end: number): number {
  for (let at = bytes.indexOf(carriageReturn, start); at !== -1 && at + 5 < end; ) {
    if (
      bytes[at + 1] === 0x4d &&
      bytes[at + 2] === 0x53 &&
      bytes[at + 3] === 0x41 &&
      bytes[at + 4] === fieldSeparator
    ) {
      return at + 5
    }
    at = bytes.indexOf(carriageReturn, at + 1)
  }
  return -1
}

const letterA = 0x41

/** Whether MSA-1, which begins there, says AA. */
export function isAccept(bytes: Buffer, at: number): boolean {
  return bytes[at] === letterA && bytes[at + 1] === letterA && bytes[at + 2] === fieldSeparator
}

/** Where MSA-2 begins when MSA-1, of two letters, begins there. */
export const acknowledgedIdOffset = 3
