import type { Duration } from '@samband/route'
import { z } from 'zod'
import { durationField, hostField, limitField, portField } from '../config/fields.ts'
import { type SecretSource, secretSourceField } from '../config/secret.ts'
import { type ClientTls, clientTlsField, type ListenerTls, listenerTlsField } from '../config/tls.ts'

/** Who may send. `none` has to be written out: an open listener is a decision, not an oversight. */
export type HttpSourceAuth =
  | { readonly kind: 'bearer'; readonly token: SecretSource }
  | { readonly kind: 'client-certificate' }
  | { readonly kind: 'none' }

export type HttpSourceConfig = {
  readonly host: string
  readonly port: number
  readonly path: string
  readonly auth: HttpSourceAuth
  readonly tls?: ListenerTls | undefined
  readonly recordHeaders: readonly string[]
  readonly bodyBytesMax: number
  readonly streamedBytesMax: number
  readonly connectionsMax: number
  readonly awaitingMax: number
  readonly headersTimeout: Duration
  readonly requestTimeout: Duration
  readonly keepAliveTimeout: Duration
  readonly retryAfter: Duration
  readonly closeTimeout: Duration
}

const sourceAuthField: z.ZodType<HttpSourceAuth> = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('bearer'), token: secretSourceField }),
  z.strictObject({ kind: z.literal('client-certificate') }),
  z.strictObject({ kind: z.literal('none') }),
])

const headerName = z.string().regex(/^[a-z0-9-]+$/, 'write header names in lower case')
const secretHeaders: ReadonlySet<string> = new Set(['authorization', 'proxy-authorization', 'cookie', 'set-cookie'])

export const httpSourceSchema: z.ZodType<HttpSourceConfig> = z
  .strictObject({
    host: hostField.default('127.0.0.1').describe('Address to listen on; 0.0.0.0 for every network card.'),
    port: portField.describe('TCP port to listen on.'),
    path: z.string().startsWith('/').default('/').describe('Path that takes messages; any other answers 404.'),
    auth: sourceAuthField.describe('bearer (token from a file or the environment), client-certificate, or none.'),
    tls: listenerTlsField.optional().describe('TLS of the listener; with caFile, mutual TLS.'),
    recordHeaders: z
      .array(headerName.refine(name => !secretHeaders.has(name), 'a header that carries a secret is never recorded'))
      .default([])
      .describe('Further request headers to keep as attributes (content-type and idempotency-key always are).'),
    bodyBytesMax: limitField.default(16 * 1024 * 1024).describe('Largest body in bytes.'),
    streamedBytesMax: limitField
      .max(2 ** 31 - 1)
      .default(2 ** 31 - 1)
      .describe('Instead of bodyBytesMax where the route has no parser and the body is not HL7 v2: it is streamed.'),
    connectionsMax: limitField.default(256).describe('Connections at once.'),
    awaitingMax: limitField.default(1_000).describe('Requests that may await their commit; more are answered 503.'),
    headersTimeout: durationField.default('10s').describe('Longest time for the headers of a request.'),
    requestTimeout: durationField.default('60s').describe('Longest time for a whole request.'),
    keepAliveTimeout: durationField.default('60s').describe('An unused connection is closed after so long.'),
    retryAfter: durationField.default('5s').describe('What a sender is told to wait when a message cannot be stored.'),
    closeTimeout: durationField.default('5s').describe('How long requests under way may be answered at shutdown.'),
  })
  .refine(config => config.auth.kind !== 'client-certificate' || config.tls?.caFile !== undefined, {
    message: 'auth "client-certificate" needs tls.caFile',
    path: ['auth'],
  })

export type HttpDestinationAuth =
  | { readonly kind: 'bearer'; readonly token: SecretSource }
  | { readonly kind: 'basic'; readonly username: string; readonly password: SecretSource }

export type HttpDestinationConfig = {
  readonly url: string
  readonly method: 'POST' | 'PUT'
  readonly contentType: string
  readonly headers: Readonly<Record<string, string>>
  readonly auth?: HttpDestinationAuth | undefined
  readonly tls?: ClientTls | undefined
  readonly connections: number
  readonly timeout: Duration
  readonly connectTimeout: Duration
  readonly keepAliveTimeout: Duration
  readonly responseBytesMax: number
}

const destinationAuthField: z.ZodType<HttpDestinationAuth> = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('bearer'), token: secretSourceField }),
  z.strictObject({ kind: z.literal('basic'), username: z.string().min(1), password: secretSourceField }),
])

export const httpDestinationSchema: z.ZodType<HttpDestinationConfig> = z.strictObject({
  url: z
    .url({ protocol: /^https?$/, message: 'write an http or https address' })
    .refine(url => !hasUserInfo(url), 'no user name or password in the address: use "auth"')
    .describe('Where each message is sent.'),
  method: z.enum(['POST', 'PUT']).default('POST').describe('HTTP method.'),
  contentType: z
    .string()
    .min(1)
    .default('application/octet-stream')
    .describe('Content-Type where the message brings none of its own.'),
  headers: z
    .record(
      headerName.refine(name => !secretHeaders.has(name), 'secrets come from "auth"'),
      z.string(),
    )
    .default({})
    .describe('Headers sent with every message.'),
  auth: destinationAuthField.optional().describe('bearer or basic, the secret from a file or the environment.'),
  tls: clientTlsField.optional().describe('TLS towards an https receiver; with certFile and keyFile, mutual TLS.'),
  connections: z.int().min(1).max(256).default(4).describe('Requests under way at once.'),
  timeout: durationField.default('30s').describe('Longest time for a whole exchange.'),
  connectTimeout: durationField.default('5s').describe('Longest wait for a connection, with its TLS handshake.'),
  keepAliveTimeout: durationField.default('4s').describe('An unused connection is closed on our side after so long.'),
  responseBytesMax: limitField.default(1024 * 1024).describe('Largest response that is kept, in bytes.'),
})

function hasUserInfo(url: string): boolean {
  const parsed = URL.parse(url)
  return parsed !== null && (parsed.username !== '' || parsed.password !== '')
}
