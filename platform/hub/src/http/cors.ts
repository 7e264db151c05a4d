import type { FastifyReply, FastifyRequest } from 'fastify'

/** Pages of which origins may call the hub from a browser. Without it: none. */
export type CorsOptions = {
  /** 'https://app.example.org'; '*' for any, which suits a server without secrets only. */
  readonly origins: readonly string[]
}

const exposed = 'etag, last-modified, location, x-request-id, content-location, retry-after, www-authenticate'
const allowedHeaders =
  'authorization, accept, content-type, if-match, if-none-match, if-modified-since, if-none-exist, prefer, x-request-id'
const preflightSeconds = '600'

/** Adds what browsers ask for (Fetch standard, CORS protocol). Answers true for a preflight that is answered with it. */
export function applyCors({ origins }: CorsOptions, request: FastifyRequest, reply: FastifyReply): boolean {
  const { origin } = request.headers
  reply.header('vary', 'origin')
  if (origin === undefined || !(origins.includes('*') || origins.includes(origin))) return false
  reply.header('access-control-allow-origin', origins.includes('*') ? '*' : origin)
  reply.header('access-control-expose-headers', exposed)
  const wanted = request.headers['access-control-request-method']
  if (request.method !== 'OPTIONS' || wanted === undefined) return false
  reply.header('access-control-allow-methods', 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS')
  reply.header('access-control-allow-headers', allowedHeaders)
  reply.header('access-control-max-age', preflightSeconds)
  return true
}
