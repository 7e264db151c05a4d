import { type Calendar, type Duration, durationMs, type SourceDescriptor } from '@samband/route'
import { cronSchedule } from './schedule.ts'

type Common = {
  readonly endpoint?: string
  /** No tick while it is closed. */
  readonly calendar?: Calendar
}

export type TimerOptions =
  | (Common & { readonly every: Duration; readonly cron?: undefined })
  | (Common & {
      readonly endpoint: string
      readonly every?: undefined
      readonly cron?: undefined
    })
  | (Common & {
      readonly every?: undefined
      /** Minute, hour, day of the month, month, day of the week: '0 7 * * 1-5'. */
      readonly cron: string
      /** By whose clock: 'Europe/Oslo'. There is no default, because the server's is nobody's choice. */
      readonly timeZone: string
      /** On start, the newest tick that was due so long ago at most is submitted, also if it was before. Default: none. */
      readonly catchUp?: Duration
    })

/**
 * A message at a fixed pace, `timer({ every: '15m' })`, or at the times of a calendar's clock,
 * `timer({ cron: '0 7 * * 1-5', timeZone: 'Europe/Oslo' })`. Without an endpoint's name it needs no configuration; with one,
 * the deployment may set another pace. Throws SambandError for an expression that cron does not know.
 */
export function timer(options: TimerOptions): SourceDescriptor {
  const { endpoint, calendar } = options
  const open = calendar === undefined ? {} : { calendar }
  if (options.cron !== undefined) {
    const { cron, timeZone, catchUp } = options
    cronSchedule(cron, timeZone)
    if (catchUp !== undefined) durationMs(catchUp)
    const late = catchUp === undefined ? {} : { catchUp }
    return descriptor(endpoint ?? nameOf(cron), { cron, timeZone, ...late, ...open })
  }
  const { every } = options
  if (every !== undefined) durationMs(every)
  return descriptor(endpoint ?? `every-${every}`, { ...(every === undefined ? {} : { every }), ...open })
}

function descriptor(endpoint: string, options: Record<string, unknown>): SourceDescriptor {
  return Object.freeze({ connector: 'timer', endpoint, options: Object.freeze(options) })
}

/** 'cron-0-7-x-x-1-5' of '0 7 * * 1-5'. */
function nameOf(cron: string): string {
  return `cron-${cron.replaceAll('*', 'x').replaceAll(/[^0-9a-z]+/gi, '-')}`
}
