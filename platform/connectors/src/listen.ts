import type { Server } from 'node:net'
import { SambandError } from '@samband/errors'

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: 'port taken: choose another "port", or stop what listens there',
  EACCES: 'ports below 1024 need privileges: choose another "port"',
  EADDRNOTAVAIL: 'this machine has no such address: change "host"',
  ENOTFOUND: 'the name cannot be resolved: change "host"',
}

/** Resolves when the server listens. Throws `unavailable` with the setting to change when it cannot. */
export function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const onError = (cause: NodeJS.ErrnoException): void => {
      const reason = reasons[cause.code ?? ''] ?? cause.code ?? 'unknown reason'
      const message = `cannot listen on ${host}:${port}: ${reason}`
      reject(new SambandError({ code: 'listen-failed', category: 'unavailable', message, cause }))
    }
    server.once('error', onError)
    server.listen(port, host, () => {
      server.off('error', onError)
      resolve()
    })
  })
}
