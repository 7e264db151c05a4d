/** Every bound of the engine, with its default. Overridden by `engine.limits` in the deployment's configuration. */
export type EngineLimits = {
  /** Largest message that is stored. */
  readonly messageBytesMax: number
  /** From here on a route without a parser has its messages streamed, never whole in memory. */
  readonly streamFromBytes: number
  /** Largest message that is streamed; at most 2^31 - 1. */
  readonly largeBytesMax: number
  /** Streams that are stored at once; each holds a few MB. More are refused with `busy`. */
  readonly streamsMax: number
  /**
   * Bytes of messages that are in memory at once, from `submit` until their steps have ended. Beyond it `submit` waits its
   * turn for `journalDeadlineMs`, then refuses with `busy`. A message larger than this is taken when it is alone.
   */
  readonly intakeBytesMax: number
  /** Messages and events in one commit. */
  readonly journalBatchMax: number
  /** Bytes in one journal commit. */
  readonly journalBatchBytesMax: number
  /** Messages that may wait for their commit before `submit` refuses with `busy`. */
  readonly journalQueueMax: number
  /** How long a sender waits for the commit before it is told that nothing was stored. */
  readonly journalDeadlineMs: number
  /** How long the database may take over one commit before its connection is given up. */
  readonly journalWriteMs: number
  /** Messages of a route that may wait behind pending calls before `submit` refuses with `busy`. */
  readonly laneQueueMax: number
  /** Bytes of contents that are sealed and stored together. */
  readonly packBytesMax: number
  /** How long what happened may wait for the next message to be written with. */
  readonly settleDelayMs: number
  /** Events that may wait for their commit before new deliveries pause. */
  readonly settleQueueMax: number
  /** How much of a refused input is kept for the operator. */
  readonly refusalBytesMax: number
  /** Refusals kept per minute and endpoint; the rest is only counted. */
  readonly refusalsPerMinuteMax: number
  /** Deliveries of one destination whose bytes stay in memory; the rest is read back from the journal in turn. */
  readonly outputsInMemoryMax: number
  /** Bytes of outputs of one destination that stay in memory, beside their number. */
  readonly outputsBytesInMemoryMax: number
  /** Duplicate keys of a route that are known without asking the journal. */
  readonly duplicateKeysInMemoryMax: number
  /** Threads for the code of routes; with more routes than that, routes share. */
  readonly threadsMax: number
  /** How long a step of a route may keep its thread before it is stopped. */
  readonly stepMs: number
  /** Heap of a route's thread. */
  readonly threadHeapMb: number
  /** Buffers of a route's thread, beside its heap. */
  readonly threadExternalMb: number
  /** How long a route's module may take to load. */
  readonly loadMs: number
  /** Parts that one message may become. */
  readonly partsMax: number
  /** How long lanes that are handed to another process wait for what is under way in them. */
  readonly handOverMs: number
  /** How long `stop` waits for what is under way. */
  readonly drainMs: number
  /** Consecutive unreachable attempts of different messages that open a destination's circuit. */
  readonly circuitFailures: number
  /** Rows of a page at most. */
  readonly pageRowsMax: number
}

export const defaultLimits: EngineLimits = Object.freeze({
  messageBytesMax: 50 * 1024 * 1024,
  streamFromBytes: 4 * 1024 * 1024,
  largeBytesMax: 2 ** 31 - 1,
  streamsMax: 4,
  intakeBytesMax: 256 * 1024 * 1024,
  journalBatchMax: 1024,
  journalBatchBytesMax: 8 * 1024 * 1024,
  journalQueueMax: 20_000,
  journalDeadlineMs: 10_000,
  journalWriteMs: 30_000,
  laneQueueMax: 10_000,
  packBytesMax: 256 * 1024,
  settleDelayMs: 4,
  settleQueueMax: 20_000,
  refusalBytesMax: 64 * 1024,
  refusalsPerMinuteMax: 600,
  outputsInMemoryMax: 2_000,
  outputsBytesInMemoryMax: 64 * 1024 * 1024,
  duplicateKeysInMemoryMax: 50_000,
  threadsMax: 16,
  stepMs: 5_000,
  threadHeapMb: 256,
  threadExternalMb: 512,
  loadMs: 20_000,
  partsMax: 10_000,
  handOverMs: 10_000,
  drainMs: 2_500,
  circuitFailures: 3,
  pageRowsMax: 500,
})
