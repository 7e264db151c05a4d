/**
 * Reads so much of a stream that it is known whether it fits into memory. Small: all of it. Large: what was read and the
 * rest, as a stream again.
 */
export async function takeBeginning(
  stream: AsyncIterable<Uint8Array>,
  bytesMax: number,
): Promise<
  | { readonly kind: 'whole'; readonly bytes: Buffer }
  | { readonly kind: 'large'; readonly stream: AsyncIterable<Uint8Array> }
> {
  const pieces: Uint8Array[] = []
  let held = 0
  const iterator = stream[Symbol.asyncIterator]()
  while (held <= bytesMax) {
    const next = await iterator.next()
    if (next.done === true) return { kind: 'whole', bytes: Buffer.concat(pieces, held) }
    // The stream may use its buffer again.
    pieces.push(Buffer.from(next.value))
    held += next.value.length
  }
  return { kind: 'large', stream: rejoined(pieces, iterator) }
}

async function* rejoined(
  pieces: Uint8Array[],
  iterator: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    for (let piece = pieces.shift(); piece !== undefined; piece = pieces.shift()) yield piece
    for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) yield next.value
  } finally {
    await iterator.return?.()
  }
}
