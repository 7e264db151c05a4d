/**
 * The sealed form of a body: `version (1) | nonce (12) | ciphertext | tag (16)`, AES-256-GCM (NIST SP 800-38D).
 *
 * The associated data is tenant, id and part, so that a sealed body does not open in the place of another.
 */
import { createCipheriv, createDecipheriv, type KeyObject } from 'node:crypto'
import { SambandError } from '@samband/errors'
import { nonceBytes } from './nonce-pool.ts'

export const sealedVersion = 1
export const tagBytes = 16
export const sealedOverheadBytes: number = 1 + nonceBytes + tagBytes

/** Where a sealed body belongs. `part` tells apart several bodies of one id. */
export type SealedPlace = { readonly tenant: number; readonly id: number; readonly part: number }

export function seal(key: KeyObject, nonce: Uint8Array, place: SealedPlace, plain: Uint8Array): Buffer {
  const cipher = createCipheriv('aes-256-gcm', key, nonce)
  cipher.setAAD(associatedData(place))
  const body = cipher.update(plain)
  cipher.final()
  const sealed = Buffer.allocUnsafe(sealedOverheadBytes + body.length)
  sealed[0] = sealedVersion
  sealed.set(nonce, 1)
  sealed.set(body, 1 + nonceBytes)
  sealed.set(cipher.getAuthTag(), 1 + nonceBytes + body.length)
  return sealed
}

/** @throws SambandError `sealed-unreadable`: cut short, tampered with, moved, or sealed with another key. */
export function unseal(key: KeyObject, place: SealedPlace, sealed: Uint8Array): Buffer {
  if (sealed.length < sealedOverheadBytes || sealed[0] !== sealedVersion) throw unreadable(place)
  const tagAt = sealed.length - tagBytes
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(1, 1 + nonceBytes), { authTagLength: tagBytes })
  decipher.setAAD(associatedData(place))
  decipher.setAuthTag(sealed.subarray(tagAt))
  const plain = decipher.update(sealed.subarray(1 + nonceBytes, tagAt))
  try {
    decipher.final()
  } catch (error) {
    throw unreadable(place, error)
  }
  return plain
}

function associatedData({ tenant, id, part }: SealedPlace): Buffer {
  const data = Buffer.allocUnsafe(16)
  data.writeUInt32BE(tenant, 0)
  data.writeUInt32BE(Math.floor(id / 0x1_0000_0000), 4)
  data.writeUInt32BE(id % 0x1_0000_0000, 8)
  data.writeUInt32BE(part, 12)
  return data
}

function unreadable({ id }: SealedPlace, cause?: unknown): SambandError {
  return new SambandError({
    code: 'sealed-unreadable',
    category: 'fault',
    message: `the stored body of ${id} does not open: it was changed or moved after it was stored`,
    cause,
  })
}
