import type { Parser } from '@samband/route'
import type { Database, IdGenerator, KeyRing, Queryable } from '@samband/store'
import type { ContentStore } from './large/content-store.ts'
import type { DayWatch } from './day-watch.ts'
import type { GroupCommit } from './group-commit.ts'
import type { PendingRecord } from './journal-writer.ts'
import type { EventLog } from './event-log.ts'
import type { Journal } from './journal.ts'
import type { IntakeGate } from './intake-gate.ts'
import type { JournalReader } from './journal-reader.ts'
import type { EngineLimits } from './limits.ts'
import type { LaneDesk } from './lanes/lane-desk.ts'
import type { SubmitHeader } from './lanes/peer-methods.ts'
import type { Log, Receipt } from './ports.ts'
import type { RetentionClasses } from './retention-classes.ts'

/** What every part of one engine shares. */
export type EngineContext = {
  readonly tenant: number
  /** Which of the tenant's processes this is. */
  readonly node: number
  readonly db: Database
  readonly keys: KeyRing
  readonly ids: IdGenerator
  readonly journal: Journal
  readonly writer: GroupCommit<PendingRecord>
  readonly events: EventLog
  readonly reader: JournalReader
  /** What is too large for memory. */
  readonly contents: ContentStore
  /** Whose lanes are whose. */
  readonly desk: LaneDesk
  /** Hands a message to the process that owns its lane. Rejects as `Peers.call` does. */
  readonly submitAt: (address: string, header: SubmitHeader, bytes: Uint8Array) => Promise<Receipt>
  /** Lets a transaction of the pool write only while this process may; throws when it may not. */
  readonly fence: (client: Queryable) => Promise<void>
  readonly limits: EngineLimits
  /** What all routes have in memory together. */
  readonly intakeGate: IntakeGate
  readonly classes: RetentionClasses
  readonly days: DayWatch
  /** Parsers of the platform itself, by name, for their look at a header. */
  readonly headers: Readonly<Record<string, Pick<Parser<unknown>, 'describe'>>>
  readonly log: Log
  /** Epoch ms by the wall clock, which may be set: for what people read, and for ids. */
  readonly now: () => number
}
