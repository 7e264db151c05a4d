import type { Encoded, SourceDescriptor } from '@samband/route'
import type { Queryable } from '@samband/store'

/**
 * The ports between the engine and the connectors. A connector knows one protocol; it never sees a route, the journal
 * or another connector. Adding one touches neither the engine nor the other connectors.
 */
export type Connector<SourceConfig = unknown, DestinationConfig = unknown> = {
  /** 'mllp', 'http', 'file', 'timer' ... as descriptors name it. */
  readonly name: string
  readonly source?: SourceKind<SourceConfig>
  readonly destination?: DestinationKind<DestinationConfig>
}

/** Parses an endpoint's configuration; expected bad configuration is a value, every problem in one go. */
export type ConfigParser<Config> = (
  input: unknown,
) => { readonly ok: true; readonly config: Config } | { readonly ok: false; readonly issues: readonly string[] }

export type SourceKind<Config> = {
  /** Two processes must not open it side by side: it would take the same file or moment twice. */
  readonly oneAtATime?: true
  readonly parseConfig: ConfigParser<Config>
  /** Resolves when it listens or polls. Throws SambandError with the setting to change ('port taken: ...'). */
  readonly open: (context: SourceContext<Config>) => Promise<SourceHandle>
}

export type SourceContext<Config> = {
  readonly endpoint: string
  readonly config: Config
  /** What the route wrote in its descriptor. */
  readonly options: SourceDescriptor['options']
  readonly intake: Intake
  readonly log: Log
}

export type SourceHandle = {
  /** 'mllp://127.0.0.1:2575', as an operator would type it. */
  readonly address: string
  readonly state: () => EndpointState
  /** Stops taking new messages, lets those that are being answered finish, then resolves (within its own limit). */
  readonly close: () => Promise<void>
}

/** What a source does with what it receives. */
export type Intake = {
  /**
   * Stores one message. Resolves after the commit: only then may the source acknowledge. Rejects with SambandError
   * (`unavailable`: not stored, answer negatively or not at all; `incorrect`: refused).
   */
  readonly submit: (incoming: Incoming) => Promise<Receipt>
  /**
   * The same for what may be too large to hold in memory: it is on disk before the message is. Absent where the route has
   * a parser, which needs the whole. Rejects with what the stream threw, too; then nothing was stored.
   */
  readonly submitStream?: (incoming: IncomingStream) => Promise<Receipt>
  /** Records what was refused before it became a message, for the operator. Bounded; never rejects. */
  readonly refuse: (refusal: Refusal) => void
}

export type Incoming = {
  readonly bytes: Uint8Array
  /** Who sent it, for the operator: '127.0.0.1:40112', a file name without its folder ... */
  readonly peer: string
  readonly attributes?: Readonly<Record<string, string>>
}

/** A piece of the stream need not outlive the next one. */
export type IncomingStream = Omit<Incoming, 'bytes'> & { readonly stream: AsyncIterable<Uint8Array> }

export type Receipt = {
  readonly messageId: number
}

export type Refusal = {
  /** Stable, kebab-case: 'mllp-frame-too-large', 'hl7-msh-missing' ... */
  readonly code: string
  /** Why, for a human. No patient data. */
  readonly text: string
  readonly peer: string
  /** The first bytes of what came (the engine cuts to its limit and encrypts them). */
  readonly bytes?: Uint8Array
}

export type DestinationKind<Config> = {
  readonly parseConfig: ConfigParser<Config>
  /** Must not wait for the peer: a receiver that is down at start is no reason not to start. */
  readonly open: (context: DestinationContext<Config>) => Promise<DestinationHandle>
}

export type DestinationContext<Config> = {
  readonly endpoint: string
  readonly config: Config
  readonly options: Readonly<Record<string, unknown>>
  readonly log: Log
}

export type DestinationHandle = {
  readonly address: string
  /** How many sends may be under way at once (number of connections for MLLP). */
  readonly window: number
  /** `send` takes a `stream`. Those that do not are never given one. */
  readonly streams?: true
  /**
   * Sends one message and waits for the receiver's answer. Throws SambandError; its category alone decides what
   * happens: `unavailable` (not reached; never counted against the message), `busy` (try later), others: dead letter.
   */
  readonly send: (outgoing: Outgoing) => Promise<Reply>
  /**
   * Instead of `send`, for what lives in the engine's own database: one transaction carries the message out and settles the
   * delivery, so that it happens exactly once, whenever the process or the database is killed. Opens a transaction (read
   * committed), calls `begin` first and `settle` last in it, commits, and answers what it gave to `settle`. It may roll back
   * and run all of it again. Throws as `send` does.
   */
  readonly sendWithin?: (outgoing: Outgoing, settlement: Settlement) => Promise<Reply>
  readonly state: () => EndpointState
  readonly close: () => Promise<void>
}

/** The engine's part in a destination's own transaction. What it throws must make the transaction roll back, and be thrown. */
export type Settlement = {
  /** This process may write until the end of the transaction, or the database ends it. */
  readonly begin: (client: Queryable) => Promise<void>
  /** Writes that the message is delivered. */
  readonly settle: (client: Queryable, reply: Reply) => Promise<void>
}

export type Outgoing = Encoded & {
  /** Stable over every attempt, also after a crash. */
  readonly idempotencyKey: string
  readonly attempt: number
  /** The receiver may have it already: a retry, or work resumed after a crash. */
  readonly mayBeRepeated: boolean
  /** The contents, where they are too large for memory: `bytes` is empty then. May be opened again for another attempt. */
  readonly stream?: { readonly bytes: number; readonly open: () => AsyncIterable<Uint8Array> }
}

export type Reply = {
  /** The receiver's answer, kept (encrypted) with the delivery. */
  readonly bytes?: Uint8Array
  /** 'AA', '201' ... */
  readonly code?: string
}

/** What a SambandError thrown by `send` may carry beside its category: the answer that said no. */
export type NegativeAnswer = { readonly reply: Reply }

export type EndpointState = {
  readonly status: 'up' | 'down' | 'connecting' | 'idle'
  readonly connections: number
  /** Since the start of the process. */
  readonly counters: Readonly<Record<string, number>>
  /** Last trouble, for a human. No patient data. */
  readonly lastError?: { readonly code: string; readonly text: string; readonly at: number }
}

export type Log = {
  readonly info: (event: string, facts?: Readonly<Record<string, string | number | boolean>>) => void
  readonly warn: (event: string, facts?: Readonly<Record<string, string | number | boolean>>) => void
  readonly error: (event: string, facts?: Readonly<Record<string, string | number | boolean>>) => void
}
