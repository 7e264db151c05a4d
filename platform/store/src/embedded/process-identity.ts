import { spawnSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'

/** Whether a process with that id exists, also one of another user. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/**
 * Text that differs between two processes that had the same id one after the other: the boot and the start time.
 * Undefined when there is no such process.
 */
export async function startStamp(pid: number): Promise<string | undefined> {
  if (process.platform === 'linux') {
    try {
      const [boot, status] = await Promise.all([
        readFile('/proc/sys/kernel/random/boot_id', 'utf8'),
        readFile(`/proc/${pid}/stat`, 'utf8'),
      ])
      // The second field is the command in parentheses and may hold spaces; the start time is the 22nd (proc_pid_stat(5)).
      return `${boot.trim()} ${status.slice(status.lastIndexOf(')') + 2).split(' ')[19]}`
    } catch {
      return undefined
    }
  }
  return ask(pid, 'lstart=')
}

/** The arguments that a process was started with, separated by spaces; undefined when there is no such process. */
export async function commandLine(pid: number): Promise<string | undefined> {
  if (process.platform === 'linux') {
    const text = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
    return text === '' ? undefined : text.replaceAll('\u0000', ' ').trim()
  }
  return ask(pid, 'command=')
}

function ask(pid: number, field: string): string | undefined {
  const { status, stdout } = spawnSync('ps', ['-ww', '-o', field, '-p', String(pid)], { encoding: 'utf8' })
  const text = status === 0 ? stdout.trim() : ''
  return text === '' ? undefined : text
}
