import { timingSafeEqual } from 'node:crypto'
import type { ConnectionOptions, TlsOptions } from 'node:tls'

/**
 * TLS by a secret that both sides have, without certificates: each proves to the other that it has it. With an ephemeral
 * key exchange (RFC 5489), so that who learns the secret later cannot read what was recorded. TLS 1.2, because the
 * runtime's callbacks are those of RFC 4279.
 */
const common = {
  minVersion: 'TLSv1.2',
  maxVersion: 'TLSv1.2',
  ciphers: 'ECDHE-PSK-CHACHA20-POLY1305',
} as const

const handshakeMs = 10_000
const identity = Buffer.from('samband-peer')

export function serverTls(secret: Buffer): TlsOptions {
  return {
    ...common,
    handshakeTimeout: handshakeMs,
    pskCallback: (_, offered) => {
      const given = Buffer.from(offered)
      return given.length === identity.length && timingSafeEqual(given, identity) ? secret : null
    },
  }
}

export function clientTls(secret: Buffer): ConnectionOptions {
  return {
    ...common,
    pskCallback: () => ({ psk: secret, identity: identity.toString() }),
    // There is no certificate whose names could be compared: the secret is the proof.
    checkServerIdentity: () => undefined,
  }
}
