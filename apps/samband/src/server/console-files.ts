import { existsSync } from 'node:fs'
import fastifyStatic from '@fastify/static'
import { type OperationsOptions, sendError, unknownPath } from '@samband/operations'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

/**
 * The built console: its files under their own names, and its page for every other address that a browser opens, since
 * the console's router reads the address itself. Files with a hash in their name never change; the page always may.
 */
export async function addConsole(
  server: FastifyInstance,
  folder: string | undefined,
  context: Pick<OperationsOptions, 'log'>,
): Promise<void> {
  const built = folder !== undefined && existsSync(folder)
  if (built) {
    await server.register(fastifyStatic, {
      root: folder,
      wildcard: false,
      index: ['index.html'],
      cacheControl: false,
      setHeaders: (reply, path) => {
        const forever = /[\\/]assets[\\/]/.test(path)
        void reply.header('cache-control', forever ? 'public, max-age=31536000, immutable' : 'no-cache')
      },
    })
  }
  server.setNotFoundHandler(async (request, reply) => {
    if (built && wantsPage(request)) return await sendPage(reply)
    return sendError(context, reply, unknownPath())
  })
  server.setErrorHandler((thrown, _request, reply) => sendError(context, reply, thrown))
}

async function sendPage(reply: FastifyReply): Promise<FastifyReply> {
  return await reply.header('cache-control', 'no-cache').sendFile('index.html')
}

/** A person's browser that opens an address of the console; not a missing file, not a program. */
function wantsPage({ method, url, headers }: FastifyRequest): boolean {
  if (method !== 'GET' && method !== 'HEAD') return false
  const path = url.split('?')[0] ?? ''
  if (path.startsWith('/api') || path.startsWith('/assets/')) return false
  return (headers.accept ?? '').includes('text/html')
}
