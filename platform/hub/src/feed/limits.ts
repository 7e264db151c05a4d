/** Bounds of the change feed. */
export type FeedLimits = {
  /** Changes that one read answers at most. */
  readonly feedBatchMax: number
  /** How often followers look without having been told: what a lost notification costs. */
  readonly feedPollMs: number
  /** Between two notifications of one process to the others. */
  readonly feedNotifyMs: number
  /** A follower's process that has not been heard of for so long is replaced by another's. */
  readonly feedLeaseMs: number
  /** Before a batch that failed is given to the follower again: at first, and at most. */
  readonly feedRetryMs: number
  readonly feedRetryMaxMs: number
  /** Pruning never takes away what is younger. */
  readonly feedKeepMsMin: number
  /** Rows of one deletion while pruning. */
  readonly feedPruneBatch: number
}

export const feedLimitsDefault: FeedLimits = {
  feedBatchMax: 1_000,
  feedPollMs: 2_000,
  feedNotifyMs: 50,
  feedLeaseMs: 15_000,
  feedRetryMs: 100,
  feedRetryMaxMs: 30_000,
  feedKeepMsMin: 24 * 60 * 60 * 1_000,
  feedPruneBatch: 10_000,
}
