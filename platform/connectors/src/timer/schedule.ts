import { SambandError, toSambandError } from '@samband/errors'
import { type Calendar, type Duration, durationMs, isOpen } from '@samband/route'
import { Cron } from 'croner'

const everyMinMs = 10
/** The longest delay that a timer of the runtime can hold: 2^31 - 1 ms. */
const everyMaxMs = 2_147_483_647
/** Missed ticks that are counted one by one; beyond it the number says "at least". */
const missedMax = 1_000

/** When ticks are due. Times are epoch ms. */
export type Schedule = {
  /** For an operator: 'every 15m', 'cron 0 7 * * 1-5 Europe/Oslo'. */
  readonly text: string
  /** The first tick after this; undefined: never again. */
  readonly after: (ms: number) => number | undefined
  /** Of the ticks from `dueMs` on, the newest that is due now, and how many lie before it. */
  readonly latest: (dueMs: number, nowMs: number) => { readonly dueMs: number; readonly missed: number }
}

/** Ticks on a fixed grid from `startMs`. Throws SambandError 'timer-every-out-of-range'. */
export function everySchedule(every: Duration, startMs: number): Schedule {
  const everyMs = durationMs(every)
  if (everyMs < everyMinMs || everyMs > everyMaxMs) {
    throw invalid('timer-every-out-of-range', `"every" must lie between ${everyMinMs} ms and 24 days`)
  }
  return {
    text: `every ${every}`,
    after: ms => startMs + (Math.floor((ms - startMs) / everyMs) + 1) * everyMs,
    latest: (dueMs, nowMs) => {
      const missed = Math.max(0, Math.floor((nowMs - dueMs) / everyMs))
      return { dueMs: dueMs + missed * everyMs, missed }
    },
  }
}

/**
 * Ticks by a wall clock. Where summer time begins, a tick in the hour that is skipped comes when the clock has jumped; where
 * it ends, a tick at a fixed time comes once, at the first of the two, and one every few minutes comes in both hours.
 * Throws SambandError 'timer-cron-invalid'.
 */
export function cronSchedule(pattern: string, timeZone: string): Schedule {
  const cron = parsed(pattern, timeZone)
  const after = (ms: number): number | undefined => cron.nextRun(new Date(ms))?.getTime()
  return {
    text: `cron ${pattern} ${timeZone}`,
    after,
    latest: (dueMs, nowMs) => {
      // What lies before an instant, so one more millisecond to have the instant itself.
      const newest = cron.previousRuns(1, new Date(nowMs + 1))[0]?.getTime() ?? dueMs
      let missed = 0
      for (let at = dueMs; at < newest && missed < missedMax; missed += 1) at = after(at) ?? newest
      return { dueMs: Math.max(dueMs, newest), missed }
    },
  }
}

function parsed(pattern: string, timeZone: string): Cron {
  try {
    const cron = new Cron(pattern, { timezone: timeZone, paused: true, mode: '5-part' })
    if (cron.nextRun() !== null) return cron
  } catch (cause) {
    // It tells a wrong pattern by an error of the language.
    throw invalid(
      'timer-cron-invalid',
      `"${pattern}" in time zone "${timeZone}" is no schedule: ${textOf(cause)}`,
      cause,
    )
  }
  throw invalid('timer-cron-invalid', `"${pattern}" is never due: write minute, hour, day, month and weekday`)
}

function textOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : toSambandError(cause).message
}

/** Whether a tick that is due then is wanted at all. */
export function openAt(calendar: Calendar | undefined, dueMs: number): boolean {
  return calendar === undefined || isOpen(calendar, dueMs)
}

function invalid(code: string, text: string, cause?: unknown): SambandError {
  const init = { code, category: 'incorrect' as const, message: `timer: ${text}` }
  return new SambandError(cause === undefined ? init : { ...init, cause })
}
