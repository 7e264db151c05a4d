import type { Outgoing } from '@samband/engine'
import type { HttpDestinationConfig } from './config.ts'

const prefix = 'http.header.'

/** Headers that belong to this exchange, not to the message: an attribute never sets them. */
const ownHeaders: ReadonlySet<string> = new Set([
  'authorization',
  'connection',
  'content-encoding',
  'content-length',
  'cookie',
  'expect',
  'host',
  'idempotency-key',
  'keep-alive',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** Configured headers, then those that the message brings as attributes ('http.header.content-type'), then our own. */
export function requestHeaders(
  config: HttpDestinationConfig,
  outgoing: Outgoing,
  authorization: string | undefined,
): Record<string, string> {
  const headers: Record<string, string> = { 'content-type': config.contentType, ...config.headers }
  for (const [attribute, value] of Object.entries(outgoing.attributes)) {
    const name = attribute.startsWith(prefix) ? attribute.slice(prefix.length).toLowerCase() : ''
    if (isHeaderName(name) && !ownHeaders.has(name)) headers[name] = singleLine(value)
  }
  headers['content-length'] = String(outgoing.stream?.bytes ?? outgoing.bytes.length)
  headers['idempotency-key'] = singleLine(outgoing.idempotencyKey)
  if (authorization !== undefined) headers['authorization'] = authorization
  return headers
}

function isHeaderName(name: string): boolean {
  return /^[a-z0-9-]+$/.test(name)
}

/** What a header may hold (RFC 9110 §5.5): a message cannot smuggle in a second header. */
function singleLine(value: string): string {
  return value.replace(/[^\x20-\x7e]/g, '_')
}
