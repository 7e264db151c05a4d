import { buildAck, type Message, parse } from '@samband/hl7v2'
import { FaultDice, type FaultSettings } from './line/faults.ts'
import { Ledger } from './line/ledger.ts'
import { Receiver } from './line/receiver.ts'
import { type Address, Sender, senderDefaults } from './line/sender.ts'
import type { Random } from './random.ts'
import type { Moment, SimulatedSystem, Verdict } from './systems/system.ts'

export type StationOptions = {
  readonly system: SimulatedSystem
  readonly listen: Address
  /** Where this system sends to; undefined while that is not known. */
  readonly sendTo: () => Address | undefined
  readonly faults: FaultSettings
  readonly random: Random
  readonly moment: () => Moment
}

/** What can be seen of one system from outside. */
export type StationState = {
  readonly status: 'up' | 'down'
  readonly counts: Readonly<Record<string, number>>
  readonly sent: {
    readonly acknowledged: number
    readonly waiting: number
    readonly retried: number
    readonly refused: number
  }
  readonly received: {
    readonly messages: number
    readonly duplicates: number
    readonly outOfOrder: number
    readonly refused: number
  }
  /** Faults that were played, by kind. */
  readonly faults: Readonly<Record<string, number>>
}

const simulatedFaults: Readonly<Record<'nack' | 'reject', Verdict>> = {
  nack: { code: 'AE', condition: '207', text: 'simulated fault: the application failed, try again' },
  reject: { code: 'AE', condition: '102', text: 'simulated fault: this message will never be accepted' },
}

/** A simulated system on its sockets: it listens for messages, acknowledges them, and sends its own. */
export class Station {
  readonly system: SimulatedSystem
  readonly #options: StationOptions
  readonly #ledger: Ledger = new Ledger()
  readonly #receiver: Receiver
  readonly #sender: Sender
  #acks = 0
  #refused = 0

  constructor(options: StationOptions) {
    this.system = options.system
    this.#options = options
    const dice = new FaultDice(options.faults, options.random.fork('faults'))
    this.#receiver = new Receiver({
      ...options.listen,
      dice,
      lateMs: options.faults.lateMs,
      answer: bytes => this.#answer(bytes, undefined),
      refuse: (bytes, kind) => this.#answer(bytes, simulatedFaults[kind]),
    })
    this.#sender = new Sender({ ...senderDefaults, address: options.sendTo, dice })
  }

  get port(): number {
    return this.#receiver.port
  }

  /** Messages of this system that the engine has not acknowledged yet. */
  get waiting(): number {
    return this.#sender.waiting
  }

  open(): Promise<void> {
    return this.#receiver.open()
  }

  /** False when too many wait already. */
  send(message: Message): boolean {
    return this.#sender.send(message.controlId, message.format())
  }

  /** The system stops answering; what it has to send goes on. */
  takeDown(): Promise<void> {
    return this.#receiver.close()
  }

  bringUp(): Promise<void> {
    return this.#receiver.open()
  }

  state(): StationState {
    const { acknowledged, waiting, retried, refused, duplicated } = this.#sender
    const { received, duplicates, outOfOrder } = this.#ledger
    return {
      status: this.#receiver.up ? 'up' : 'down',
      counts: this.system.counts(),
      sent: { acknowledged, waiting, retried, refused },
      received: { messages: received, duplicates, outOfOrder, refused: this.#refused },
      faults: { ...this.#receiver.faults, ...(duplicated === 0 ? {} : { duplicate: duplicated }) },
    }
  }

  async close(): Promise<void> {
    this.#sender.close()
    await this.#receiver.close()
  }

  /** Takes the message in (or refuses it with `forced`) and makes the acknowledgement. */
  #answer(bytes: Uint8Array, forced: Verdict | undefined): Uint8Array {
    const moment = this.#options.moment()
    const parsed = parse(bytes)
    if (!parsed.ok) return unreadable()
    const verdict = forced ?? this.#take(parsed.message, moment)
    this.#acks += 1
    const controlId = `${this.system.name.toUpperCase()}-ACK${this.#acks}`
    if (verdict.code === 'AA') {
      return buildAck(parsed.message, { code: 'AA', controlId, now: moment.at }).format()
    }
    const { code, condition, text } = verdict
    return buildAck(parsed.message, {
      code,
      controlId,
      now: moment.at,
      text,
      errors: [{ code: condition, text }],
    }).format()
  }

  /** A message that was taken in before is acknowledged again, and nothing more. A refused one may come again. */
  #take(message: Message, moment: Moment): Verdict {
    if (this.#ledger.has(message)) {
      this.#ledger.enter(message)
      return { code: 'AA' }
    }
    const verdict = this.system.receive(message, moment)
    if (verdict.code === 'AA') this.#ledger.enter(message)
    else this.#refused += 1
    return verdict
  }
}

function unreadable(): Uint8Array {
  return new TextEncoder().encode('MSH|^~\\&||||||||ACK||P|2.3\rMSA|AR||the message cannot be read\r')
}
