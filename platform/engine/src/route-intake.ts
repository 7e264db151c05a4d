import { SambandError } from '@samband/errors'
import type { Raw } from '@samband/route'
import type { EngineContext } from './engine-context.ts'
import { type MadeBy, verbNumbers } from './event-kind.ts'
import type { SubmitHeader } from './lanes/peer-methods.ts'
import type { MessageFacts, MessageReader } from './message-reader.ts'
import { storedContentOf, withoutStoredContent, withStoredContent } from './large/stored-content.ts'
import { takeBeginning } from './large/stream-intake.ts'
import type { Incoming, IncomingStream, Receipt } from './ports.ts'
import type { Running } from './running.ts'
import { packBody } from './stored-body.ts'

/** How a message was made that did not come from a source. */
export type Made = { readonly by: MadeBy; readonly origin: number }

export type RouteIntakeOptions = {
  readonly context: EngineContext
  readonly name: string
  readonly classId: number
  readonly revisionId: number
  readonly reader: MessageReader
  /** Stored messages whose steps have not ended. */
  readonly underWay: () => number
  /** Called in the commit's turn, in the order of ids. */
  readonly admit: (running: Running) => void
}

/** How messages of a route get into the journal: here, or with the process that owns their lane. */
export class RouteIntake {
  readonly #options: RouteIntakeOptions
  #stopped = false
  #streams = 0

  constructor(options: RouteIntakeOptions) {
    this.#options = options
  }

  stop(): void {
    this.#stopped = true
  }

