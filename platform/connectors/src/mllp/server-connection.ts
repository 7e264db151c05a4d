import type { Socket } from 'node:net'
import { createMllpDecoder, encodeMllpFrame, type FramingFault, type MllpDecoder, type MllpEvent } from '@samband/hl7v2'
import { boundaryOf } from './frame-boundary.ts'

const faultTexts: Readonly<Record<FramingFault, string>> = {
  'junk-outside-frame': 'bytes outside of a frame: the sender does not speak MLLP, or lost its place',
  'start-inside-frame': 'a message was given up and another begun in its middle',
  'end-without-return': 'the end of a message (FS) came without its carriage return',
  'frame-too-large': 'a message was larger than frameBytesMax',
  'frame-incomplete': 'the connection ended in the middle of a message',
}

/** The answer to one message, without its frame; undefined where the sender wants none. */
export type MllpAnswer = Uint8Array | undefined

/**
 * Takes one message and gives the answer to send back. It may be answered at once or later; answers leave in the order
 * of their messages. A handler that throws or rejects has its connection closed without an answer.
 */
export type MllpHandler = (bytes: Uint8Array, peer: string) => MllpAnswer | Promise<MllpAnswer>

/** Something that never became a message: broken framing, a limit reached. */
export type MllpFault = {
  /** Stable: 'mllp-frame-too-large', 'mllp-frame-timeout' ... */
  readonly code: string
  readonly text: string
  readonly peer: string
  readonly bytes?: Uint8Array
}

export type MllpConnectionLimits = {
  readonly frameBytesMax: number
  readonly awaitingMax: number
  readonly awaitingBytesMax: number
  readonly frameTimeoutMs: number
  readonly idleTimeoutMs: number
  readonly writeTimeoutMs: number
}

export type MllpConnectionHooks = {
  readonly onMessage: MllpHandler
  /** May give an answer to what was refused, such as a message too large to take. */
  readonly onFault: (fault: MllpFault) => MllpAnswer
  readonly onClose: (connection: MllpServerConnection) => void
}

type Slot = { done: boolean; answer: MllpAnswer; readonly bytes: number }

/**
 * One sender's connection. It reads (open), or has stopped reading: because too many messages await their commit or the
 * sender does not read its answers (paused, and resumed by itself), because the sender has finished (ended) or because
 * the server closes (draining). Ended and draining connections close once every message taken has been answered.
 */
export class MllpServerConnection {
  readonly peer: string
  readonly #socket: Socket
  readonly #limits: MllpConnectionLimits
  readonly #hooks: MllpConnectionHooks
  readonly #decoder: MllpDecoder
  /** Answers in the order of their messages: an answer that is ready waits for those before it. */
  readonly #slots: Slot[] = []
  /** Of messages that await their commit. */
  #awaitingBytes = 0
  #finishing = false
  #paused = false
  #lastByteAt: number = performance.now()
  #frameStartedAt: number | undefined
  #stalledSince: number | undefined
  framesReceived = 0
  answersSent = 0

