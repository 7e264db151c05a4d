/** Bounds of own search parameters and of reindexing. */
export type ReindexLimits = {
  /** Search parameters of the deployment's own that are active. */
  readonly ownParametersMax: number
  readonly expressionCharactersMax: number
  /** Resources that are read and, where their rows differ, written at once: what a writer may have to wait for. */
  readonly reindexBatch: number
  /** Characters of content that a batch may hold. */
  readonly reindexBatchCharactersMax: number
  /** A batch is followed by a pause this many times as long as it took: 1 leaves half of one core and one connection. */
  readonly reindexPauseRatio: number
  readonly reindexPauseMaxMs: number
  /** Before a job begins: definitions that come together are one job. */
  readonly reindexDelayMs: number
  /** How often jobs of other processes, and what a job waits for, are looked at. */
  readonly reindexPollMs: number
  /** A job whose process has not been heard of for so long goes on in another. */
  readonly reindexLeaseMs: number
  /** Jobs that one process works on at once. */
  readonly reindexJobsAtOnce: number
  /** Before a batch that failed is tried again, at most. */
  readonly reindexRetryMaxMs: number
  /** Ended jobs that are kept for people to see. */
  readonly reindexJobsKept: number
}

export const reindexLimitsDefault: ReindexLimits = {
  ownParametersMax: 1_000,
  expressionCharactersMax: 10_000,
  reindexBatch: 200,
  reindexBatchCharactersMax: 4 * 1024 * 1024,
  reindexPauseRatio: 1,
  reindexPauseMaxMs: 1_000,
  reindexDelayMs: 250,
  reindexPollMs: 500,
  reindexLeaseMs: 15_000,
  reindexJobsAtOnce: 2,
  reindexRetryMaxMs: 30_000,
  reindexJobsKept: 200,
}
