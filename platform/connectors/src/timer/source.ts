import type { EndpointState, Intake, SourceContext, SourceHandle, SourceKind } from '@samband/engine'
import { SambandError, toSambandError } from '@samband/errors'
import { type Calendar, durationMs } from '@samband/route'
import { configParser } from '../config/config-parser.ts'
import { EndpointMonitor } from '../endpoint-monitor.ts'
import { type Clock, systemClock } from './clock.ts'
import { type TimerSourceConfig, timerSourceSchema } from './config.ts'
import { cronSchedule, everySchedule, openAt, type Schedule } from './schedule.ts'
import type { Tick } from './tick.ts'

/** The wall clock is looked at this often at least: it may have been set, and no timer holds longer than 24 days. */
const lookAgainMs = 60_000
const utf8 = new TextEncoder()

export const timerSource: SourceKind<TimerSourceConfig> = {
  parseConfig: configParser(timerSourceSchema),
  // A tick for each process would be one too many.
  oneAtATime: true,
  open: context => openTimer(context),
}

/** `clock` is for tests. */
export async function openTimer(
  context: SourceContext<TimerSourceConfig>,
  clock: Clock = systemClock,
): Promise<SourceHandle> {
  return new TimerSource(context, clock, paceOf(context, clock.now()))
}

type Pace = { readonly schedule: Schedule; readonly catchUpMs: number; readonly calendar: Calendar | undefined }

/** The deployment's pace, or else the route's: an own "cron" or "every" replaces whichever the route has. */
function paceOf({ endpoint, config, options }: SourceContext<TimerSourceConfig>, nowMs: number): Pace {
  const own = config.cron !== undefined || config.every !== undefined
  if (config.cron !== undefined && config.every !== undefined) {
    throw incorrect('timer-two-paces', endpoint, 'set "every" or "cron", not both')
  }
  // What a route's timer(...) wrote has been checked there.
  const written = options as TimerSourceConfig & { readonly calendar?: Calendar }
  const { cron, every } = own ? config : written
  const timeZone = config.timeZone ?? written.timeZone
  const catchUp = config.catchUp ?? written.catchUp
  const rest = { catchUpMs: catchUp === undefined ? 0 : durationMs(catchUp), calendar: written.calendar }
  if (cron !== undefined) {
    if (timeZone === undefined) throw incorrect('timer-zone-missing', endpoint, 'set "timeZone", by which "cron" goes')
    return { schedule: cronSchedule(cron, timeZone), ...rest }
  }
  if (every === undefined) {
    const text = 'set "every" or "cron", in its configuration or in the route\'s timer(...)'
    throw incorrect('timer-every-missing', endpoint, text)
  }
  return { schedule: everySchedule(every, nowMs), ...rest, catchUpMs: 0 }
}

/**
 * *waiting* for the next tick -> *due*: it is submitted, unless the one before is still being stored or the calendar is
 * closed -> *waiting*. When it finds more than one due (the machine slept), the newest is submitted and the others are
 * counted, so that a system that was away does not come back to a queue of old ticks. When the clock was set back, it waits
 * for the next tick by the new time.
 */
class TimerSource implements SourceHandle {
  readonly address: string
  readonly #endpoint: string
  readonly #intake: Intake
  readonly #clock: Clock
  readonly #schedule: Schedule
  readonly #calendar: Calendar | undefined
  readonly #monitor: EndpointMonitor = new EndpointMonitor()
  #dueMs: number | undefined
  #lookedMs: number
  #cancel: () => void = () => {}
  #submitting: Promise<void> | undefined
  #closed = false

  constructor(context: SourceContext<TimerSourceConfig>, clock: Clock, { schedule, catchUpMs, calendar }: Pace) {
    this.address = `timer:${schedule.text}`
    this.#endpoint = context.endpoint
    this.#intake = context.intake
    this.#clock = clock
    this.#schedule = schedule
    this.#calendar = calendar
    this.#lookedMs = clock.now()
    this.#dueMs = schedule.after(this.#lookedMs - catchUpMs)
    if (catchUpMs > 0) this.#look()
    else this.#wait()
  }

  readonly state = (): EndpointState => this.#monitor.state(this.#closed ? 'idle' : 'up', 0)

  readonly close = async (): Promise<void> => {
    this.#closed = true
    this.#cancel()
    await this.#submitting
  }

  #wait(): void {
    if (this.#dueMs === undefined || this.#closed) return
    const ms = Math.min(lookAgainMs, Math.max(0, this.#dueMs - this.#clock.now()))
    this.#cancel = this.#clock.after(ms, () => this.#look())
  }

  #look(): void {
    const now = this.#clock.now()
    const setBack = now < this.#lookedMs - lookAgainMs
    this.#lookedMs = now
    if (setBack) this.#dueMs = this.#schedule.after(now)
    if (this.#dueMs !== undefined && this.#dueMs <= now) this.#due(this.#dueMs, now)
    this.#wait()
  }

  #due(firstMs: number, nowMs: number): void {
    const { dueMs, missed } = this.#schedule.latest(firstMs, nowMs)
    if (missed > 0) this.#monitor.count('skipped', missed)
    this.#dueMs = this.#schedule.after(nowMs)
    if (!openAt(this.#calendar, dueMs)) this.#monitor.count('closed')
    else if (this.#submitting !== undefined) this.#monitor.count('skipped')
    else this.#submitting = this.#submit({ endpoint: this.#endpoint, due: iso(dueMs), at: iso(nowMs) })
  }

  async #submit(tick: Tick): Promise<void> {
    try {
      await this.#intake.submit({ bytes: utf8.encode(JSON.stringify(tick)), peer: 'timer' })
      this.#monitor.count('submitted')
    } catch (thrown) {
      const error = toSambandError(thrown)
      this.#monitor.trouble('timer-tick-not-stored', error.message)
    } finally {
      this.#submitting = undefined
    }
  }
}

function incorrect(code: string, endpoint: string, text: string): SambandError {
  return new SambandError({ code, category: 'incorrect', message: `endpoint "${endpoint}": ${text}` })
}

function iso(ms: number): string {
  return new Date(ms).toISOString()
}
