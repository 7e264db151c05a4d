import type { EndpointState, Intake, SourceContext, SourceHandle, SourceKind } from '@samband/engine'
import { SambandError, toSambandError } from '@samband/errors'
import { type Duration, durationMs } from '@samband/route'
import { configParser } from '../config/config-parser.ts'
import { EndpointMonitor } from '../endpoint-monitor.ts'
import { type TimerSourceConfig, timerSourceSchema } from './config.ts'

const everyMinMs = 10
/** The longest delay that a timer of the runtime can hold: 2^31 - 1 ms. */
const everyMaxMs = 2_147_483_647
const utf8 = new TextEncoder()

/** The body of each message that a timer submits. */
export type Tick = {
  readonly endpoint: string
  /** When the tick was due, ISO 8601 in UTC. */
  readonly due: string
  /** When it was submitted, ISO 8601 in UTC. */
  readonly at: string
}

export const timerSource: SourceKind<TimerSourceConfig> = {
  parseConfig: configParser(timerSourceSchema),
  open: async context => new TimerSource(context, everyOf(context)),
}

function everyOf(context: SourceContext<TimerSourceConfig>): Duration {
  const every = context.config.every ?? context.options['every']
  if (typeof every !== 'string') {
    throw new SambandError({
      code: 'timer-every-missing',
      category: 'incorrect',
      message: `endpoint "${context.endpoint}": set "every", in its configuration or in the route's timer(...)`,
    })
  }
  const ms = durationMs(every as Duration)
  if (ms >= everyMinMs && ms <= everyMaxMs) return every as Duration
  throw new SambandError({
    code: 'timer-every-out-of-range',
    category: 'incorrect',
    message: `endpoint "${context.endpoint}": "every" must lie between ${everyMinMs} ms and 24 days`,
  })
}

/**
 * Ticks lie on a fixed grid from the start. A tick whose predecessor is still being stored is skipped and counted, so
 * that a database that was away does not come back to a queue of old ticks.
 */
class TimerSource implements SourceHandle {
  readonly address: string
  readonly #endpoint: string
  readonly #intake: Intake
  readonly #everyMs: number
  readonly #monitor: EndpointMonitor = new EndpointMonitor()
  #dueAt: number
  #timer: NodeJS.Timeout
  #submitting: Promise<void> | undefined
  #closed = false

  constructor(context: SourceContext<TimerSourceConfig>, every: Duration) {
    this.address = `timer:every ${every}`
    this.#endpoint = context.endpoint
    this.#intake = context.intake
    this.#everyMs = durationMs(every)
    this.#dueAt = Date.now() + this.#everyMs
    this.#timer = setTimeout(() => this.#tick(), this.#everyMs)
  }

  readonly state = (): EndpointState => this.#monitor.state(this.#closed ? 'idle' : 'up', 0)

  readonly close = async (): Promise<void> => {
    this.#closed = true
    clearTimeout(this.#timer)
    await this.#submitting
  }

  #tick(): void {
    const due = this.#dueAt
    const now = Date.now()
    const missed = Math.max(0, Math.floor((now - due) / this.#everyMs))
    if (missed > 0) this.#monitor.count('skipped', missed)
    this.#dueAt = due + (missed + 1) * this.#everyMs
    this.#timer = setTimeout(() => this.#tick(), Math.max(0, this.#dueAt - Date.now()))
    if (this.#submitting !== undefined) this.#monitor.count('skipped')
    else this.#submitting = this.#submit({ endpoint: this.#endpoint, due: iso(due), at: iso(now) })
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

function iso(ms: number): string {
  return new Date(ms).toISOString()
}
