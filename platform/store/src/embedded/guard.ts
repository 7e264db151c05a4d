import { type ChildProcess, spawn } from 'node:child_process'
import { serverEnvironment } from './cluster.ts'
import { identityOf, type SystemUser } from './system-user.ts'

export type Guard = {
  /** The server was stopped: the guard ends without doing anything. */
  dismiss(): void
}

/**
 * A shell that waits on a pipe from us. When we are killed, the pipe closes and the shell asks the server for a fast
 * shutdown; what it does not get to (it was killed too), the next start does.
 */
export function startGuard(server: ChildProcess, user: SystemUser | undefined): Guard {
  const script = 'if read -r line; then exit 0; fi; kill -INT "$1"'
  const guard = spawn('/bin/sh', ['-c', script, 'samband-postgres-guard', String(server.pid)], {
    ...identityOf(user),
    cwd: '/',
    env: serverEnvironment,
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  const pipe = guard.stdin
  guard.on('error', () => {})
  pipe?.on('error', () => {})
  guard.unref()
  // Only the closing of the pipe matters; it must not keep our process alive.
  if (pipe !== null && 'unref' in pipe && typeof pipe.unref === 'function') pipe.unref()
  return { dismiss: () => pipe?.end('over\n') }
}
