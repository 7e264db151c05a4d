/**
 * What a server that was not stopped properly leaves behind, and how each case ends:
 *
 * - *running orphan*: our process was killed, the server still runs (or is on its way down). It is stopped.
 * - *dead*: the server was killed too. PostgreSQL recovers from its log by itself.
 * - *dead, id listed*: as above, but another process has the id that `postmaster.pid` names (after a reboot, or in a new
 *   container), or nobody waited for the dead one. PostgreSQL would refuse to start, so the id in the file is replaced
 *   by one that no process has. The file itself stays: its other lines let PostgreSQL notice workers of the dead server
 *   that still use the shared memory.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { SambandError } from '@samband/errors'
import { commandLine, isAlive, isListed } from './process-identity.ts'

const pollMs = 10
/** Greater than any process id that Linux (2^22) or macOS (99,998) gives out. */
const nobodysPid = 2 ** 31 - 1

export type Postmaster = { readonly pid: number; readonly port: number; readonly ready: boolean }

/** The lines of postmaster.pid: 1 is the process id, 4 the port, 8 the state (miscinit.c, "lock file"). */
export async function readPostmaster(cluster: string): Promise<Postmaster | undefined> {
  const text = await readFile(join(cluster, 'postmaster.pid'), 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  const lines = text.split('\n')
  return { pid: Number(lines[0]), port: Number(lines[3]), ready: lines[7]?.trim() === 'ready' }
}

/** Whether process `pid` is the server of this cluster: nothing else is ever sent a signal. */
async function servesCluster(pid: number, cluster: string): Promise<boolean> {
  const command = await commandLine(pid)
  return command !== undefined && command.includes('postgres') && command.includes(`-D ${cluster}`)
}

/** @throws SambandError `embedded-left-over` when the orphan does not stop. */
export async function clearLeftOver(cluster: string, log: (text: string) => void): Promise<void> {
  const left = await readPostmaster(cluster)
  if (left === undefined || !Number.isInteger(left.pid) || left.pid <= 0 || !isListed(left.pid)) return
  if (!isAlive(left.pid) || !(await servesCluster(left.pid, cluster))) {
    const file = join(cluster, 'postmaster.pid')
    const text = await readFile(file, 'utf8')
    await writeFile(file, text.replace(/^\d+/, String(nobodysPid)))
    log(`the database was not stopped properly; process ${left.pid} is not it, starting`)
    return
  }
  log(`the database of an earlier run is still there (process ${left.pid}); stopping it first`)
  await stopProcess(left.pid, { fastMs: 5_000, immediateMs: 5_000 })
}

/** Fast shutdown (SIGINT), then immediate (SIGQUIT), which recovers at the next start. */
async function stopProcess(
  pid: number,
  { fastMs, immediateMs }: { fastMs: number; immediateMs: number },
): Promise<void> {
  if (signal(pid, 'SIGINT') && (await isGone(pid, fastMs))) return
  if (signal(pid, 'SIGQUIT') && (await isGone(pid, immediateMs))) return
  if (!isAlive(pid)) return
  throw new SambandError({
    code: 'embedded-left-over',
    category: 'fault',
    message: `the database process ${pid} does not stop: end it by hand (kill -QUIT ${pid})`,
  })
}

function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    process.kill(pid, name)
    return true
  } catch {
    return false
  }
}

async function isGone(pid: number, withinMs: number): Promise<boolean> {
  const end = performance.now() + withinMs
  while (isAlive(pid)) {
    if (performance.now() > end) return false
    await delay(pollMs)
  }
  return true
}
