import type { FastifyInstance } from 'fastify'

/**
 * Scripts, fonts and connections from this origin only, nothing framed, nothing embedded. Styles allow 'unsafe-inline'
 * because the console's component library sets style attributes and a style element for its variables; a style can
 * neither run code nor, with connections and images kept to this origin, send anything anywhere.
 */
export const contentSecurityPolicy: string = [
  `default-src 'none'`,
  `script-src 'self'`,
  `style-src 'self' 'unsafe-inline'`,
  `font-src 'self'`,
  `img-src 'self' data:`,
  `connect-src 'self'`,
  `manifest-src 'self'`,
  `base-uri 'none'`,
  `form-action 'self'`,
  `frame-ancestors 'none'`,
].join('; ')

export function securityHeaders(tls: boolean): Readonly<Record<string, string>> {
  return {
    'content-security-policy': contentSecurityPolicy,
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
    ...(tls ? { 'strict-transport-security': 'max-age=31536000' } : {}),
  }
}

/** On every answer of the server, also static files and errors: call it on the root instance. */
export function addSecurityHeaders(server: FastifyInstance, { tls }: { readonly tls: boolean }): void {
  const headers = securityHeaders(tls)
  server.addHook('onRequest', async (_request, reply) => {
    reply.headers(headers)
  })
}
