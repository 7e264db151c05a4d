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
