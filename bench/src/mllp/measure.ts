import { readdirSync, readFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { openDatabase } from '@samband/store'

export type Percentiles = { readonly p50: number; readonly p95: number; readonly p99: number }

/** `values` are sorted in place. */
export function percentiles(values: Float64Array): Percentiles {
  values.sort()
  const at = (share: number): number =>
    round(values[Math.min(values.length - 1, Math.floor(values.length * share))] ?? 0, 2)
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) }
}

export function round(value: number, digits = 0): number {
  return Number(value.toFixed(digits))
}

/** Ticks of the clock in /proc, as good as always. */
const ticksPerSecond = 100

/** User and system time of every process named postgres, from Linux's /proc; the bench is alone with its database. */
export function postgresCpuMs(): number | undefined {
  if (process.platform !== 'linux') return undefined
  let ticks = 0
  for (const pid of readdirSync('/proc')) {
    if (!/^\d+$/.test(pid)) continue
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
      if (!stat.includes('(postgres)')) continue
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      ticks += Number(fields[11]) + Number(fields[12])
    } catch {
      // The process ended while it was looked at.
    }
  }
  return (ticks * 1000) / ticksPerSecond
}

/** How idle the machine was, 0 to 1, between two of these: near 0 with others at work on it means a noisy figure. */
export function machineTimes(): { readonly idle: number; readonly total: number } {
  let idle = 0
  let total = 0
  for (const { times } of cpus()) {
    idle += times.idle
    total += times.idle + times.user + times.nice + times.sys + times.irq
  }
  return { idle, total }
}

export function idleShare(before: ReturnType<typeof machineTimes>, after: ReturnType<typeof machineTimes>): number {
  return round((after.idle - before.idle) / Math.max(1, after.total - before.total), 2)
}

export function ownCpuMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

/** Size of all tables of the engine with their indexes, in bytes, and how many messages are in them. */
export async function journalSize(url: string): Promise<{ readonly bytes: number; readonly messages: number }> {
  const db = await openDatabase({ url })
  try {
    const { rows } = await db.pool.query<{ bytes: number; messages: number }>(
      `select (select coalesce(sum(pg_total_relation_size(c.oid)), 0) from pg_class c
                where c.relnamespace = 'engine'::regnamespace and c.relkind = 'r')::float8 as bytes,
              (select count(*) from engine.message)::float8 as messages`,
    )
    return rows[0] ?? { bytes: 0, messages: 0 }
  } finally {
    await db.close()
  }
}

/** The row in the middle by that number; of an even count the upper one. */
export function medianBy<Row>(rows: readonly Row[], number: (row: Row) => number): Row | undefined {
  return rows.toSorted((a, b) => number(a) - number(b))[rows.length >> 1]
}
