import { randomFillSync } from 'node:crypto'

export const nonceBytes = 12

/**
 * Random GCM nonces. One call of the random generator costs about as much as sealing a message, so 512 nonces are
 * drawn at a time. Returns a view into the pool: use it before the next call.
 */
export function createNoncePool(nonces = 512): () => Buffer {
  const pool = Buffer.alloc(nonces * nonceBytes)
  let at = pool.length
  return () => {
    if (at === pool.length) {
      randomFillSync(pool)
      at = 0
    }
    at += nonceBytes
    return pool.subarray(at - nonceBytes, at)
  }
}
