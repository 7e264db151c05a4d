import type { CallRecord, Raw } from '@samband/route'

/** A stored message on its way through the steps. */
export type Running = {
  readonly messageId: number
  readonly raw: Raw
  /** Made by an operator or another route: never a duplicate. */
  readonly made: boolean
  readonly dedupe: number | undefined
  /** Of the ordering key, hashed; undefined: not asked for before it was stored. */
  readonly key: number | undefined
  readonly recorded: readonly CallRecord[] | undefined
  /** Only these deliveries are still owed (recovery, reprocess); undefined: all. */
  readonly only: ((destination: string, part: number) => boolean) | undefined
  /** What joined a group that has been released: as 'step#part'. It does not join again. */
  readonly joined: readonly string[] | undefined
  readonly resumed: boolean
}
