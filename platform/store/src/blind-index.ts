import { createHmac, createSecretKey } from 'node:crypto'
import type { MasterKey } from './master-key.ts'

/**
 * A keyed hash of a value that is searched for but must not stand in clear in the database (a patient id, a control
 * id): HMAC-SHA-256 cut to 53 bits, so that it is a plain number here and an int8 there. Equal values of one kind
 * have equal hashes within a tenant; two different ones coincide once in 9e15, so a search filters what it opens.
 *
 * Not reversible, but whoever holds the database and the master key can test a guess; without the key nobody can.
 */
export type BlindIndex = (kind: string, value: string) => number

/** Entries per generation; two generations are kept. Around 10 MB at most. */
export const blindIndexCacheMax = 20_000

/**
 * Measured (2 cores, Node 24): 4.5 µs a hash, 0.05 µs from the cache. Patients and systems recur, so a cache in two
 * generations pays: when the young one is full it becomes the old one, and what is found in the old one moves up.
 */
export function createBlindIndex(
  masterKey: MasterKey,
  tenant: number,
  cacheMax: number = blindIndexCacheMax,
): BlindIndex {
  const key = createSecretKey(masterKey.derive('blind-index', tenant))
  let young = new Map<string, number>()
  let old = new Map<string, number>()
  return (kind, value) => {
    const text = `${kind}\u0000${value}`
    const known = young.get(text)
    if (known !== undefined) return known
    const hash = old.get(text) ?? hashOf(createHmac('sha256', key).update(text).digest())
    if (young.size >= cacheMax) {
      old = young
      young = new Map()
    }
    young.set(text, hash)
    return hash
  }
}

function hashOf(digest: Buffer): number {
  return digest.readUInt32BE(0) * 2 ** 21 + (digest.readUInt32BE(4) >>> 11)
}
