import { SambandError } from '@samband/errors'

export type PeerAddress =
  | { readonly kind: 'unix'; readonly path: string }
  | { readonly kind: 'tls'; readonly host: string; readonly port: number }

/** `unix:/run/samband/engine-0.sock` or `tls://engine1.example.org:7420`. Throws SambandError 'peer-address-invalid'. */
export function parsePeerAddress(text: string): PeerAddress {
  const path = /^unix:(\/.+)$/.exec(text)?.[1]
  if (path !== undefined) return { kind: 'unix', path }
  const [, bracketed, plain, port] = /^tls:\/\/(?:\[([0-9a-fA-F:.]+)\]|([^:/[\]]+)):(\d{1,5})$/.exec(text) ?? []
  const host = bracketed ?? plain
  if (host !== undefined && Number(port) <= 65_535) return { kind: 'tls', host, port: Number(port) }
  throw new SambandError({
    code: 'peer-address-invalid',
    category: 'incorrect',
    message: `"${text}" is no address of a process: write unix:/path/to.sock (one machine) or tls://host:port`,
  })
}

export function formatPeerAddress(address: PeerAddress): string {
  if (address.kind === 'unix') return `unix:${address.path}`
  const host = address.host.includes(':') ? `[${address.host}]` : address.host
  return `tls://${host}:${address.port}`
}
