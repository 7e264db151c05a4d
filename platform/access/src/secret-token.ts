import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

/**
 * What a browser or a program shows: `<prefix>_<id>_<secret>`. The id finds the row, the secret's hash proves it; a fast
 * hash is enough, because the secret has 256 bits. The prefix lets scanners for leaked secrets recognise it.
 */
export type SecretToken = { readonly id: string; readonly hash: Buffer; readonly text: string }

export type TokenPrefix = 'samband' | 'session'

const idBytes = 8
const secretBytes = 32

export function createSecretToken(prefix: TokenPrefix): SecretToken {
  const id = randomBytes(idBytes).toString('hex')
  const secret = randomBytes(secretBytes).toString('base64url')
  return { id, hash: hashOf(secret), text: `${prefix}_${id}_${secret}` }
}

/** Undefined for what cannot be one. */
export function parseSecretToken(prefix: TokenPrefix, text: string): { id: string; hash: Buffer } | undefined {
  const match = /^([a-z]+)_([0-9a-f]{16})_([A-Za-z0-9_-]{43})$/.exec(text)
  if (match === null || match[1] !== prefix) return undefined
  const [, , id = '', secret = ''] = match
  return { id, hash: hashOf(secret) }
}

export function sameHash(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b)
}

function hashOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest()
}