  /** Stores one message; resolves after the commit. The steps run after that, without keeping the sender waiting. */
  async submit(incoming: Incoming, made?: Made): Promise<Receipt> {
    const { limits, intakeGate } = this.#options.context
    const { bytes } = incoming
    if (this.#stopped) throw stopping()
    if (bytes.length > limits.messageBytesMax) {
      const text = `larger than ${limits.messageBytesMax} bytes (limits.messageBytesMax)`
      throw refused('message-too-large', 'incorrect', text)
    }
    this.#refuseWhenFull()
    const brought = incoming.attributes ?? noAttributes
    const raw = { bytes, attributes: made === undefined ? withoutStoredContent(brought) : brought }
    const turn = intakeGate.enter(bytes.length)
    if (turn !== undefined) await turn
    try {
      if (this.#stopped) throw stopping()
      return await this.#take(raw, incoming.peer, made)
    } finally {
      // What is stored here is held by its steps by now.
      intakeGate.leave(bytes.length)
    }
  }

  /** Stores one message that may be too large for memory; its contents first, in commits of their own. */
  async submitStream({ stream, peer, attributes = noAttributes }: IncomingStream): Promise<Receipt> {
    const { limits, contents } = this.#options.context
    const beginning = await takeBeginning(stream, limits.streamFromBytes)
    if (beginning.kind === 'whole') return await this.submit({ bytes: beginning.bytes, peer, attributes })
    if (this.#stopped) throw stopping()
    if (this.#streams >= limits.streamsMax) {
      throw refused('streams-full', 'busy', 'too many large messages are being stored (limits.streamsMax)')
    }
    this.#refuseWhenFull()
    this.#streams += 1
    try {
      const content = await contents.write(this.#options.classId, beginning.stream, limits.largeBytesMax)
      const raw = { bytes: noBytes, attributes: withStoredContent(attributes, content) }
      return await this.#take(raw, peer, undefined)
    } finally {
      this.#streams -= 1
    }
  }

  async #take(raw: Raw, peer: string, made: Made | undefined): Promise<Receipt> {
    const { desk } = this.#options.context
    if (desk.alone) {
      const facts = this.#options.reader.readNow(raw)
      return await desk.during(
        facts === undefined
          ? this.#options.reader.read(raw).then(read => this.#store(raw, peer, read, made, null))
          : this.#store(raw, peer, facts, made, null),
      )
    }
    return await this.#place(raw, peer, await this.#options.reader.read(raw), made)
  }

  /** Another process has received it, and its lane is this one's. */
  async submitForwarded({ lane, peer, facts, made, attributes }: SubmitHeader, bytes: Uint8Array): Promise<Receipt> {
    const { desk, intakeGate } = this.#options.context
    const own = lane ?? desk.anyLane()
    if (this.#stopped || own === undefined || !desk.admits(own)) throw notHere()
    this.#refuseWhenFull()
    // It has waited where it came in: two processes must not wait for each other.
    intakeGate.hold(bytes.length)
    try {
      return await desk.during(this.#store({ bytes, attributes }, peer, facts, made, own))
    } finally {
      intakeGate.leave(bytes.length)
    }
  }

  /** What has no order may be stored by anybody who has a lane. */
  async #place(raw: Raw, peer: string, facts: MessageFacts, made: Made | undefined): Promise<Receipt> {
    const { desk } = this.#options.context
    const lane = desk.laneFor(this.#options.name, facts.key)
    const forward = (address: string): Promise<Receipt> =>
      this.#options.context.submitAt(
        address,
        { route: this.#options.name, lane, peer, attributes: raw.attributes, facts, made },
        raw.bytes,
      )
    const here = lane ?? desk.anyLane() ?? 0
    return await desk.place(here, () => this.#store(raw, peer, facts, made, here), forward)
  }

  #refuseWhenFull(): void {
    if (this.#options.underWay() < this.#options.context.limits.laneQueueMax) return
    throw refused('lanes-full', 'busy', 'too many messages wait for the steps of the route (limits.laneQueueMax)')
  }

  async #store(
    raw: Raw,
    peer: string,
    facts: MessageFacts,
    made: Made | undefined,
    lane: number | null,
  ): Promise<Receipt> {
    const { journal } = this.#options.context
    const messageId = this.#nextId(facts.key, lane)
    const dedupe = made === undefined ? facts.dedupe : undefined
    const running: Running = {
      messageId,
      raw,
      made: made !== undefined,
      dedupe,
      key: facts.key,
      recorded: undefined,
      only: undefined,
      joined: undefined,
      resumed: false,
    }
    await journal.append(
      {
        id: messageId,
        class: this.#options.classId,
        lane: lane === null ? null : this.#laneOf(facts.key ?? messageId),
        revision: this.#options.revisionId,
        size: storedContentOf(raw)?.bytes ?? raw.bytes.length,
        verb: made === undefined ? null : verbNumbers[made.by],
        origin: made?.origin ?? null,
        dedupe: dedupe ?? null,
        type: facts.type,
        controlId: facts.controlId,
        peer,
        terms: facts.terms,
        body: packBody(raw),
      },
      () => this.#options.admit(running),
    )
    return { messageId }
  }

  /** What has no key has its id for one: then an id is taken that belongs to a lane of this process. */
  #nextId(key: number | undefined, lane: number | null): number {
    const { ids, desk } = this.#options.context
    let id = ids.next()
    if (key !== undefined || lane === null) return id
    for (let draw = 0; draw < drawsMax && !desk.admits(this.#laneOf(id)); draw += 1) id = ids.next()
    return id
  }

  #laneOf(key: number): number {
    return this.#options.context.desk.laneOf(this.#options.name, key)
  }
}

const noBytes = new Uint8Array(0)
const noAttributes: Readonly<Record<string, string>> = Object.freeze({})
/** With one lane of 64 the chance to miss so often is one in 10^7. */
const drawsMax = 1024

function stopping(): SambandError {
  return refused('stopping', 'unavailable', 'the route is stopping')
}

function notHere(): SambandError {
  return refused('lane-not-here', 'busy', 'another process owns what this message belongs to')
}

function refused(code: string, category: SambandError['category'], message: string): SambandError {
  return new SambandError({ code, category, message })
}
