import {
  type CryptoKey,
  createLocalJWKSet,
  errors,
  type FlattenedJWSInput,
  type JSONWebKeySet,
  type JWSHeaderParameters,
} from 'jose'
import type { BearerLimits } from './bearer-limits.ts'

/** Finds the keys that a token may be signed with; several where the token does not name its key. */
export type FindKeys = (header: JWSHeaderParameters, token: FlattenedJWSInput) => Promise<readonly CryptoKey[]>

/** Keys that a set may have for a token that names none. */
const candidatesMax = 10

/** The issuer's keys cannot be had, so that nothing can be said of its tokens: not the token's fault. */
export class KeysUnavailableError extends Error {
  override readonly name = 'KeysUnavailableError'
}

/** Keys that do not change while the process runs. */
export function localKeys(jwks: JSONWebKeySet): FindKeys {
  const set = createLocalJWKSet(jwks)
  return async (header, token) => await findIn(set, header, token)
}

/**
 * The keys at an address. They are fetched when the first token comes, when they are old, and when a token names a key that
 * is not among them (the issuer has rotated its keys), but never more often than `keysCooldownMs`, so that made-up keys in
 * tokens do not become load on the issuer. While it cannot be reached, the last ones are used for `keysStaleMs`.
 */
export function remoteKeys(url: URL, limits: BearerLimits, now: () => number): FindKeys {
  let keys: ReturnType<typeof createLocalJWKSet> | undefined
  let fetchedAt = Number.NEGATIVE_INFINITY
  let triedAt = Number.NEGATIVE_INFINITY
  let failure: unknown
  let pending: Promise<void> | undefined

  const fetchOnce = async (): Promise<void> => {
    triedAt = now()
    try {
      keys = createLocalJWKSet(await fetchKeys(url, limits))
      fetchedAt = now()
      failure = undefined
    } catch (thrown) {
      failure = thrown
    }
  }
  const refresh = async (): Promise<void> => {
    if (pending === undefined) {
      if (now() - triedAt < limits.keysCooldownMs) return
      pending = fetchOnce().finally(() => {
        pending = undefined
      })
    }
    await pending
  }
  const current = (): ReturnType<typeof createLocalJWKSet> => {
    if (keys === undefined || now() - fetchedAt > limits.keysStaleMs) {
      throw new KeysUnavailableError('the keys of the issuer cannot be fetched', { cause: failure })
    }
    return keys
  }

  return async (header, token) => {
    if (now() - fetchedAt > limits.keysAgeMs) await refresh()
    try {
      return await findIn(current(), header, token)
    } catch (thrown) {
      if (!(thrown instanceof errors.JWKSNoMatchingKey)) throw thrown
    }
    await refresh()
    // The key may be new, and the set that has it out of reach.
    if (failure !== undefined)
      throw new KeysUnavailableError('the keys of the issuer cannot be fetched', { cause: failure })
    return await findIn(current(), header, token)
  }
}

async function findIn(
  set: ReturnType<typeof createLocalJWKSet>,
  header: JWSHeaderParameters,
  token: FlattenedJWSInput,
): Promise<readonly CryptoKey[]> {
  try {
    return [await set(header, token)]
  } catch (thrown) {
    if (!(thrown instanceof errors.JWKSMultipleMatchingKeys)) throw thrown
    const several: CryptoKey[] = []
    for await (const key of thrown) {
      several.push(key)
      if (several.length >= candidatesMax) break
    }
    return several
  }
}

/** No redirects, no more than so many bytes, within the time. */
async function fetchKeys(url: URL, { keysTimeoutMs, keysBytesMax }: BearerLimits): Promise<JSONWebKeySet> {
  const response = await fetch(url, {
    redirect: 'error',
    headers: { accept: 'application/jwk-set+json, application/json' },
    signal: AbortSignal.timeout(keysTimeoutMs),
  })
  if (response.status !== 200) {
    await response.body?.cancel()
    throw new Error(`the address of the keys answers with status ${response.status}`)
  }
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength
    if (bytes > keysBytesMax) throw new Error(`the key set has more than ${keysBytesMax} bytes`)
    chunks.push(chunk)
  }
  // What has another shape is refused by createLocalJWKSet.
  return JSON.parse(Buffer.concat(chunks).toString('utf8')) as JSONWebKeySet
}
