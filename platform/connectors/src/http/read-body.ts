import type { IncomingMessage } from 'node:http'

export type Body =
  | { readonly kind: 'whole'; readonly bytes: Buffer }
  | { readonly kind: 'too-large' }
  | { readonly kind: 'aborted' }

/** Reads a body up to a limit; what is over it is not kept. Never rejects. */
export function readBody(message: IncomingMessage, bytesMax: number): Promise<Body> {
  const declared = Number(message.headers['content-length'] ?? 0)
  if (declared > bytesMax) return Promise.resolve({ kind: 'too-large' })
  return new Promise(resolve => {
    const chunks: Buffer[] = []
    let total = 0
    message.on('data', (chunk: Buffer) => {
      total += chunk.length
      if (total > bytesMax) {
        message.pause()
        resolve({ kind: 'too-large' })
      } else {
        chunks.push(chunk)
      }
    })
    message.on('end', () => {
      const [only] = chunks
      resolve({ kind: 'whole', bytes: chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks, total) })
    })
    message.on('error', () => resolve({ kind: 'aborted' }))
    message.on('close', () => resolve({ kind: 'aborted' }))
  })
}

/** The sender went away in the middle. */
export class BodyAborted extends Error {}
export class BodyTooLarge extends Error {}
export class BodyEmpty extends Error {}

/** A body as it comes. The stream throws one of the three above, and then what came is worth nothing. */
export async function* boundedBody(message: IncomingMessage, bytesMax: number): AsyncGenerator<Uint8Array> {
  if (Number(message.headers['content-length'] ?? 0) > bytesMax) throw new BodyTooLarge()
  let total = 0
  // Left open, so that it can still be answered.
  const pieces: AsyncIterator<Buffer> = message.iterator({ destroyOnReturn: false })
  for (;;) {
    const next = await pieces.next().catch(() => {
      throw new BodyAborted()
    })
    if (next.done === true) break
    total += next.value.length
    if (total > bytesMax) throw new BodyTooLarge()
    yield next.value
  }
  if (!message.complete) throw new BodyAborted()
  if (total === 0) throw new BodyEmpty()
}
