import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'

/** The 22nd field, counted from the third. */
const startTimeField = 19

/** Whether the system lists that id, be it of another user or of a process that has ended and was not waited for. */
export function isListed(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/**
 * Whether a process with that id runs. One that has ended does not, although it stays listed until somebody waits for
 * it: in a container without an init process for ever.
 */
export function isAlive(pid: number): boolean {
  if (!isListed(pid)) return false
  if (process.platform !== 'linux') return true
  try {
    return statFields(readFileSync(`/proc/${pid}/stat`, 'utf8'))[0] !== 'Z'
  } catch {
    return false
  }
}

/** From the third field on (proc_pid_stat(5)): the second is the command in parentheses and may hold spaces. */
function statFields(text: string): string[] {
  return text.slice(text.lastIndexOf(')') + 2).split(' ')
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
      return `${boot.trim()} ${statFields(status)[startTimeField]}`
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
