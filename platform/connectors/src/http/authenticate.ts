import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { TLSSocket } from 'node:tls'
import { readSecret } from '../config/secret.ts'
import type { HttpSourceAuth } from './config.ts'

/** Whether a request may send messages. */
export type Authenticate = (request: IncomingMessage) => boolean

/** Reads the secret once, when the endpoint opens. Throws `incorrect` when it is missing. */
export async function createAuthenticate(auth: HttpSourceAuth): Promise<Authenticate> {
  switch (auth.kind) {
    case 'none':
      return () => true
    case 'client-certificate':
      // The handshake has already refused a wrong certificate; this says it again for the reader, and for a wrong configuration.
      return request => request.socket instanceof TLSSocket && request.socket.authorized
    case 'bearer': {
      const expected = digest(await readSecret(auth.token, 'auth.token'))
      return request => {
        const match = /^Bearer +([^ ]+)$/i.exec(request.headers.authorization ?? '')
        // Digests have one length, so that the comparison tells nothing about the token, its length included.
        return match?.[1] !== undefined && timingSafeEqual(digest(match[1]), expected)
      }
    }
  }
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
