import { readdirSync, readFileSync } from 'node:fs'

/** Ticks of the clock in /proc, as good as always. */
const msPerTick = 10

type Process = { readonly parent: number; readonly ms: number; readonly childrenMs: number }

/**
 * CPU of one PostgreSQL server so far, ended sessions included, in milliseconds: `backend` is any session of it. Other
 * servers on the machine are not counted. Undefined where the system does not tell.
 */
export function serverCpuMs(backend: number): number | undefined {
  const server = processOf(backend)?.parent
  const own = server === undefined ? undefined : processOf(server)
  if (server === undefined || own === undefined) return undefined
  let ms = own.ms + own.childrenMs
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const child = processOf(Number(name))
    if (child?.parent === server) ms += child.ms
  }
  return ms
}

function processOf(pid: number): Process | undefined {
  if (process.platform !== 'linux') return undefined
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const fields = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number)
    const sum = (from: number): number => ((fields[from] ?? 0) + (fields[from + 1] ?? 0)) * msPerTick
    return { parent: fields[1] ?? 0, ms: sum(11), childrenMs: sum(13) }
  } catch {
    // It ended while it was looked at.
    return undefined
  }
}
