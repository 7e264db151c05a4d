import type { Description, Parser, Raw } from '@samband/route'
import type { KeyRing } from '@samband/store'
import type { Reading, RouteHost } from './hosting/route-host.ts'

/** What the engine knows of a message before it is stored. Keys and terms are keyed hashes. */
export type MessageFacts = {
  readonly type: string | null
  readonly controlId: string | null
  readonly terms: readonly number[]
  readonly key: number | undefined
  readonly dedupe: number | undefined
}

/** A message names one patient by a few identifiers; more than these are not searchable. */
const patientTermsMax = 16

export type MessageReaderOptions = {
  readonly host: RouteHost
  readonly blindIndex: KeyRing['blindIndex']
  /** Parsers of the platform itself, by name: their look at a header needs no thread. */
  readonly headers: Readonly<Record<string, Pick<Parser<unknown>, 'describe'>>>
}

type Waiting = { readonly raw: Raw; readonly resolve: (reading: Reading) => void }

/**
 * Reads what has to be known of a message before it is stored. A header is looked at here when its parser is the
 * platform's own. Whatever only the route's code can say (a duplicate key, an ordering key, a header of its own) is asked
 * of its thread, all messages of one turn at once.
 */
export class MessageReader {
  readonly #options: MessageReaderOptions
  readonly #header: ((bytes: Uint8Array) => Description) | undefined
  readonly #asks: boolean
  #waiting: Waiting[] = []

  constructor(options: MessageReaderOptions) {
    this.#options = options
    const { parser, dedupe } = options.host.description
    const own = parser === undefined ? undefined : options.headers[parser.name]
    this.#header = own?.describe?.bind(own)
    this.#asks = dedupe !== undefined || (parser?.describes === true && this.#header === undefined)
  }

  /** Undefined: a promise is needed, because the route's code has to be asked. */
  readNow(raw: Raw): MessageFacts | undefined {
    if (this.#asks) return undefined
    return this.#facts({ description: this.#describe(raw), key: undefined, dedupe: undefined }, false)
  }

  async read(raw: Raw): Promise<MessageFacts> {
    const reading = await this.#ask(raw)
    const description = this.#header === undefined ? reading.description : this.#describe(raw)
    return this.#facts({ ...reading, description }, true)
  }

  /** The hash of an ordering key as the journal knows it. */
  hashedKey(key: string | undefined, messageId: number): number {
    const { order, name } = this.#options.host.description
    if (order === 'serial') return 0
    if (order === 'none') return messageId
    return this.#options.blindIndex(`key:${name}`, key ?? '')
  }

  #describe({ bytes }: Raw): Description {
    try {
      return this.#header?.(bytes) ?? {}
    } catch {
      return {}
    }
  }

  #facts({ description, key, dedupe }: Reading, keyKnown: boolean): MessageFacts {
    const { name, order } = this.#options.host.description
    return {
      type: description.type ?? null,
      controlId: description.controlId ?? null,
      terms: this.#terms(description),
      key: keyKnown && order !== 'none' ? this.hashedKey(key, 0) : undefined,
      dedupe: dedupe === undefined ? undefined : this.#options.blindIndex(`dedupe:${name}`, dedupe),
    }
  }

  /** Keyed hashes by which an operator finds the message. */
  #terms({ controlId, patientIds = [] }: Description): readonly number[] {
    const { blindIndex } = this.#options
    const terms = patientIds.slice(0, patientTermsMax).map(patientId => blindIndex('patient', patientId))
    if (controlId !== undefined && controlId !== '') terms.push(blindIndex('control', controlId))
    return terms
  }

  #ask(raw: Raw): Promise<Reading> {
    return new Promise(resolve => {
      if (this.#waiting.push({ raw, resolve }) === 1) setImmediate(() => void this.#askAll())
    })
  }

  async #askAll(): Promise<void> {
    const waiting = this.#waiting
    this.#waiting = []
    try {
      const readings = await this.#options.host.read(waiting.map(({ raw }) => raw))
      for (const [index, { resolve }] of waiting.entries()) resolve(readings[index] ?? nothing)
    } catch {
      // Its code stopped the thread. Stored all the same: the steps will meet the same trouble and say which message it is.
      for (const { resolve } of waiting) resolve(nothing)
    }
  }
}

const nothing: Reading = { description: {}, key: undefined, dedupe: undefined }
