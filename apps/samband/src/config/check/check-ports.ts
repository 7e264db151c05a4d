import type { LoadedRoute } from '@samband/engine'
import { endpointRoles } from '../check-routes.ts'
import type { Deployment } from '../examine-config.ts'
import type { Finding } from './finding.ts'

type Listener = { readonly path: string; readonly host: string; readonly port: number }

const everyCard: ReadonlySet<string> = new Set(['0.0.0.0', '::', '*', ''])
const hostDefault = '127.0.0.1'

/** Listeners that want one port of one address: console and API, the embedded database, and the sources of routes. */
export function checkPorts(deployment: Deployment, routes: readonly LoadedRoute[]): readonly Finding[] {
  const listeners = listenersOf(deployment, routes)
  return listeners.flatMap((one, at) =>
    listeners.slice(at + 1).flatMap((other): Finding[] => {
      if (one.port !== other.port || !overlap(one.host, other.host)) return []
      const text = `${shown(one)} is also that of ${other.path}: only one of them can listen there`
      return [{ kind: 'problem', code: 'port-collision', path: one.path, text }]
    }),
  )
}

function listenersOf({ http, database, endpoints }: Deployment, routes: readonly LoadedRoute[]): readonly Listener[] {
  const sources = [...endpointRoles(routes)].flatMap(([name, roles]): Listener[] => {
    const setting = endpoints[name]
    const port = setting?.['port']
    const host = setting?.['host']
    if (!roles.has('source') || typeof port !== 'number') return []
    return [{ path: `endpoints.${name}.port`, host: typeof host === 'string' ? host : hostDefault, port }]
  })
  const embedded = database.url === undefined ? [{ path: 'database.port', host: hostDefault, port: database.port }] : []
  // Port 0 takes a free one.
  return [{ path: 'http.port', host: http.host, port: http.port }, ...embedded, ...sources].filter(
    ({ port }) => port !== 0,
  )
}

function overlap(a: string, b: string): boolean {
  const same = (host: string): string => (host === 'localhost' ? hostDefault : host.toLowerCase())
  return same(a) === same(b) || everyCard.has(a) || everyCard.has(b)
}

function shown({ host, port }: Listener): string {
  return `${host}:${port}`
}
