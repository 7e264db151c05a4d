import type { StoredBody } from './engine-types.ts'

/**
 * Bytes and transport attributes as one value, before sealing: `0 | bytes` without attributes, otherwise
 * `1 | length of JSON (4, big-endian) | JSON | bytes`.
 */
export function packBody({ bytes, attributes }: StoredBody): Uint8Array {
  if (isEmpty(attributes)) {
    const packed = Buffer.allocUnsafe(1 + bytes.length)
    packed[0] = 0
    packed.set(bytes, 1)
    return packed
  }
  const json = Buffer.from(JSON.stringify(attributes))
  const packed = Buffer.allocUnsafe(5 + json.length + bytes.length)
  packed[0] = 1
  packed.writeUInt32BE(json.length, 1)
  packed.set(json, 5)
  packed.set(bytes, 5 + json.length)
  return packed
}

export function unpackBody(packed: Buffer): StoredBody {
  if (packed[0] === 0) return { bytes: packed.subarray(1), attributes: {} }
  const jsonBytes = packed.readUInt32BE(1)
  // Written by packBody, and authenticated by its seal.
  const attributes = JSON.parse(packed.toString('utf8', 5, 5 + jsonBytes)) as Record<string, string>
  return { bytes: packed.subarray(5 + jsonBytes), attributes }
}

function isEmpty(attributes: Readonly<Record<string, string>>): boolean {
  for (const _ in attributes) return false
  return true
}
