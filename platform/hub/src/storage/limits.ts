/** Bounds of the storage. */
export type StoreLimits = {
  readonly createBatchMax: number
  readonly createWaitingMax: number
  /** Statements for reads that run at once; further reads wait and share the next. */
  readonly readStatementsMax: number
  readonly readBatchMax: number
  readonly transactionAttemptsMax: number
}

export const storeLimitsDefault: StoreLimits = {
  createBatchMax: 500,
  createWaitingMax: 10_000,
  readStatementsMax: 2,
  readBatchMax: 200,
  transactionAttemptsMax: 12,
}