  constructor(socket: Socket, limits: MllpConnectionLimits, hooks: MllpConnectionHooks) {
    this.peer = `${socket.remoteAddress ?? 'unknown'}:${socket.remotePort ?? 0}`
    this.#socket = socket
    this.#limits = limits
    this.#hooks = hooks
    this.#decoder = createMllpDecoder({ frameBytesMax: limits.frameBytesMax })
    socket.on('data', chunk => this.#onData(chunk))
    socket.on('end', () => this.#onEnd())
    socket.on('drain', () => this.#onDrain())
    socket.on('error', error => this.#onError(error))
    socket.on('close', () => hooks.onClose(this))
  }

  /** Reads no more; closes once what was taken has been answered. */
  drain(): void {
    this.#socket.pause()
    this.#finish()
  }

  destroy(): void {
    this.#socket.destroy()
  }

  /** Enforces the time limits; called by the server's one timer. */
  sweep(now: number): void {
    if (this.#stalledSince !== undefined && now - this.#stalledSince > this.#limits.writeTimeoutMs) {
      this.#fail(
        'mllp-answers-unread',
        `the sender has not read its acknowledgements for ${this.#limits.writeTimeoutMs} ms`,
      )
    } else if (this.#isSlow(now)) {
      this.#take(this.#decoder.end())
      this.#fail('mllp-frame-timeout', `no whole message after ${this.#limits.frameTimeoutMs} ms`)
    } else if (this.#slots.length === 0 && now - this.#lastByteAt > this.#limits.idleTimeoutMs) {
      this.#finish()
    }
  }

  /** A sender is not slow while this side has stopped reading. */
  #isSlow(now: number): boolean {
    if (this.#frameStartedAt === undefined || this.#paused) return false
    return now - this.#frameStartedAt > this.#limits.frameTimeoutMs
  }

  #onData(chunk: Buffer): void {
    if (this.#finishing) return
    this.#lastByteAt = performance.now()
    const events = this.#decoder.push(chunk)
    this.#frameStartedAt = this.#isBetweenFrames(chunk, events.length > 0)
      ? undefined
      : (this.#frameStartedAt ?? this.#lastByteAt)
    this.#take(events)
    if (this.#isBehind) this.#pause()
  }

  get #isBehind(): boolean {
    const { awaitingMax, awaitingBytesMax } = this.#limits
    return this.#slots.length >= awaitingMax || this.#awaitingBytes >= awaitingBytesMax
  }

  #take(events: readonly MllpEvent[]): void {
    for (const event of events) {
      if (this.#socket.destroyed) return
      if (event.kind === 'frame') this.#onFrame(event.bytes)
      else this.#onFramingError(event.fault, `${faultTexts[event.fault]} (${event.bytesTotal} bytes)`, event.bytes)
    }
  }

  /** Whether nothing is left open after this chunk: no frame begun, no junk that waits for the frame after it. */
  #isBetweenFrames(chunk: Uint8Array, completed: boolean): boolean {
    if (this.#decoder.inFrame) return false
    const boundary = boundaryOf(chunk)
    if (boundary === 'line-ends-only') return completed || this.#frameStartedAt === undefined
    return boundary === 'frame-end'
  }

  #onFramingError(fault: FramingFault, text: string, bytes: Uint8Array): void {
    const answer = this.#report(`mllp-${fault}`, text, bytes)
    if (answer !== undefined) this.#queue(answer)
  }

  #onFrame(bytes: Uint8Array): void {
    this.framesReceived++
    try {
      this.#queue(this.#hooks.onMessage(bytes, this.peer), bytes.length)
    } catch {
      this.#fail('mllp-handler-failed', 'the message could not be handled; the connection was closed unanswered')
    }
  }

  #queue(answer: MllpAnswer | Promise<MllpAnswer>, messageBytes = 0): void {
    if (!(answer instanceof Promise) && this.#slots.length === 0) {
      this.#write(answer)
      return
    }
    const bytes = answer instanceof Promise ? messageBytes : 0
    const slot: Slot = { done: false, answer: undefined, bytes }
    this.#slots.push(slot)
    this.#awaitingBytes += bytes
    if (!(answer instanceof Promise)) {
      slot.answer = answer
      slot.done = true
      return
    }
    answer.then(
      ready => this.#settle(slot, ready),
      () => this.#fail('mllp-handler-failed', 'the message could not be handled; the connection was closed unanswered'),
    )
  }

  #settle(slot: Slot, answer: MllpAnswer): void {
    slot.answer = answer
    slot.done = true
    this.#awaitingBytes -= slot.bytes
    let ready = 0
    for (const head of this.#slots) {
      if (!head.done) break
      this.#write(head.answer)
      ready++
    }
    if (ready > 0) this.#slots.splice(0, ready)
    if (this.#paused) this.#resume()
    if (this.#finishing && this.#slots.length === 0) this.#socket.end()
  }

  #write(answer: MllpAnswer): void {
    if (answer === undefined || this.#socket.destroyed || !this.#socket.writable) return
    this.answersSent++
    if (!this.#socket.write(encodeMllpFrame(answer))) {
      this.#stalledSince ??= performance.now()
      this.#pause()
    }
  }

  #pause(): void {
    if (this.#paused) return
    this.#paused = true
    this.#socket.pause()
  }

  #resume(): void {
    if (this.#finishing || this.#stalledSince !== undefined || this.#isBehind) return
    this.#paused = false
    if (this.#frameStartedAt !== undefined) this.#frameStartedAt = performance.now()
    this.#socket.resume()
  }

  #onDrain(): void {
    this.#stalledSince = undefined
    if (this.#paused) this.#resume()
  }

  #onEnd(): void {
    this.#take(this.#decoder.end())
    this.#finish()
  }

  #finish(): void {
    if (this.#finishing) return
    this.#finishing = true
    this.#frameStartedAt = undefined
    if (this.#slots.length === 0) this.#socket.end()
  }

  #onError(error: Error): void {
    // A reset by the peer is everyday life; 'close' follows and nothing taken is lost, only unanswered.
    if (!('code' in error) || error.code !== 'ECONNRESET') this.#report('mllp-socket-error', socketErrorText(error))
  }

  #fail(code: string, text: string): void {
    this.#report(code, text)
    this.#finishing = true
    this.#socket.destroy()
  }

  #report(code: string, text: string, bytes?: Uint8Array): MllpAnswer {
    return this.#hooks.onFault({ code, text, peer: this.peer, ...(bytes === undefined ? {} : { bytes }) })
  }
}

/** Only the system's code: texts of TLS libraries may quote what the peer sent. */
function socketErrorText(error: Error): string {
  return 'code' in error ? `the connection failed (${String(error.code)})` : 'the connection failed'
}
