import type { CallRecord, Raw } from '@samband/route'
import type { Parsed } from './route-reading.ts'

/** A stored message on its way through the steps. */
export type Running = {
  readonly messageId: number
  readonly raw: Raw
  /** Kept when it had to be parsed before it was stored. */
  parsed: Parsed | undefined
  /** Made by an operator or another route: never a duplicate. */
  readonly made: boolean
  readonly dedupe: number | undefined
  readonly recorded: readonly CallRecord[] | undefined
  /** Only these deliveries are still owed (recovery, reprocess); undefined: all. */
  readonly only: ((destination: string, part: number) => boolean) | undefined
  readonly resumed: boolean
  attempts: number
}
