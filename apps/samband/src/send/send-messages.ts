import { toSambandError } from '@samband/errors'
import type { MllpClient } from '@samband/connectors'
import { quickHeader } from '@samband/hl7v2'
import type { SourceItem } from './message-source.ts'

export type SendResult = {
  readonly from: string
  readonly number: number
  readonly controlId: string | null
  /** 'AA' ... as the receiver answered, 'none' without an answer, 'unsent' for what never went out. */
  readonly code: string
  readonly accepted: boolean
  /** The receiver's reason, or ours. */
  readonly text: string | null
  readonly ms: number
}

export type SendOptions = {
  readonly client: Pick<MllpClient, 'send'>
  readonly items: AsyncIterator<SourceItem>
  readonly connections: number
  /** Messages per second over all connections; undefined: as fast as the receiver answers. */
  readonly rate?: number | undefined
  readonly onResult: (result: SendResult) => Promise<void> | void
  /** Aborted: nothing new is sent, what is under way is waited for. */
  readonly signal: AbortSignal
  readonly now?: () => number
}

/** `unreachable`: the receiver could not be reached, and the rest was left unsent. */
export type SendOutcome = { readonly stoppedBy: 'end' | 'unreachable' | 'signal'; readonly text: string | null }

const attemptsMax = 5

/**
 * Sends messages as fast as they are acknowledged, one under way per connection. One connection keeps the order; several
 * do not. A receiver that is not there is tried again a few times (nothing was written); an answer that does not come
 * is not (the receiver may have the message).
 */
export async function sendMessages(options: SendOptions): Promise<SendOutcome> {
  const pace = new Pace(options.rate, options.now ?? (() => performance.now()))
  let outcome: SendOutcome = { stoppedBy: 'end', text: null }
  const stopped = (): boolean => outcome.stoppedBy !== 'end'
  const worker = async (): Promise<void> => {
    while (!stopped()) {
      if (options.signal.aborted) {
        outcome = { stoppedBy: 'signal', text: null }
        return
      }
      await pace.turn(options.signal)
      const next = await options.items.next()
      if (next.done === true) return
      const unreachable = await sendOne(options, next.value, stopped)
      if (unreachable !== undefined) outcome = { stoppedBy: 'unreachable', text: unreachable }
    }
  }
  await Promise.all(Array.from({ length: options.connections }, worker))
  return outcome
}

/** Undefined: done, whatever the answer. A text: the receiver is not there. */
async function sendOne(
  { client, onResult, signal }: SendOptions,
  item: SourceItem,
  stopped: () => boolean,
): Promise<string | undefined> {
  const { from, number } = item
  const begun = performance.now()
  const result = async (code: string, accepted: boolean, text: string | null): Promise<undefined> => {
    const controlId = item.kind === 'message' ? (quickHeader(item.bytes)?.controlId ?? null) : null
    await onResult({ from, number, controlId, code, accepted, text, ms: performance.now() - begun })
  }
  if (item.kind === 'unreadable') return await result('unsent', false, item.text)
  for (let attempt = 1; ; attempt += 1) {
    try {
      const reply = await client.send(item.bytes)
      const accepted = reply.code === 'AA' || reply.code === 'CA'
      const { errorCode } = reply
      const text = accepted ? null : [reply.text, errorCode].filter(part => part !== undefined && part !== '').join(' ')
      return await result(reply.code, accepted, text === '' ? null : text)
    } catch (thrown) {
      const error = toSambandError(thrown)
      if (error.category === 'incorrect') return await result('unsent', false, error.message)
      if (error.category !== 'unavailable') return await result('none', false, error.message)
      if (attempt === attemptsMax || signal.aborted || stopped()) {
        await result('unsent', false, error.message)
        return error.message
      }
    }
  }
}

/** Gives out turns at an even rate. Behind schedule, turns come at once, but no more than a second's worth. */
class Pace {
  readonly #everyMs: number
  readonly #now: () => number
  #nextAt: number

  constructor(rate: number | undefined, now: () => number) {
    this.#everyMs = rate === undefined ? 0 : 1_000 / rate
    this.#now = now
    this.#nextAt = now()
  }

  async turn(signal: AbortSignal): Promise<void> {
    if (this.#everyMs === 0) return
    const now = this.#now()
    const at = Math.max(this.#nextAt, now - 1_000)
    this.#nextAt = at + this.#everyMs
    if (at > now) await pause(at - now, signal)
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    const end = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    signal.addEventListener('abort', end, { once: true })
  })
}
