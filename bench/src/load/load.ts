import { ArrivalLog } from './arrival-log.ts'
import { Numbers } from './columns.ts'
import { Sender } from './sender.ts'
import type { SentLog } from './sent-log.ts'
import { Sink } from './sink.ts'

export const keysPerConnection = 8
const ackTimeoutMs = 30_000
const sweepMs = 1_000

/** Values of one kind in the order they came; only what is between two marks is looked at. */
class Series {
  readonly #values = new Numbers()
  length = 0

  add(value: number): void {
    this.#values.set(this.length, value)
    this.length += 1
  }

  between(from: number, to: number): Float64Array {
    return this.#values.slice(from, to)
  }
}

/** A receiver that takes everything at once, with what came and how long it took since it was sent. */
export class Receiver {
  readonly log: ArrivalLog
  readonly endToEnd: Series = new Series()
  readonly sink: Sink

  constructor(sent: SentLog, connections: number) {
    this.log = new ArrivalLog(connections, keysPerConnection)
    this.sink = new Sink((connection, index) => {
      const now = performance.now()
      if (this.log.arrived(connection, index, now)) this.endToEnd.add(now - sent.sentAt(connection, index))
      return 'accept'
    })
  }
}

/** Senders on as many connections, each with one message under way, the next after the answer. */
export class Load {
  readonly sent: SentLog
  /** From the write (or the time it was due) to the acknowledgement. */
  readonly ackMs: Series = new Series()
  readonly senders: readonly Sender[]
  readonly #sweep: NodeJS.Timeout
  #paused = false

  constructor(options: {
    readonly ports: readonly number[]
    readonly connections: number
    readonly sent: SentLog
    /** Whether this message may go now, and since when: an open loop. Default: always, now. */
    readonly schedule?: Schedule
  }) {
    const { ports, connections, sent, schedule } = options
    this.sent = sent
    this.senders = Array.from(
      { length: connections },
      (_, connection) =>
        new Sender({
          ports,
          connection,
          keys: keysPerConnection,
          ackTimeoutMs,
          sent: index => {
            const now = performance.now()
            sent.sent(connection, index, schedule === undefined ? now : schedule.dueAt(connection, index))
            schedule?.written(connection, index, now)
          },
          answered: (index, accepted) => {
            if (!accepted) {
              sent.refused += 1
              return
            }
            sent.accepted(connection)
            this.ackMs.add(performance.now() - sent.sentAt(connection, index))
          },
          due: index => !this.#paused && schedule?.due(connection, index) !== false,
        }),
    )
    this.#sweep = setInterval(() => {
      for (const sender of this.senders) sender.sweep(performance.now())
    }, sweepMs)
  }

  /** Nothing new is sent until `resume`. */
  pause(): void {
    this.#paused = true
  }

  resume(): void {
    this.#paused = false
    for (const sender of this.senders) sender.poke()
  }

  /** Ends now, whatever is under way. */
  abort(): void {
    for (const sender of this.senders) sender.abort()
    clearInterval(this.#sweep)
  }

  /** Resolves when the last message of every sender is acknowledged. */
  async stop(): Promise<void> {
    for (const sender of this.senders) sender.stop()
    await Promise.all(this.senders.map(({ done }) => done))
    clearInterval(this.#sweep)
  }
}

export type Schedule = {
  readonly due: (connection: number, index: number) => boolean
  readonly dueAt: (connection: number, index: number) => number
  readonly written: (connection: number, index: number, at: number) => void
}
