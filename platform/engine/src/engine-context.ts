import type { Database, IdGenerator, KeyRing } from '@samband/store'
import type { EventLog } from './event-log.ts'
import type { Journal } from './journal.ts'
import type { JournalReader } from './journal-reader.ts'
import type { EngineLimits } from './limits.ts'
import type { Log } from './ports.ts'

/** What every part of one engine shares. */
export type EngineContext = {
  readonly tenant: number
  readonly db: Database
  readonly keys: KeyRing
  readonly ids: IdGenerator
  readonly journal: Journal
  readonly events: EventLog
  readonly reader: JournalReader
  readonly limits: EngineLimits
  readonly capabilities: Readonly<Record<string, unknown>>
  readonly log: Log
  /** Epoch ms. */
  readonly now: () => number
}
