import { ArrivalLog, type Repeat } from '../load/arrival-log.ts'
import { Counts, Numbers } from '../load/columns.ts'
import { indexMax } from '../load/control-id.ts'
import type { SentLog } from '../load/sent-log.ts'
import { type AnswerKind, Sink, type SinkConnection } from '../load/sink.ts'
import type { FaultLog } from './fault-log.ts'
import type { Random } from '../load/random.ts'

/** *ready*; *late*: answers after a while; *silent*: takes messages and says nothing; *twice*; *negative*: now and then. */
export type ReceiverMode = 'ready' | 'late' | 'silent' | 'twice' | 'negative'

/** Why a message came again. */
export type Explanation = 'unanswered' | 'unsettled' | 'resent' | 'none'

const lateMsMin = 20
const lateMsMax = 400
const negativeShare = 0.3
/** One message in so many is refused for good, always, and becomes a dead letter. */
const rejectedEvery = 499

/**
 * The receiver of the crash test. It knows why a message may rightly come again:
 *
 * - *unanswered*: it was the last one on its connection, and that connection was lost or the answer did not come: the
 *   engine cannot know that it had arrived. A connection carries one message at a time, so that whatever came before the
 *   last one had been answered and read.
 * - *unsettled*: an engine was killed before it can have written down that it was delivered.
 * - *resent*: the sender did not get its acknowledgement and sent it again, so the engine rightly has it twice.
 * - *none*: a bug.
 */
export class CrashReceiver {
  readonly log: ArrivalLog
  readonly sink: Sink
  mode: ReceiverMode = 'ready'
  readonly explained: Record<Explanation, number> = { unanswered: 0, unsettled: 0, resent: 0, none: 0 }
  readonly unexplained: (Repeat & { readonly at: number })[] = []
  /** Messages that were refused for good at least once. */
  rejected = 0
  readonly #sent: SentLog
  readonly #faults: FaultLog
  readonly #random: Random
  /** By connection of the sender, by index: the connection of the receiver that it came on. */
  readonly #cameOn: readonly Numbers[]
  readonly #resendsUsed: readonly Counts[]
  /** By connection of the receiver: the last message on it. */
  readonly #lastOn = new Numbers()
  readonly #closed = new Counts()

  constructor(options: {
    readonly connections: number
    readonly keys: number
    readonly sent: SentLog
    readonly faults: FaultLog
    readonly random: Random
  }) {
    this.#sent = options.sent
    this.#faults = options.faults
    this.#random = options.random
    this.#cameOn = Array.from({ length: options.connections }, () => new Numbers())
    this.#resendsUsed = Array.from({ length: options.connections }, () => new Counts())
    this.log = new ArrivalLog(options.connections, options.keys, repeat => this.#repeated(repeat))
    this.sink = new Sink(
      (connection, index, on) => this.#message(connection, index, on),
      ({ number }) => this.#closed.increment(number),
    )
  }

  #message(connection: number, index: number, on: SinkConnection): AnswerKind | undefined {
    // Not taken: it will come again, and until then nothing of its patient may come.
    if (this.mode === 'negative' && this.#random.next() < negativeShare) return index % 2 === 0 ? 'AE' : 'AR'
    const first = this.log.arrived(connection, index, performance.now())
    this.#cameOn[connection]?.set(index, on.number)
    this.#lastOn.set(on.number, messageNumber(connection, index))
    const kind = index % rejectedEvery === rejectedEvery - 1 ? 'reject' : 'accept'
    if (first && kind === 'reject') this.rejected += 1
    switch (this.mode) {
      case 'silent':
        return undefined
      case 'late':
        setTimeout(() => this.sink.answer(on, kind, connection, index), this.#random.between(lateMsMin, lateMsMax))
        return undefined
      case 'twice':
        this.sink.answer(on, kind, connection, index)
        return kind
      default:
        return kind
    }
  }

  #repeated(repeat: Repeat): void {
    const explanation = this.#explain(repeat)
    this.explained[explanation] += 1
    if (explanation === 'none') this.unexplained.push({ ...repeat, at: performance.now() })
  }

  #explain({ connection, index, before }: Repeat): Explanation {
    const cameOn = this.#cameOn[connection]?.get(index) ?? 0
    const wasLast = this.#lastOn.get(cameOn) === messageNumber(connection, index)
    const lost = this.#closed.get(cameOn) > 0 || this.#faults.receiverTroubled(before, performance.now())
    if (wasLast && lost) return 'unanswered'
    if (this.#faults.unsettledAtKill(before)) return 'unsettled'
    const used = this.#resendsUsed[connection]
    if (used !== undefined && used.get(index) < this.#sent.sends(connection, index) - 1) {
      used.increment(index)
      return 'resent'
    }
    return 'none'
  }
}

/** Never 0, which stands for none. */
function messageNumber(connection: number, index: number): number {
  return connection * (indexMax + 1) + index + 1
}
