/** Bounds of the storage. */
export type StoreLimits = {
  /** Commits of creations under way at once; what comes meanwhile shares the next. */
  readonly createWritersMax: number
  readonly createBatchMax: number
  readonly createWaitingMax: number
  /** Statements for reads that run at once; further reads wait and share the next. */
  readonly readStatementsMax: number
  readonly readBatchMax: number
  /** Changes of single resources in one commit. */
  readonly changeBatchMax: number
  readonly transactionAttemptsMax: number
  /** Transactions that run at once: fewer than the pool has connections, so that reads and creations find one. */
  readonly transactionsMax: number
  /** Transactions that may wait; more are refused as busy. */
  readonly transactionsWaitingMax: number
}

export const storeLimitsDefault: StoreLimits = {
  createWritersMax: 2,
  createBatchMax: 500,
  createWaitingMax: 10_000,
  readStatementsMax: 2,
  readBatchMax: 200,
  changeBatchMax: 200,
  transactionAttemptsMax: 12,
  transactionsMax: 6,
  transactionsWaitingMax: 10_000,
}
