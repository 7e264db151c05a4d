import type { SendResult } from './send-messages.ts'

export type SendSummary = {
  readonly kind: 'summary'
  readonly messages: number
  readonly accepted: number
  readonly seconds: number
  readonly perSecond: number
  /** Per code and reason, most frequent first. */
  readonly answers: readonly {
    readonly code: string
    readonly text: string | null
    readonly count: number
    /** The first few, as 'file:number (MSH-10)'. */
    readonly examples: readonly string[]
  }[]
  readonly ackMs: { readonly p50: number; readonly p95: number; readonly p99: number } | null
}

const examplesMax = 3
/** Reasons that are told apart; receivers that put a number into each text would fill the screen. */
const reasonsMax = 50
const timesMax = 100_000

/** Counts answers as they come; bounded, however many there are. */
export class SendTally {
  readonly #answers = new Map<string, { code: string; text: string | null; count: number; examples: string[] }>()
  readonly #times: number[] = []
  #messages = 0
  #accepted = 0

  get messages(): number {
    return this.#messages
  }

  get accepted(): number {
    return this.#accepted
  }

  add({ code, text, accepted, from, number, controlId, ms }: SendResult): void {
    this.#messages += 1
    if (accepted) this.#accepted += 1
    if (code !== 'unsent') this.#remember(ms)
    const key = `${code} ${text ?? ''}`
    const known = this.#answers.get(key)
    const answer = known ?? this.#newAnswer(key, code, text)
    answer.count += 1
    if (!accepted && answer.examples.length < examplesMax) {
      answer.examples.push(`${from}:${number}${controlId === null || controlId === '' ? '' : ` (${controlId})`}`)
    }
  }

  summary(seconds: number): SendSummary {
    const times = this.#times.toSorted((a, b) => a - b)
    const at = (share: number): number =>
      round(times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0)
    return {
      kind: 'summary',
      messages: this.#messages,
      accepted: this.#accepted,
      seconds: round(seconds),
      perSecond: round(this.#messages / Math.max(seconds, 0.001)),
      answers: [...this.#answers.values()].toSorted((a, b) => b.count - a.count),
      ackMs: times.length === 0 ? null : { p50: at(0.5), p95: at(0.95), p99: at(0.99) },
    }
  }

  #newAnswer(key: string, code: string, text: string | null): { count: number; examples: string[] } {
    const full = this.#answers.size >= reasonsMax
    const place = full ? `${code} (other reasons)` : key
    const known = this.#answers.get(place)
    if (known !== undefined) return known
    const answer = { code, text: full ? 'other reasons' : text, count: 0, examples: [] }
    this.#answers.set(place, answer)
    return answer
  }

  /** Every time up to a bound, then one in so many, evenly: enough for percentiles. */
  #remember(ms: number): void {
    if (this.#times.length < timesMax) this.#times.push(ms)
    else if (this.#messages % 10 === 0) this.#times[(this.#messages / 10) % timesMax] = ms
  }
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}
