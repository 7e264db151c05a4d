import { connect, type Socket } from 'node:net'
import { createMllpDecoder, encodeMllpFrame, type MllpDecoder, parse } from '@samband/hl7v2'
import type { FaultDice } from './faults.ts'

export type Address = { readonly host: string; readonly port: number }

export type SenderOptions = {
  /** Where to; undefined while it is not known yet. Asked again for every connection. */
  readonly address: () => Address | undefined
  readonly dice: FaultDice
  readonly ackTimeoutMs: number
  /** First pause after a failure; it doubles up to `retryMaxMs`. */
  readonly retryMs: number
  readonly retryMaxMs: number
  readonly queueMax: number
}

export const senderDefaults: Omit<SenderOptions, 'address' | 'dice'> = Object.freeze({
  ackTimeoutMs: 15_000,
  retryMs: 100,
  retryMaxMs: 3_000,
  queueMax: 20_000,
})

type Waiting = { readonly bytes: Uint8Array; readonly controlId: string }

const noise = new TextEncoder().encode('\u0000\u00ff~~ +++ATH0\r\n')

/**
 * A system's sending side: one connection, one message under way, the next only after AA. It is `idle` (nothing to
 * send), `connecting`, `awaiting` an acknowledgement, or `pausing` after a failure. Whatever fails (no connection, no
 * answer in time, AE, an answer to something else) leads to a pause and the same message again: it keeps order and
 * loses nothing while it runs.
 */
export class Sender {
  readonly #options: SenderOptions
  readonly #queue: Waiting[] = []
  #socket: Socket | undefined
  #decoder: MllpDecoder = createMllpDecoder()
  #state: 'idle' | 'connecting' | 'awaiting' | 'pausing' | 'closed' = 'idle'
  #timer: NodeJS.Timeout | undefined
  #failures = 0
  #again = false
  acknowledged = 0
  retried = 0
  refused = 0
  duplicated = 0

  constructor(options: SenderOptions) {
    this.#options = options
  }

  /** Messages that are not acknowledged yet. */
  get waiting(): number {
    return this.#queue.length
  }

  /** False when the queue is full and the message was not taken. */
  send(controlId: string, bytes: Uint8Array): boolean {
    if (this.#state === 'closed' || this.#queue.length >= this.#options.queueMax) return false
    this.#queue.push({ controlId, bytes })
    if (this.#state === 'idle') this.#next()
    return true
  }

  close(): void {
    this.#state = 'closed'
    clearTimeout(this.#timer)
    this.#socket?.destroy()
    this.#socket = undefined
  }

  #next(): void {
    const head = this.#queue[0]
    if (this.#state === 'closed') return
    if (head === undefined) {
      this.#state = 'idle'
      return
    }
    if (this.#socket === undefined) {
      this.#connect()
      return
    }
    this.#state = 'awaiting'
    this.#arm(this.#options.ackTimeoutMs, () => this.#fail())
    const fault = this.#again ? undefined : this.#options.dice.forSending()
    if (fault === 'noise') this.#socket.write(noise)
    this.#again = fault === 'duplicate'
    this.#socket.write(encodeMllpFrame(head.bytes))
  }

  #connect(): void {
    const address = this.#options.address()
    if (address === undefined) {
      this.#fail()
      return
    }
    this.#state = 'connecting'
    const socket = connect(address)
    socket.setNoDelay(true)
    this.#socket = socket
    this.#decoder = createMllpDecoder()
    this.#arm(this.#options.ackTimeoutMs, () => this.#fail())
    socket.on('connect', () => this.#next())
    socket.on('data', chunk => this.#onData(socket, chunk))
    // 'close' follows every error and does what is to be done.
    socket.on('error', () => undefined)
    socket.on('close', () => {
      if (this.#socket === socket) this.#fail()
    })
  }

  #onData(socket: Socket, chunk: Uint8Array): void {
    if (this.#socket !== socket) return
    for (const event of this.#decoder.push(chunk)) if (event.kind === 'frame') this.#onAnswer(event.bytes)
  }

  #onAnswer(bytes: Uint8Array): void {
    const head = this.#queue[0]
    if (this.#state !== 'awaiting' || head === undefined) return
    const answer = parse(bytes)
    if (!answer.ok || answer.message.text('MSA-2') !== head.controlId) return
    const code = answer.message.text('MSA-1')
    if (code !== 'AA' && code !== 'CA') {
      this.refused += 1
      this.#fail()
      return
    }
    this.#failures = 0
    clearTimeout(this.#timer)
    if (this.#again) this.duplicated += 1
    else {
      this.acknowledged += 1
      this.#queue.shift()
    }
    this.#next()
  }

  /** Hangs up, so that a late answer cannot meet the next message, and tries the same message again after a pause. */
  #fail(): void {
    if (this.#state === 'closed') return
    if (this.#state === 'awaiting') this.retried += 1
    const socket = this.#socket
    this.#socket = undefined
    socket?.destroy()
    this.#state = 'pausing'
    const pauseMs = Math.min(this.#options.retryMs * 2 ** this.#failures, this.#options.retryMaxMs)
    this.#failures += 1
    this.#arm(pauseMs, () => this.#next())
  }

  #arm(delayMs: number, then: () => void): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(then, delayMs)
  }
}
