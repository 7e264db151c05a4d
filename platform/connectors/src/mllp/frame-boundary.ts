const cr = 0x0d
const lf = 0x0a
/** FS, the end block of a frame (MLLP release 1). */
const endBlock = 0x1c

/** What the last bytes of a chunk say about the stream; CR and LF between frames count for nothing. */
export type Boundary = 'frame-end' | 'line-ends-only' | 'other'

export function boundaryOf(chunk: Uint8Array): Boundary {
  let last = chunk.length - 1
  while (last >= 0 && (chunk[last] === cr || chunk[last] === lf)) last--
  if (last < 0) return 'line-ends-only'
  return chunk[last] === endBlock ? 'frame-end' : 'other'
}
