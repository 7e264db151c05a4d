import { request } from 'node:https'

/**
 * A `fetch` that trusts one certificate and nothing else: that of the server on this machine, which it wrote down itself.
 * Its name need not fit the address, and no authority need have signed it. Only what the operations client uses.
 */
export function pinnedFetch(certificate: string): typeof fetch {
  return (input, init) =>
    new Promise((resolve, reject) => {
      const url = new URL(input instanceof Request ? input.url : input)
      const options = {
        method: init?.method ?? 'GET',
        headers: Object.fromEntries(new Headers(init?.headers).entries()),
        ca: certificate,
        allowPartialTrustChain: true,
        checkServerIdentity: () => undefined,
        ...(init?.signal == null ? {} : { signal: init.signal }),
      }
      const outgoing = request(url, options, response => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () => {
          const status = response.statusCode ?? 502
          const body = status === 204 ? null : Buffer.concat(chunks)
          resolve(new Response(body, { status, headers: { 'content-type': response.headers['content-type'] ?? '' } }))
        })
      })
      outgoing.on('error', reject)
      outgoing.end(typeof init?.body === 'string' ? init.body : undefined)
    })
}
